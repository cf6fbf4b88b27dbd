"""`emobot train` and `emobot evaluate`. Heavy libraries are imported only after the arguments are checked."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

EXIT_FAILED = 1
EXIT_USAGE = 2


def train(
    recipe: Annotated[str, typer.Argument(help="A bundled recipe (fast, accurate, ...), or a TOML file.")],
    data: Annotated[Path, typer.Option(help="FER2013: the .csv (also .gz, .xz, .zip), or a folder.")],
    out: Annotated[Path, typer.Option(help="Folder for the network, its card, the log and the checkpoint.")],
    votes: Annotated[Path | None, typer.Option(help="FER+ votes; default: fer2013new.csv beside the data.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume from the checkpoint in --out.")] = False,
    epochs: Annotated[int | None, typer.Option(min=1, help="Number of epochs instead of the recipe's.")] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, max=100_000, help="Minutes of training instead of epochs; ends with a finished network."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed instead of the recipe's.")] = None,
    bank: Annotated[
        Path | None,
        typer.Option(help="A distillation bank, made by python -m training.data.bank."),
    ] = None,
    start: Annotated[str | None, typer.Option(help="A trained model of the same architecture to start from.")] = None,
) -> None:
    """Train a network on FER2013.

    The best epoch is chosen on PublicTest; PrivateTest is evaluated once, at the end, if the data contain it.
    """
    import time

    from msgspec.structs import replace

    from training.recipe import load_recipe

    since_s = time.monotonic()
    try:
        name, found = load_recipe(recipe)
    except (ValueError, FileNotFoundError) as error:
        _fail(error, EXIT_USAGE)
    if epochs is not None and minutes is not None:
        _fail("expected --epochs or --minutes, found both", EXIT_USAGE)
    if epochs is not None:
        found = replace(found, epochs=epochs, minutes=0.0)
    if minutes is not None:
        found = replace(found, minutes=minutes)
    if seed is not None:
        found = replace(found, seed=seed)
    if (out / "checkpoint.npz").exists() and not resume:
        _fail(f"expected --resume or a new folder, found a checkpoint in {out}", EXIT_USAGE)
    from models.cards import load_card
    from training.data import bank as banks
    from training.data.reading import read
    from training.train import train as run

    try:
        path = run(
            name,
            found,
            read(data, votes),
            out,
            resume=resume,
            bank=None if bank is None else banks.load(bank),
            start=None if start is None else load_card(start),
            since_s=since_s,
        )
    except (ValueError, FileNotFoundError, ImportError) as error:
        _fail(error, EXIT_FAILED)
    print(f"wrote {path} and {path.with_suffix('.toml').name}")


def evaluate(
    models: Annotated[list[str], typer.Argument(help="Names of bundled models, or .keras files.")],
    data: Annotated[Path, typer.Option(help="FER2013, or a folder with a subfolder of images for each class.")],
    split: Annotated[
        str,
        typer.Option(
            help="Training, PublicTest, PrivateTest, or HeldOut: the validation set if there is no PublicTest."
        ),
    ] = "PublicTest",
    head: Annotated[Literal["fer2013", "ferplus", "blend"], typer.Option(help="Output to evaluate.")] = "fer2013",
    tta: Annotated[
        Literal["none", "flip", "shifts"],
        typer.Option(help="Test-time augmentation: none, mirrored, mirrored and shifted."),
    ] = "none",
    degrade: Annotated[
        str, typer.Option(help="Degrade the images first: 24px, blur, h264, wide, roll25, mask, ...")
    ] = "none",
    engine: Annotated[
        Literal["keras", "openvino-f32", "openvino-bf16"], typer.Option(help="Engine that runs the network.")
    ] = "keras",
    adjust: Annotated[
        float, typer.Option(min=0, max=2, help="For balanced accuracy: divide by the class frequencies to this power.")
    ] = 0.0,
    detect: Annotated[
        bool,
        typer.Option("--detect", help="Folders contain whole photographs: detect and crop the largest face first."),
    ] = False,
    votes: Annotated[Path | None, typer.Option(help="FER+ votes; default: fer2013new.csv beside the data.")] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Folder for PNG plots of confusion, reliability, ROC and risk.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Evaluate models on labelled faces; with several, also test whether they differ (McNemar)."""
    from models.cards import load_card

    try:
        cards = [load_card(model) for model in models]
    except (ValueError, FileNotFoundError) as error:
        _fail(error, EXIT_USAGE)
    if detect and not data.is_dir():
        _fail(f"expected --data to be a folder of photographs for --detect, found {data}", EXIT_USAGE)
    from training.score.degradations import DEGRADATIONS

    kind: Any = degrade
    if degrade not in DEGRADATIONS:
        _fail(f"expected --degrade to be one of {', '.join(DEGRADATIONS)}, found {degrade}", EXIT_USAGE)
    from training.data.photographs import FaceCutter
    from training.data.reading import read, shrunk
    from training.data.splits import with_choices, without_leaks
    from training.score import metrics
    from training.score.evaluate import describe, draw
    from training.score.evaluate import evaluate as run

    try:
        cutter = FaceCutter() if detect else None
        splits = read(data, votes, cutter or shrunk)
        if cutter is not None:
            cutter.close()
            typer.echo(f"no face found in {cutter.missed} photographs, skipped them", err=True)
        if split == "HeldOut":
            splits = with_choices(without_leaks(splits)[0])
        if split not in splits:
            _fail(f"expected --split to be one of {', '.join(splits)}, found {split}", EXIT_USAGE)
        results = [
            run(card.weights, splits[split], head=head, tta=tta, degrade=kind, engine=engine, adjust=adjust)
            for card in cards
        ]
    except (ValueError, FileNotFoundError, ImportError) as error:
        _fail(error, EXIT_FAILED)
    titles = [card.name for card in cards]
    if len(set(titles)) < len(titles):
        titles = [f"{title}-{i}" for i, title in enumerate(titles, 1)]
    for title, (numbers, p, labels, names) in zip(titles, results, strict=True):
        if plots is not None:
            draw(plots / title if len(cards) > 1 else plots, p, labels, names)
        if not as_json:
            print(describe(title, numbers))
    compared: list[dict[str, Any]] = [
        {"first": titles[0], "second": title, "only_first": only, "only_second": other, "p": chance}
        for title, (_, q, labels, _) in list(zip(titles, results, strict=True))[1:]
        for only, other, chance in [metrics.mcnemar(results[0].p, q, labels)]
    ]
    if as_json:
        asked = {
            "data": str(data),
            "split": split,
            "head": head,
            "tta": tta,
            "degrade": degrade,
            "engine": engine,
            "adjust": adjust,
            "without_face": None if cutter is None else cutter.missed,
        }
        found = [{"model": title, **result.numbers} for title, result in zip(titles, results, strict=True)]
        print(json.dumps({**asked, "models": found, "mcnemar": compared}))
    else:
        for row in compared:
            print("only one correct: {first} {only_first}, {second} {only_second}; McNemar p = {p:.3f}".format(**row))


def _fail(error: object, code: int) -> NoReturn:
    """Print one line and exit."""
    typer.echo(f"emobot: {error}", err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(train)
