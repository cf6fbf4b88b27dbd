"""A damaged place in a recording is named by its time, and counts only for the part that is read."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.media import gstreamer
from stages.media.containers.chain import break_in
from stages.media.containers.moments import moment_of
from tests.support.clips import H264, needs_gstreamer, read

pytestmark = [pytest.mark.slow, needs_gstreamer]
TAILS = {
    "matroska": f"{H264} ! matroskamux",
    "flv": f"{H264} ! flvmux",
    "ts": f"{H264} ! mpegtsmux",
    "m2ts": f"{H264} ! mpegtsmux m2ts-mode=true",
    "ps": f"{H264} ! mpegpsmux",
    "avi": "jpegenc ! avimux",
    "ogg": "theoraenc bitrate=800 ! oggmux",
    "ogg vp8": "vp8enc deadline=1 target-bitrate=800000 ! oggmux max-page-delay=40000000",
    "mxf": f"{H264} ! mxfmux",
    "asf": "avenc_wmv2 bitrate=800000 ! asfmux",
}


def damage(path: Path, share: float) -> int:
    """Overwrite two frames' worth of bytes at a share of a file; return the first of them."""
    data = bytearray(path.read_bytes())
    at, size = int(len(data) * share), len(data) // 60
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    return at


@pytest.mark.parametrize("kind", TAILS)
def test_a_damaged_place_has_a_time(clip: Callable[..., Path], kind: str) -> None:
    """Someone looks for seconds, not for bytes."""
    path = clip("film.bin", TAILS[kind], frames=120)
    whole = break_in(path)
    at = damage(path, 0.6)
    place = break_in(path)

    if kind == "asf":  # all of its packets may begin alike
        place = at if place is None else place
    assert whole is None
    assert place is not None
    assert abs(place - at) < path.stat().st_size // 10
    assert moment_of(path, place) == pytest.approx(4.8 * 0.6, abs=0.6)


def test_a_lost_fragment_has_a_time(clip: Callable[..., Path]) -> None:
    """Of an MP4 that is written in fragments; and only the part that it is in fails."""
    path = clip("film.mp4", f"{H264} ! mp4mux fragment-duration=400", frames=120)
    data = bytearray(path.read_bytes())
    heads = [at for at in range(len(data)) if data[at : at + 4] == b"moof"]
    at = heads[len(heads) * 6 // 10] - 4
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)

    assert break_in(path) == at
    assert moment_of(path, at) == pytest.approx(4.8 * 0.6, abs=0.4)
    _, whole = read(path)
    assert whole.error is not None
    assert "found damaged data near " in whole.error
    frames, before = read(path, to_s=1.0)
    assert (len(frames), before.error) == (25, None)


@pytest.mark.parametrize("gst", [True, False])
def test_damage_fails_only_the_part_it_is_in(
    clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, gst: bool
) -> None:
    """What is damaged before or behind it is logged."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    path = clip("film.mkv", TAILS["matroska"], frames=200)
    damage(path, 0.3)

    _, whole = read(path)
    assert whole.error is not None
    assert "found damaged data near 2." in whole.error
    _, inside = read(path, from_s=2.0, to_s=20.0)
    assert inside.error == whole.error

    frames, before = read(path, to_s=2.0)
    assert (len(frames), before.error) == (50, None)
    with caplog.at_level(logging.WARNING):
        frames, behind = read(path, from_s=5.0)
    assert (len(frames), behind.error) == (75, None)
    assert frames[0].pts_ns == pytest.approx(5e9, abs=1e6)
    assert "outside the part that is read" in caplog.text


@pytest.mark.parametrize("kind", ["ogg", "mxf"])
def test_a_part_without_damage_is_whole(clip: Callable[..., Path], kind: str) -> None:
    """Of formats whose elements have no time of their own, too."""
    path = clip("film.bin", TAILS[kind], frames=120)
    damage(path, 0.6)
    _, whole = read(path)
    frames, before = read(path, to_s=1.0)

    assert whole.error is not None
    assert "found damaged data near 2." in whole.error
    assert (len(frames), before.error) == (25, None)


@pytest.mark.parametrize(
    ("head", "granule", "shown_s"),
    [
        (b"\x01vorbis" + bytes(40), 10, None),
        (b"\x80theora" + bytes(40), 10, None),
        (b"\x80theora" + bytes(15) + b"\0\0\0\x19\0\0\0\1" + bytes(10) + b"\0\xc0", (5 << 6) + 7, 0.08),
        (b"OVP80\1" + bytes(12) + b"\0\0\0\x19\0\0\0\1", 12 << 32, 0.08),
    ],
)
def test_only_video_has_a_time_in_ogg(tmp_path: Path, head: bytes, granule: int, shown_s: float | None) -> None:
    """Two frames end on a page, of which there may be earlier ones; a rate of zero is none."""

    def page(kind: int, granule: int, *packets: bytes) -> bytes:
        sizes = bytes(map(len, packets))
        return b"OggS\0" + bytes([kind]) + granule.to_bytes(8, "little") + bytes(12) + bytes([len(sizes)]) + sizes

    film = page(2, 0, head) + head + page(0, granule, b"a", b"b") + b"ab"
    (tmp_path / "film.ogv").write_bytes(film)

    assert moment_of(tmp_path / "film.ogv", len(film)) == shown_s


@pytest.mark.parametrize("kind", [*TAILS, "mp4"])
def test_a_cut_off_file_leads_nowhere(clip: Callable[..., Path], kind: str) -> None:
    """Whatever is left of it, reading its time ends."""
    path = clip("film.bin", TAILS.get(kind, f"{H264} ! mp4mux fragment-duration=200"), frames=20)
    data = path.read_bytes()
    for size in (0, 1, 13, 200, len(data) // 2):
        path.write_bytes(data[:size])
        moment_of(path, size)
        moment_of(path, 2**40)


@pytest.mark.parametrize("kind", ["flv", "mxf", "matroska"])
def test_what_is_behind_the_damage_is_read(
    clip: Callable[..., Path], caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """GStreamer's demultiplexers stop there, and half of a recording was lost."""
    path = clip("film.bin", TAILS[kind], frames=120)
    if kind == "matroska":
        data = bytearray(path.read_bytes())
        at = data.index(bytes.fromhex("1f43b675"), len(data) // 2)
        data[at + 4 : at + 12] = b"\xff" * 8  # its size is unknown, and its time is gone
        path.write_bytes(data)
    else:
        damage(path, 0.5)
    with caplog.at_level(logging.WARNING):
        frames, last = read(path)

    assert len(frames) > 90
    assert frames[-1].pts_ns > 4.5e9
    assert last.error is not None
    assert "found damaged data" in last.error
    assert "it is damaged inside" in caplog.text
