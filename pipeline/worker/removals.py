"""Which cameras a stage must know: those of the run, and those whose last frames are still on their way."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.messages import Frame
from pipeline.transport.camera_file import CameraFile

GONE_S = 5.0
"""Seconds after which a camera that was removed, and of which no frame comes, is gone. Frames on their way are dropped
after two; a camera that is removed and added again, as a fleet changes it, is
back when the next plan is made."""


class Removals:
    """Compares the cameras of the run with those whose frames a stage receives.

    Args:
        directory: The run's.
    """

    def __init__(self, directory: Path) -> None:
        self._file = CameraFile(directory)
        self._heard: dict[str, float] = {}
        self._listed: frozenset[str] = frozenset()
        self._kept: frozenset[str] | None = None

    def hear(self, frames: Iterable[Frame], now_s: float) -> None:
        """Note that frames have arrived, at a time of any monotonic clock."""
        for frame in frames:
            self._heard[frame.camera] = now_s

    def changed(self, now_s: float) -> frozenset[str] | None:
        """Return the cameras if they have changed since the last call, else None."""
        cameras = self._file.read()
        if cameras is None:
            return None
        self._heard |= dict.fromkeys(self._listed - cameras, now_s)
        self._listed = cameras
        known = self._heard.items()
        self._heard = {name: at_s for name, at_s in known if name in cameras or now_s - at_s < GONE_S}
        kept = cameras | self._heard.keys()
        if kept == self._kept:
            return None
        self._kept = kept
        return kept
