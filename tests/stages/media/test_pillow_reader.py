"""Photos are turned as their camera was held; the durations of a GIF's frames are read without decoding them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from stages.media.containers.gif import durations_ms
from stages.media.pillow_reader import PillowReader
from tests.support.clips import needs_gstreamer, read
from tests.support.gifs import make_gif


@pytest.mark.parametrize("durations", [[40], [40, 200, 40, 120], [0, 20, 70]])
def test_durations_are_those_that_pillow_finds(tmp_path: Path, durations: list[int]) -> None:
    """Of every frame, also one without a duration."""
    make_gif(path := tmp_path / "a.gif", durations)
    with Image.open(path) as image:
        found = [frame.info.get("duration", 0) for frame in ImageSequence.Iterator(image)]

    assert durations_ms(path) == found


def test_opening_decodes_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large GIF seemed to hang, and its process was ended."""
    make_gif(path := tmp_path / "a.gif", [40] * 20)
    monkeypatch.setattr(ImageSequence.Iterator, "__next__", lambda self: pytest.fail("it was decoded"))
    reader = PillowReader(path)
    picture = reader.read(1.0)
    reader.close()

    assert picture is not None
    assert picture.duration_ns == 800_000_000


def test_a_damaged_gif_leads_nowhere(tmp_path: Path) -> None:
    """Whatever is left of it, or is in it, reading it ends."""
    make_gif(path := tmp_path / "a.gif", [40] * 5)
    data = path.read_bytes()
    random = np.random.default_rng(1)
    for size in range(0, len(data), 7):
        path.write_bytes(data[:size])
        assert len(durations_ms(path)) <= 5
        damaged = bytearray(data)
        damaged[size] = int(random.integers(256))
        path.write_bytes(damaged)
        durations_ms(path)


@pytest.mark.parametrize("default", [True, False])
def test_the_picture_for_other_programs_is_no_frame(tmp_path: Path, default: bool) -> None:
    """An animated PNG may begin with one; browsers do not show it."""
    images = [Image.new("RGB", (32, 32), (shade, shade, shade)) for shade in (250, 20, 60, 100)]
    first = images[not default :]
    first[0].save(
        path := tmp_path / "a.png",
        save_all=True,
        append_images=first[1:],
        default_image=default,
        duration=[80, 200, 40],
    )
    frames, last = read(path)

    assert [frame.pts_ns // 10**6 for frame in frames] == [0, 80, 280]
    lumas = [int(frame.pixels[0, 0]) for frame in frames if frame.pixels is not None]
    assert lumas == sorted(lumas)
    assert (last.error, len(lumas)) == (None, 3)


PARTS = np.kron(np.array([[30, 90], [150, 220]], np.uint8), np.ones((64, 96), np.uint8))
"""A photo of four grays."""


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp", "avif"])
@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, lambda parts: parts),
        (2, lambda parts: parts[:, ::-1]),
        (3, lambda parts: parts[::-1, ::-1]),
        (4, lambda parts: parts[::-1]),
        (5, np.transpose),
        (6, lambda parts: np.rot90(parts, -1)),
        (7, lambda parts: np.rot90(parts, 2).T),
        (8, np.rot90),
    ],
)
def test_a_photo_is_upright(
    tmp_path: Path, orientation: int, shown: Callable[[np.ndarray], np.ndarray], suffix: str
) -> None:
    """As its Exif data say; it is one frame without a duration."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(PARTS).convert("RGB").save(path := tmp_path / f"a.{suffix}", exif=exif, quality=95)
    (frame,), last = read(path)

    assert frame.pixels is not None
    expected = shown(PARTS)
    assert (frame.height, frame.width) == expected.shape
    found = frame.pixels[: frame.height].reshape(2, frame.height // 2, 2, frame.width // 2).mean((1, 3))
    ranks = expected[:: frame.height // 2, :: frame.width // 2].argsort(None)
    assert found.argsort(None).tolist() == ranks.tolist()
    assert (frame.duration_ns, frame.fps, last.error) == (0, 0.0, None)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_keep_their_grays(tmp_path: Path, suffix: str) -> None:
    """Pillow itself makes them white from 255 on."""
    Image.fromarray(PARTS.astype(np.uint16) * 257).save(path := tmp_path / f"a.{suffix}")
    (frame,), _ = read(path)

    assert frame.pixels is not None
    corners = frame.pixels[10, 10], frame.pixels[10, 150], frame.pixels[100, 10], frame.pixels[100, 150]
    assert [int(gray) for gray in corners] == pytest.approx([42, 93, 145, 205], abs=2)


def shades(*levels: int) -> list[Image.Image]:
    """Return images of these grays."""
    return [Image.new("RGB", (64, 48), (level,) * 3) for level in levels]


@needs_gstreamer
@pytest.mark.parametrize("between", [b"", bytes(10)])
def test_one_jpeg_behind_the_other_is_a_video(tmp_path: Path, between: bytes) -> None:
    """Motion JPEG, with padding or without."""
    parts = []
    for image in shades(40, 200):
        image.save(one := io.BytesIO(), "JPEG")
        parts.append(one.getvalue())
    (path := tmp_path / "a.mjpeg").write_bytes(between.join(parts))

    assert len(read(path)[0]) == 2


def test_further_views_of_a_photo_are_no_frames(tmp_path: Path) -> None:
    """Phones put them behind it, such as its depth."""
    first, *others = shades(40, 200, 90)
    first.save(path := tmp_path / "a.jpg", "MPO", save_all=True, append_images=others)
    (frame,), last = read(path)

    assert frame.pixels is not None
    assert (int(frame.pixels[5, 5]), last.error) == (pytest.approx(16 + 40 * 219 / 255, abs=2), None)


def test_a_heic_photo_is_named(tmp_path: Path) -> None:
    """As iPhones take them: nothing here decodes it."""
    (path := tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x0cmeta\0\0\0\0")
    frames, last = read(path)

    assert not frames
    assert last.error == (
        "a.heic: expected a video, or an image in JPEG, PNG, WebP, TIFF, AVIF or GIF, found HEIC: convert it"
    )


def test_the_preview_of_a_raw_photo_is_refused(tmp_path: Path) -> None:
    """Its faces would be found too small, or not at all."""
    Image.fromarray(PARTS).save(path := tmp_path / "a.dng", "TIFF", tiffinfo={254: 1})
    frames, last = read(path)

    assert not frames
    assert last.error == "a.dng: expected a photo, found the preview of a raw one: convert it"
