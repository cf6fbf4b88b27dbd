"""Small pictures for detectors show what the large one shows, whatever their ratio."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.detectors.picture import small_gray, small_rgb


def scene(width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture in I420 that is bright on the right, blue above and red below, with grain."""
    grain = 4 * np.random.default_rng(width * height).standard_normal((height * 3 // 2, width), np.float32)
    picture = np.full((height * 3 // 2, width), 128, np.float32)
    picture[:height] = np.linspace(40, 210, width)
    blue, red = picture[height:].reshape(2, height // 2, width // 2)
    blue[:] = np.linspace(160, 100, height // 2)[:, None]
    red[:] = np.linspace(100, 160, height // 2)[:, None]
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "size", [(1280, 720), (1920, 1080), (854, 480), (1024, 768), (3840, 2160), (2560, 1440), (1366, 768), (480, 1920)]
)
def test_it_is_the_mean_of_what_it_stands_for(size: tuple[int, int]) -> None:
    """To two gray levels, as averaging all pixels of each place would have it; to five in colour, which is coarser."""
    picture = scene(*size)
    gray, _ = small_gray(picture, 640)
    rgb, _ = small_rgb(picture, 640)
    assert rgb.flags.c_contiguous  # MediaPipe ignores strides
    whole = cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_I420)

    for found, large, levels in ((gray, picture[: size[1]], 2), (rgb, whole, 5)):
        expected = cv2.resize(large, (found.shape[1], found.shape[0]), interpolation=cv2.INTER_AREA)
        assert np.abs(found.astype(int) - expected).mean() < levels
        assert np.abs(found.astype(int).mean((0, 1)) - expected.mean((0, 1))).max() < 1


@given(st.integers(8, 900).map(lambda n: 2 * n), st.integers(8, 900).map(lambda n: 2 * n))
def test_no_side_is_longer_and_the_factor_leads_back(width: int, height: int) -> None:
    """The scale factor is exact except for rounding to whole pixels."""
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    for small, factor in (small_rgb(picture, 640), small_gray(picture, 640)):
        assert max(small.shape[:2]) <= 640
        pixel = 2 / min(small.shape[:2])
        assert small.shape[0] * factor == pytest.approx(height, rel=pixel)
        assert small.shape[1] * factor == pytest.approx(width, rel=pixel)
        assert small.min() == small.max()
