"""The zones of all cameras in a small file of the run's directory, which the supervisor replaces when they change.

A camera looks at the file before each frame and puts its zones into the frame. So a change of zones restarts no
process, and all stages see it with the same frame.
"""

import os

import msgspec

from pipeline.config.plan import Plan
from pipeline.messages import Zone
from pipeline.whole_file import written_whole

FILE = "zones"
_TYPE = dict[str, tuple[Zone, ...]]


def write_zones(plan: Plan) -> None:
    """Replace the file by the zones of a plan."""
    with written_whole(plan.directory / FILE) as partial:
        partial.write_bytes(msgspec.msgpack.encode(plan.zones))


class ZoneFile:
    """The zones of one camera.

    Args:
        plan: The run. Without the file, as where stages run by hand, its own zones count.
        camera: Name of the camera.
    """

    def __init__(self, plan: Plan, camera: str) -> None:
        self._path = plan.directory / FILE
        # as text: a Path takes as long as the system call
        self._name = str(self._path)
        self._camera = camera
        self._zones = plan.zones.get(camera, ())
        self._version = (0, 0)

    def read(self) -> tuple[Zone, ...]:
        """Return the current zones; takes two microseconds unless they have changed."""
        try:
            now = os.stat(self._name)  # noqa: PTH116
            version = now.st_ino, now.st_mtime_ns
            if version != self._version:
                known = msgspec.msgpack.decode(self._path.read_bytes(), type=_TYPE)
                self._zones, self._version = known.get(self._camera, ()), version
        except FileNotFoundError:
            pass
        return self._zones
