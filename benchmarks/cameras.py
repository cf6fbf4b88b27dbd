"""Configs of the runs that are measured."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.running import Tables


class Place:
    """A folder for what a run writes, and the address its events are published on; gone at the end."""

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
    """Return the config of cameras that play a clip again and again.

    Args:
        clip: The recording.
        cameras: How many play it.
        place: Where results go.
        options: Tables of the stages.
        realtime: Whether it is played at its own speed, as a live camera; else without loss, as fast as possible.
        video: Whether each is also drawn on, encoded and written.
    """
    camera = {"source": str(clip), "loop": True, "realtime": realtime}
    return {
        "camera": {f"c{n}": camera for n in range(cameras)},
        **{name: dict(table) for name, table in options.items()},
        "output": outputs(place, video=video),
    }


def outputs(place: Place, *, video: bool = False) -> dict[str, Any]:
    """Return the tables of the outputs: events, and video files where asked for."""
    files = {"video": {"kind": "file", "path": str(place.path / "{camera}.mp4")}} if video else {}
    return {"events": {"kind": "events", "address": place.events}, **files}
