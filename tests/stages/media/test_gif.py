"""The durations of a GIF's frames are read without decoding them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from stages.media.containers.gif import durations_ms
from stages.media.gif_reader import GifReader
from tests.support.clips import read
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
    reader = GifReader(path)
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
