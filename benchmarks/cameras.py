"""Configurations of the measured runs."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.running import Tables


class Place:
    """A temporary folder for a run's output, and the address on which its events are published."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="emobot-bench-")
        self.path = Path(self._folder.name)
        self.events = f"ipc://{self.path}/events"

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()


def played(
    clip: Path, cameras: int, place: Place, options: Tables, *, realtime: bool, video: bool = False
) -> dict[str, Any]:
    """Return the configuration of cameras that play a clip in a loop.

    Args:
        clip: The recording.
        cameras: Number of cameras.
        place: Folder and address for the results.
        options: The stages' tables.
        realtime: Whether it plays at its own speed like a live camera; otherwise without loss, as fast as possible.
        video: Whether to also draw the overlay, encode and write each.
    """
    camera = {"source": str(clip), "loop": True, "realtime": realtime}
    return {
        "camera": {f"c{n}": camera for n in range(cameras)},
        **{name: dict(table) for name, table in options.items()},
        "output": outputs(place, video=video),
    }


def outputs(place: Place, *, video: bool = False) -> dict[str, Any]:
    """Return the tables of the outputs: events, and optionally video files."""
    files = {"video": {"kind": "file", "path": str(place.path / "{camera}.mp4")}} if video else {}
    return {"events": {"kind": "events", "address": place.events}, **files}
