"""Rich tables for the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pipeline.metrics.camera_totals import CameraSummary


def plain_console(log_width: int = 0) -> Console:
    """Return a console that prints names unchanged, also in tables: `[red]` and `:100:` are plain text.

    Args:
        log_width: Columns if the output is not a terminal; 0: Rich's default of 80.
    """
    console = Console(markup=False, emoji=False)
    if log_width and not console.is_terminal:
        console.width = log_width
    return console


def summary_table(cameras: Sequence[CameraSummary]) -> Table:
    """Return a table with one row per camera."""
    table = Table(title="What the cameras did")
    for name, justify in (
        ("camera", "left"),
        ("frames", "right"),
        ("fps", "right"),
        ("age p50", "right"),
        ("age p95", "right"),
        ("dropped", "left"),
        ("faces", "right"),
        ("emotions", "left"),
    ):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    for camera in cameras:
        faces = sum(camera.faces.values())
        ranked = sorted(camera.faces.items(), key=lambda item: -item[1])
        table.add_row(
            camera.camera,
            str(camera.frames),
            f"{camera.fps:.1f}",
            f"{camera.age_ms[0]:.0f} ms",
            f"{camera.age_ms[1]:.0f} ms",
            ", ".join(f"{count} {cause}" for cause, count in camera.dropped.items()) or "0",
            str(faces),
            ", ".join(f"{label} {count / faces:.0%}" for label, count in ranked if count),
        )
    return table
