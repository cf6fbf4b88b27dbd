"""Lets the cameras of a run start once the stages behind them are up, so that no frame waits for a network to load."""

import logging
from collections.abc import Collection
from pathlib import Path

from pipeline.supervision.child import Child
from pipeline.supervision.systemd import notify
from pipeline.worker.process import READY_FILE

log = logging.getLogger("emobot")


class Gate:
    """A file for which the processes of the cameras wait.

    Args:
        directory: The directory of the run.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / READY_FILE
        self._is_full = False

    def check(self, children: Collection[Child]) -> None:
        """Open it, and report to systemd, if all processes but those of cameras are up."""
        behind = [child for child in children if child.node.role != "source"]
        # an output that cannot start is retried later and delays no camera
        if not self._file.exists() and all(c.up or (c.node.role == "sink" and c.starts > 1) for c in behind):
            try:
                self._file.touch()
            except OSError as error:  # the tmpfs is full, perhaps only for a while
                if not self._is_full:
                    log.error("expected to write %s, found: %s", self._file, error.strerror)
                self._is_full = True
            else:
                notify("READY=1")
