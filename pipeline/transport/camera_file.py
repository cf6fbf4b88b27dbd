"""The cameras of a run in a small file of its directory, which the supervisor replaces when some come or go.

A stage that receives no more frames of a camera cannot tell whether it is paused, restarts or was removed. The file has
all cameras of the config, also those that are paused and recordings that have ended.
"""

import os
from pathlib import Path

import msgspec

from pipeline.config.plan import Plan
from pipeline.whole_file import written_whole

FILE = "cameras"


def write_cameras(*plans: Plan) -> None:
    """Replace the file by the cameras of a plan; during a change by those of both plans.

    Args:
        plans: The plan of the run, with its directory, and other ones.
    """
    names = sorted({name for plan in plans for name in plan.cameras})
    with written_whole(plans[0].directory / FILE) as partial:
        partial.write_bytes(msgspec.msgpack.encode(names))


class CameraFile:
    """The cameras of a run.

    Args:
        directory: The run's.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._cameras: frozenset[str] | None = None
        self._version = (0, 0)

    def read(self) -> frozenset[str] | None:
        """Return the names of the cameras; None where they are unknown, as where stages run by hand."""
        try:
            now = os.stat(self._path)  # noqa: PTH116
            version = now.st_ino, now.st_mtime_ns
            if version != self._version:
                self._cameras = frozenset(msgspec.msgpack.decode(self._path.read_bytes(), type=list[str]))
                self._version = version
        except FileNotFoundError:
            pass
        return self._cameras
