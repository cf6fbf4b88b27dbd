"""Damaged indexes of MP4 files: whatever their numbers say, they are read at once, or not at all."""

import re
import resource
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.media.containers.mp4 import read_index
from tests.stages.media.mp4_boxes import box

FRAMES = 100
MOST_BYTES = 4 << 30


def bytes_of_data() -> int:
    """Return what this process has of what RLIMIT_DATA counts: after other tests that may be gigabytes."""
    return int(re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) << 10


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Turn arrays of billions into errors."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_of_data() + MOST_BYTES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, before)


def index(**tables: bytes) -> bytes:
    """Return an index of 100 frames of 40 ms that are shown from the second one on; tables replace its own."""
    header = struct.pack(">5I", 0, 0, 0, 25, FRAMES)
    parts = {
        "elst": struct.pack(">2IIiI", 0, 1, FRAMES - 1, 1, 1 << 16),
        "mdhd": header,
        "hdlr": b"\0" * 8 + b"vide",
        "stts": struct.pack(">4I", 0, 1, FRAMES, 1),
        "ctts": struct.pack(">4I", 0, 1, FRAMES, 0),
        "stsz": struct.pack(">3I", 0, 1, FRAMES),
        **tables,
    }
    leaf = {name: box(name.encode(), body) for name, body in parts.items()}
    table = box(b"stbl", leaf["stts"] + leaf["ctts"] + leaf["stsz"])
    media = box(b"mdia", leaf["mdhd"] + leaf["hdlr"] + box(b"minf", table))
    track = box(b"trak", box(b"edts", leaf["elst"]) + media)
    return box(b"moov", box(b"mvhd", header) + track)


def frames(tmp_path: Path, **tables: bytes) -> int | None:
    """Return how many frames the index lists, None if it cannot be read."""
    path = tmp_path / "film.mp4"
    path.write_bytes(index(**tables))
    found = read_index(path)
    return found and found.frames


def test_whole(tmp_path: Path) -> None:
    """Twins of the cases below: the first frame is hidden by the edit; without an edit all are shown."""
    assert frames(tmp_path) == FRAMES - 1
    assert frames(tmp_path, elst=struct.pack(">2I", 0, 0)) == FRAMES
    # the last 40 are shown 5 frames later: 5 of them after the end of the edit
    assert frames(tmp_path, ctts=struct.pack(">6I", 0, 2, 60, 0, 40, 5)) == FRAMES - 1 - 5
    assert frames(tmp_path, ctts=b"") == FRAMES - 1


@pytest.mark.parametrize("count", [FRAMES + 1, 2**31, 2**32 - 1])
def test_more_than_there_are(tmp_path: Path, count: int) -> None:
    """A table for more frames than the file has does not tell their times; shifts are used as far as needed."""
    rows = struct.pack(">2I", count, 1) * 1000
    assert frames(tmp_path, stts=struct.pack(">2I", 0, 1000) + rows) == 0
    assert frames(tmp_path, ctts=struct.pack(">2I", 0, 1000) + rows) == FRAMES - 1


def test_too_many_edits(tmp_path: Path) -> None:
    """They would take minutes; nobody edits like that."""
    assert frames(tmp_path, elst=struct.pack(">2I", 0, 10**5) + struct.pack(">IiI", 1, 1, 1 << 16) * 10**5) is None


def test_boxes_in_boxes(tmp_path: Path) -> None:
    """They end nothing, however deep they are."""
    deep = b""
    for _ in range(5000):
        deep = box(b"trak", deep)
    (tmp_path / "deep.mp4").write_bytes(box(b"moov", deep))

    found = read_index(tmp_path / "deep.mp4")
    assert found is not None
    assert found.frames == 0


@given(st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, bytes]]) -> None:
    """The rest of the file decides what can be played."""
    data = bytearray(index())
    for at, noise in damage:
        data[at : at + len(noise)] = noise
    path = tmp_path_factory.getbasetemp() / "damaged.mp4"
    path.write_bytes(data)

    found = read_index(path)
    assert found is None or 0 <= found.frames <= 2 * FRAMES
