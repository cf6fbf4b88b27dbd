"""`emobot`. Kept small: every stage's process imports this module before its own."""


def main() -> None:
    """Run the command line."""
    from pipeline.cli.cli import run_cli

    run_cli()


if __name__ == "__main__":
    main()
