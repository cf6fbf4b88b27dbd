"""Pictures are made for those who ask, once for all of them."""

import cv2
import numpy as np
import pytest

from pipeline.messages import Array, Panel
from stages.synthetic import Synthetic
from stages.web.live.pictures import Pictures, encode


def draw(width: int = 640, height: int = 360) -> Array:
    return Synthetic(name="x", width=width, height=height, faces=1).draw(3)


def decode(jpeg: bytes) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))


def test_nobody_asks_nothing_is_made() -> None:
    """Without a viewer no picture is encoded."""
    pictures = Pictures(80, 100.0)
    for n in range(5):
        pictures.publish("hall", draw(), float(n))

    assert pictures.made == 0


def test_ten_viewers_share_a_picture() -> None:
    """Who asks for the same size gets the same bytes; each asked once and is answered once."""
    pictures, got = Pictures(80, 100.0), []
    for _ in range(10):
        pictures.ask("hall", 320, got.append)
    for n in range(3):
        pictures.publish("hall", draw(), float(n))

    assert pictures.made == 1
    assert len(got) == 10
    assert all(picture.jpeg is got[0].jpeg for picture in got)


def test_a_slow_viewer_gets_the_newest() -> None:
    """What came while it did not ask is not kept for it."""
    pictures, got = Pictures(80, 100.0), []
    first, last = draw(), np.full_like(draw(), 235)
    pictures.ask("hall", 0, got.append)
    pictures.publish("hall", first, 0.0)
    pictures.publish("hall", first, 1.0)
    pictures.ask("hall", 0, got.append)
    pictures.publish("hall", last, 2.0)

    assert len(got) == 2
    assert decode(got[1].jpeg).std(axis=(0, 1)).max() < 1


def test_the_rate_is_limited() -> None:
    """A hurried viewer of a camera of 30 Hz gets 20 pictures a second, not half of 30."""
    pictures, got, pixels = Pictures(80, 20.0), [], draw(256, 64)
    asked = 0
    for n in range(300):
        if asked == len(got):
            pictures.ask("hall", 0, got.append)
            asked += 1
        pictures.publish("hall", pixels, n / 30)

    assert len(got) == pytest.approx(200, abs=2)


def test_who_has_gone_is_not_served() -> None:
    """After `forget` nothing is encoded for that viewer."""
    pictures, got = Pictures(80, 100.0), []
    pictures.ask("hall", 320, got.append)
    pictures.forget(got.append)
    pictures.publish("hall", draw(), 0.0)

    assert (pictures.made, got) == (0, [])


def test_pictures_are_scaled_and_keep_their_colours() -> None:
    """The scaled picture differs little from the one scaled after decoding."""
    pixels = draw(1280, 720)
    small = decode(encode(pixels, 320, 90))
    whole = decode(encode(pixels, 0, 90))

    assert whole.shape == (720, 1280, 3)
    assert small.shape == (180, 320, 3)
    expected = cv2.resize(whole, (320, 180), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - expected).mean() < 3


def test_odd_shapes_are_scaled() -> None:
    """Sizes whose scaled height is odd become even, as I420 needs it."""
    for width, height in ((642, 358), (1280, 722), (256, 64)):
        rows, columns = decode(encode(draw(width, height), 320, 80)).shape[:2]
        assert columns == min(width, 320)
        assert abs(rows - height * columns / width) <= 2


def test_bars_that_are_too_small_to_read_are_left_out() -> None:
    """Each viewer's picture depends on its size on the screen; programs, which have none, get all of them."""
    pixels = np.full((360 * 3 // 2, 640), 128, np.uint8)
    panel = Panel(rect=(100, 100, 200, 200), size=(2, 2), pixels=bytes((16, 16, 16, 16, 128, 128)), least_width=500)
    pictures, got = Pictures(80, 100.0), {}
    for shown in (0, 60, 420, 640):
        pictures.ask("hall", 640, lambda picture, shown=shown: got.update({shown: picture}), shown)  # type: ignore[misc]
    pictures.publish("hall", pixels, 0.0, panels=(panel,))

    dark = {shown: decode(picture.jpeg)[150, 150].max() < 30 for shown, picture in got.items()}
    assert dark == {0: False, 60: True, 420: True, 640: False}
    assert (pixels == 128).all()
