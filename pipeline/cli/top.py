"""`emobot top`: live tables of a run's cameras and stages."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from models.following.load import MAX_LEVEL
from pipeline.cli.tables import plain_console
from pipeline.config.config import Metrics, load_config
from pipeline.errors import ConfigError, InputError
from pipeline.metrics.counters import Counts, fetch_counts
from pipeline.metrics.rates import CameraReading, Interval, StageReading
from pipeline.supervision.runs import DIR_HELP, RUN_HELP, about_run, find_runs, reachable

FIRST_S = 1.0
"""Seconds that the first table covers."""
COLOURS = {"live": "green", "connecting": "yellow", "stalled": "yellow", "silent": "red", "offline": "red"}
LABELS_SHOWN = 3


def top(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="The run's config or metrics address, such as 127.0.0.1:9108, and those of its stages on other "
            "machines; default: the run on this machine.",
            metavar="[SOURCE]...",
        ),
    ] = None,
    directory: Annotated[str, typer.Option("--dir", help=DIR_HELP)] = "",
    run: Annotated[str, typer.Option("--run", help=RUN_HELP)] = "",
    every: Annotated[float, typer.Option(help="Seconds between tables.", min=0.2, max=3600)] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print one table and exit.")] = False,
) -> None:
    """Show the state and rates of a run's cameras and stages until Ctrl-C.

    Rates cover the time since the last table; a camera without a message in that time is `silent`.
    `shedding` is the level of load shedding: 1 searches less often for far faces, 2 detects and 3 classifies less
    often, 4 does both still less often and skips late frames. `clock` is this machine's clock minus the
    camera's, with the network's delay, if the camera gives a time. In a file or a pipe, each table follows the last
    one.
    """
    urls = list(dict.fromkeys(map(url_of_source, sources))) if sources else [url_of_run(run, directory)]
    console = plain_console(120)
    try:
        before = _first_counts(urls, is_sought=not sources)
        time.sleep(FIRST_S)
        after = _fetch(urls)
        if once:
            console.print(draw(Interval(before, after)))
        elif console.is_terminal:
            _live(console, urls, before, after, every)
        else:
            _print(console, urls, before, after, every)
    except KeyboardInterrupt:
        # Ctrl-C is the normal way to exit
        return


def draw(interval: Interval) -> Group:
    """Return both tables."""
    cameras = Table(title="Cameras", title_justify="left")
    numbers = ("fps", "age p50", "p95", "lost/s", "queue", "shedding", "clock")
    for name in ("camera", "state", *numbers, "decoder", "faces/s", "labels"):
        right = name in (*numbers, "faces/s")
        cameras.add_column(name, justify="right" if right else "left", overflow="fold")
    for camera in interval.cameras():
        cameras.add_row(*_camera(camera))
    stages = Table(title="Stages", title_justify="left")
    for name in ("stage", "in/s", "out/s", "lost/s", "per frame", "batch", "restarts"):
        stages.add_column(name, justify="left" if name == "stage" else "right", overflow="fold")
    for stage in interval.stages():
        stages.add_row(*_stage(stage))
    return Group(cameras, stages)


def _fetch(urls: Sequence[str]) -> Counts:
    """Return what a run and its stages on other machines have counted."""
    return Counts.together([fetch_counts(url) for url in urls])


def _first_counts(urls: Sequence[str], *, is_sought: bool) -> Counts:
    """Return the first counts; if the run was sought on this machine, an error says whether there is one."""
    try:
        return _fetch(urls)
    except InputError:
        if is_sought and not find_runs():
            raise InputError("expected a run on this machine, found none: `emobot run` starts one") from None
        raise


def _live(console: Console, urls: Sequence[str], before: Counts, after: Counts, every: float) -> None:
    with Live(draw(Interval(before, after)), console=console, auto_refresh=False, screen=True) as live:
        heard = time.monotonic()
        while True:
            live.refresh()
            time.sleep(every)
            try:
                before, after = after, _fetch(urls)
                heard = time.monotonic()
                live.update(draw(Interval(before, after)))
            except InputError:
                # the run has ended or restarts: do not show old values as new ones
                silent = Text(f"no answer from {' or '.join(urls)} for {time.monotonic() - heard:.0f} s", style="red")
                live.update(Group(silent, draw(Interval(before, after))))


def _print(console: Console, urls: Sequence[str], before: Counts, after: Counts, every: float) -> None:
    while True:
        console.print(time.strftime("%Y-%m-%d %H:%M:%S"), draw(Interval(before, after)))
        time.sleep(every)
        before, after = after, _fetch(urls)


def url_of_run(name: str, directory: str = "") -> str:
    """Return the URL of a run's metrics on this machine.

    Raises:
        ConfigError: The run serves no metrics.
        InputError: There are several runs, or none of this name or in this directory.
    """
    about = about_run(name, directory)
    if about is None:
        return url_of_source("config.toml")
    if not about.metrics:
        raise ConfigError(f'expected [metrics] with an address in {about.config}, found listen = ""')
    return f"http://{reachable(about.metrics)}/metrics"


def url_of_source(source: str) -> str:
    """Return the URL of the metrics from a config or an address.

    Raises:
        ConfigError: The config serves no metrics.
    """
    if source.startswith(("http://", "https://")):
        return source
    if not source.endswith(".toml"):
        return f"http://{source}/metrics"
    # without a config: the default address
    metrics = load_config(Path(source)).metrics if Path(source).exists() else Metrics()
    if not metrics.listen:
        raise ConfigError(f'expected [metrics] with an address in {source}, found listen = ""')
    return f"http://{reachable(metrics.listen)}/metrics"


def _camera(camera: CameraReading) -> tuple[str | Text, ...]:
    ages = [f"{age:.0f} ms" for age in camera.age_ms] if camera.age_ms else ["", ""]
    labels = list(camera.labels.items())[:LABELS_SHOWN]
    return (
        Text(camera.camera),
        Text(camera.state, style=COLOURS.get(camera.state, "")),
        f"{camera.fps:.1f}",
        *ages,
        Text(f"{camera.dropped:.1f}", style="yellow" if camera.dropped else ""),
        str(camera.on_the_way),
        Text(f"{camera.saving}/{MAX_LEVEL}", style="yellow") if camera.saving else "",
        "" if camera.clock_s is None else f"{camera.clock_s * 1e3:+.0f} ms",
        Text(camera.decoder),
        f"{camera.faces:.1f}",
        ", ".join(f"{label} {share:.0%}" for label, share in labels),
    )


def _stage(stage: StageReading) -> tuple[str | Text, ...]:
    return (
        Text(stage.stage),
        f"{stage.arrived:.1f}",
        f"{stage.passed:.1f}",
        Text(f"{stage.dropped:.1f}", style="yellow" if stage.dropped else ""),
        "" if stage.service_ms is None else f"{stage.service_ms:.2f} ms",
        "" if stage.batch is None else f"{stage.batch:.1f}",
        Text(str(stage.restarts), style="red" if stage.restarts else ""),
    )
