"""`emobot bench`: measure Emobot's speed on this machine."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.cameras.keys import parse_keys
from pipeline.config.options import Problems, read_table
from pipeline.errors import ConfigError
from pipeline.whole_file import written_whole

BENCHMARKS = (
    "link",
    "curve",
    "decode",
    "detect",
    "emotion",
    "overlay",
    "encode",
    "pipeline",
    "streams",
    "latency",
    "soak",
    "chaos",
    "start",
    "peers",
    "range",
    "fleet",
    "boxes",
    "kiosk",
    "train",
)
"""Names of the benchmarks on the command line."""

Numbers = list[int] | None


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(BENCHMARKS)}.")],
    json: Annotated[Path | None, typer.Option(help="Write results, machine and method to this JSON file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the results into this image file.")] = None,
    clip: Annotated[Path | None, typer.Option(help="Use this recording instead of the generated one.")] = None,
    config: Annotated[Path | None, typer.Option(help="Config file with the options of the stages.")] = None,
    height: Annotated[int | None, typer.Option(help="Height of the frames: 480, 720 or 1080; for range any.")] = None,
    cameras: Annotated[Numbers, typer.Option(help="Number of concurrent cameras; may be repeated.", min=1)] = None,
    batch: Annotated[Numbers, typer.Option(help="Faces per batch; may be repeated.", min=1)] = None,
    model: Annotated[str | None, typer.Option(help="The network, as emotion.model in config.toml.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Seconds per measurement.", min=1)] = None,
    minutes: Annotated[float | None, typer.Option(help="Duration in minutes.", min=0.05)] = None,
    repetitions: Annotated[int | None, typer.Option(help="Number of measurements.", min=1)] = None,
    video: Annotated[bool | None, typer.Option(help="Include overlay and H.264 output, or not.")] = None,
    chaos: Annotated[bool, typer.Option("--chaos", help="With soak: kill, freeze and change at random.")] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of chaos and of range.", min=0)] = None,
    faces: Annotated[Path | None, typer.Option(help="For range: clips or pictures with faces.")] = None,
    empty: Annotated[Path | None, typer.Option(help="For range: clips or pictures without faces.")] = None,
    background: Annotated[
        list[str] | None,
        typer.Option(help="For range: plain, busy, things, clips (other clips, blurred) or a path; may be repeated."),
    ] = None,
    size: Annotated[Numbers, typer.Option(help="For range: face size in pixels; may be repeated.", min=8)] = None,
    trial: Annotated[
        list[str] | None,
        typer.Option(
            help="For range: sizes, clips, heads, people or empty; for boxes: kill, freeze, cut, leases, restart, "
            "away, drain, add or events; may be repeated, all by default."
        ),
    ] = None,
    clips: Annotated[Path | None, typer.Option(help="For boxes: folder of recordings for the cameras.")] = None,
    resume: Annotated[Path | None, typer.Option(help="For range: folder in which parts are kept between runs.")] = None,
    workers: Annotated[int | None, typer.Option(help="For range: number of processes.", min=1)] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="For range: an option, as detect.KEY=VALUE; may be repeated.")
    ] = None,
    boxes: Annotated[Numbers, typer.Option(help="For fleet: number of boxes; may be repeated.", min=2)] = None,
    ttl_s: Annotated[
        float | None, typer.Option("--ttl", help="For fleet, boxes: ttl of leases, seconds.", min=1)
    ] = None,
    recipe: Annotated[list[str] | None, typer.Option(help="For train: a recipe; may be repeated.")] = None,
    backend: Annotated[
        list[str] | None, typer.Option(help="For train: tensorflow, jax or torch; may be repeated.")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Skip this program; may be repeated.")] = None,
) -> None:
    """Measure one thing on this machine and show it as a table: warm-up, repetitions, median and spread.

    Alone, on one core: decode, detect, emotion, overlay, encode; link is one hop between two processes, curve what
    encryption costs. The whole program: pipeline (recordings, frames per second), streams (how many live cameras),
    latency, soak (does anything grow; with --chaos: is anything lost when processes are killed), start, peers (against
    other programs on the same recording). How far it sees: range (faces by size, how soon they are found, false ones).
    Many machines: fleet (what a NATS server does, how long cameras of dead boxes are away), boxes (is an event lost
    when boxes die, freeze or are cut off; needs root). The page: kiosk (does it grow while it is on a wall). Training:
    train (images per second by recipe and backend). See benchmarks/README.md.
    """
    given = {
        "clip": clip,
        "config": config,
        "height": height,
        "cameras": cameras,
        "batch": batch,
        "model": model,
        "seconds": seconds,
        "minutes": minutes,
        "repetitions": repetitions,
        "video": video,
        "seed": seed,
        "skip": skip,
        "boxes": boxes,
        "ttl_s": ttl_s,
        "faces": faces,
        "empty": empty,
        "background": background,
        "size": size,
        "trial": trial,
        "clips": clips,
        "resume": resume,
        "workers": workers,
        "set": _settings(set_ or []),
        "recipe": recipe,
        "backend": backend,
    }
    if chaos and name not in ("soak", "chaos"):
        raise ConfigError(f"expected --chaos with soak, found it with {name!r}")
    name = "chaos" if chaos else name
    kind = find_benchmark(name)
    for file in (json, plot):
        if file and not file.absolute().parent.is_dir():
            raise ConfigError(f"expected a folder to write {file.name} into, found none at {file.absolute().parent}")
    benchmark = kind(
        **_options(name, kind, {key: value for key, value in given.items() if value not in (None, [], {})})
    )
    report = benchmark.report(name, shlex.join(["emobot", *sys.argv[1:]]))
    show_rows(kind.rows(report))
    if json:
        _write(json, report)
    if plot:
        kind.plot(plot, report)


def find_benchmark(name: str) -> Any:
    """Import one benchmark's class and no other.

    Raises:
        ConfigError: There is no benchmark of this name.
    """
    match name:
        case "link":
            from benchmarks.steps.link import Link

            return Link
        case "curve":
            from benchmarks.steps.curve import Curve

            return Curve
        case "decode":
            from benchmarks.steps.isolated import Decode

            return Decode
        case "detect":
            from benchmarks.steps.isolated import DetectStep

            return DetectStep
        case "emotion":
            from benchmarks.steps.engines import EmotionEngines

            return EmotionEngines
        case "overlay":
            from benchmarks.steps.isolated import OverlayStep

            return OverlayStep
        case "encode":
            from benchmarks.steps.isolated import Encode

            return Encode
        case "pipeline":
            from benchmarks.whole.throughput import Throughput

            return Throughput
        case "streams":
            from benchmarks.whole.streams import Streams

            return Streams
        case "latency":
            from benchmarks.whole.latency import Latency

            return Latency
        case "soak":
            from benchmarks.whole.soak import Soak

            return Soak
        case "chaos":
            from benchmarks.whole.chaos_soak import ChaosSoak

            return ChaosSoak
        case "start":
            from benchmarks.whole.start import Start

            return Start
        case "peers":
            from benchmarks.peers.peers import Peers

            return Peers
        case "range":
            from benchmarks.range.range import Range

            return Range
        case "fleet":
            from benchmarks.fleet.fleet import Fleet

            return Fleet
        case "boxes":
            from benchmarks.boxes.benchmark import Boxes

            return Boxes
        case "kiosk":
            from benchmarks.whole.kiosk import Kiosk

            return Kiosk
        case "train":
            from benchmarks.steps.train import Train

            return Train
    raise ConfigError(f"expected one of the benchmarks {', '.join(BENCHMARKS)}, found {name!r}")


def _settings(pairs: list[str]) -> dict[str, dict[str, Any]]:
    """Return options written as table.key=value, by table."""
    tables: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        table, dot, rest = pair.partition(".")
        if not dot or "=" in table:
            raise ConfigError(f"expected --set as table.key=value, found {pair!r}")
        tables.setdefault(table, {}).update(parse_keys([rest]))
    return tables


def _options(name: str, kind: Any, given: dict[str, Any]) -> dict[str, Any]:
    keys = kind.options()
    for key in given:
        if key not in keys:
            raise ConfigError(f"expected options of {name} (--{', --'.join(keys)}), found --{key}")
    problems = Problems()
    options = read_table(name, given, keys, problems)
    problems.raise_if_any("bench")
    for key in ("clip", "config"):
        if key in options and not Path(options[key]).is_file():
            raise ConfigError(f"expected --{key} to be a file, found {str(options[key])!r}")
    return options


def show_rows(rows: list[tuple[str, ...]]) -> None:
    """Print a table whose first row is its head."""
    from rich.table import Table

    from pipeline.cli.tables import plain_console

    head, *body = rows
    table = Table()
    for i, column in enumerate(head):
        table.add_column(column, justify="right" if i else "left", overflow="fold")
    for row in body:
        table.add_row(*row)
    plain_console(160).print(table)


def _write(path: Path, report: dict[str, Any]) -> None:
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
    with written_whole(path) as place:
        place.write_bytes(text)
