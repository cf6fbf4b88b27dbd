"""The durations of a GIF's frames are read without decoding them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from stages.media.containers.gif import durations_ms
from stages.media.gif_reader import GifReader
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
