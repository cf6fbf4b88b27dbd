"""How a Matroska file lays its frames on a screen: the pose of its projection, as FFmpeg and MKVToolNix write it.

Source: RFC 9559, ProjectionPoseYaw and ProjectionPoseRoll; a mirrored frame has a yaw of 180 degrees.
"""

import struct
from pathlib import Path

from stages.media.containers.kinds import EBML, SEGMENT, element, read_at
from stages.media.containers.matroska import CLUSTER

Matrix = tuple[int, int, int, int]
"""Signs of a, b, c and d in a display matrix: x' = a x + c y, y' = b x + d y."""

UPRIGHT: Matrix = (1, 0, 0, 1)
_TRACKS, _TRACK, _VIDEO, _PROJECTION = (bytes.fromhex(one) for one in ("1654ae6b", "ae", "e0", "7670"))
_TRACK_TYPE, _KIND, _YAW, _ROLL = (bytes.fromhex(one) for one in ("83", "7671", "7673", "7675"))
_OPENED = (SEGMENT, _TRACKS, _TRACK, _VIDEO, _PROJECTION)
_TURNS: dict[tuple[int, int], Matrix] = {
    (0, 90): (0, -1, 1, 0),
    (0, 180): (-1, 0, 0, -1),
    (0, 270): (0, 1, -1, 0),
    (180, 0): (-1, 0, 0, 1),
    (180, 90): (0, 1, 1, 0),
    (180, 180): (1, 0, 0, -1),
    (180, 270): (0, -1, -1, 0),
}
"""By yaw and roll, degrees."""


def is_mirrored(matrix: Matrix) -> bool:
    """Return whether frames are mirrored when they are shown."""
    a, b, c, d = matrix
    return a * d < b * c


def matroska_matrix(path: Path) -> Matrix:
    """Return how the frames of the first video track are shown; upright for other files and other poses.

    Raises:
        OSError: The file cannot be read.
    """
    tracks: list[dict[bytes, float]] = []
    with path.open("rb") as file:
        if read_at(file, 0, len(EBML)) != EBML:
            return UPRIGHT
        at = 0
        while (found := element(file, at)) is not None and found[0] != CLUSTER:
            kind, head, size = found
            if kind == _TRACK:
                tracks.append({})
            elif kind in (_TRACK_TYPE, _KIND, _YAW, _ROLL) and tracks:
                tracks[-1][kind] = _number(read_at(file, at + head, min(max(size, 0), 8)), kind in (_YAW, _ROLL))
            elif size < 0 and kind not in _OPENED:
                break
            at += head + (0 if kind in _OPENED else size)
    video = next((track for track in tracks if track.get(_TRACK_TYPE) == 1), {})
    if video.get(_KIND, 0):
        # of a sphere
        return UPRIGHT
    return _TURNS.get((round(video.get(_YAW, 0.0)) % 360, round(video.get(_ROLL, 0.0)) % 360), UPRIGHT)


def _number(data: bytes, is_float: bool) -> float:
    if not is_float:
        return int.from_bytes(data, "big")
    form = {4: ">f", 8: ">d"}.get(len(data))
    value: float = struct.unpack(form, data)[0] if form else 0.0
    return value if abs(value) < 1e6 else 0.0
