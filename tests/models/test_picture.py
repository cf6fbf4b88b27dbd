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
    grain = np.random.default_rng(width * height).normal(0, 4, (height * 3 // 2, width))
    picture = np.full((height * 3 // 2, width), 128.0)
    picture[:height] = np.linspace(40, 210, width)
    blue, red = picture[height:].reshape(2, height // 2, width // 2)
    blue[:] = np.linspace(160, 100, height // 2)[:, None]
    red[:] = np.linspace(100, 160, height // 2)[:, None]
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "size", [(1280, 720), (1920, 1080), (854, 480), (1024, 768), (3840, 2160), (2560, 1440), (1366, 768), (480, 1920)]
)
def test_it_is_the_mean_of_what_it_stands_for(size: tuple[int, int]) -> None:
    """To two gray levels, as averaging all pixels of each place would have it."""
    picture = scene(*size)
    gray, _ = small_gray(picture, 640)
    expected = cv2.resize(picture[: size[1]], (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_AREA)

    assert np.abs(gray.astype(int) - expected).mean() < 2
    assert np.abs(gray.astype(int).mean() - expected.mean()) < 0.5


@given(st.integers(1, 900).map(lambda n: 2 * n), st.integers(1, 900).map(lambda n: 2 * n))
def test_no_side_is_longer_and_the_factor_leads_back(width: int, height: int) -> None:
    """Also of pictures of two pixels, and of any ratio."""
    rgb, factor = small_rgb(np.full((height * 3 // 2, width), 128, np.uint8), 640)

    assert max(rgb.shape[:2]) <= 640
    assert rgb.shape[1] * factor == pytest.approx(width)
    assert rgb.min() == rgb.max()
