"""Reports as Markdown, for `benchmarks/README.md`: `python -m benchmarks.tables benchmarks/results/*.json`."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from pipeline.cli.bench import find_benchmark
from pipeline.errors import InputError


def markdown(path: Path) -> str:
    """Return a report's command, machine and table as Markdown.

    Raises:
        InputError: The file is not a report.
    """
    try:
        report: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        head, *body = find_benchmark(report["benchmark"]).rows(report)
        where = f"{report['machine']['processor']}, {report['machine']['cores']} cores"
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise InputError(f"expected a report of emobot bench, found {path}: {error!r}") from error
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    made = f"`{report['command']}`, {report['taken_at'][:10]}, {where}; {report['scope']}, {report['pace']}."
    return "\n".join([made, "", *(f"| {' | '.join(line)} |" for line in lines)])


def main() -> None:
    """Print the tables of the given files."""
    try:
        print("\n\n".join(f"### {Path(name).stem}\n\n{markdown(Path(name))}" for name in sys.argv[1:]))
    except InputError as error:
        sys.exit(f"emobot: {error}")


if __name__ == "__main__":
    main()
