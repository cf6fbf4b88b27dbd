"""Noise is distinguished from texture and edges, and smoothed; crops without noise stay."""

import cv2
import numpy as np
import pytest

from models.following.noise import noise_of, without_noise

SIDE = 48
CLEAN = np.asarray(
    cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (SIDE, SIDE), dtype=np.uint8), (0, 0), 4) * 1.5 - 60,
    np.uint8,
)
"""A picture of soft spots."""
EDGE = np.where(np.arange(SIDE) < SIDE // 2, 40, 220).astype(np.uint8)[None].repeat(SIDE, 0)


def noisy(picture: np.ndarray, gray_levels: float) -> np.ndarray:
    """Add what a sensor adds."""
    added = picture + np.random.default_rng(5).normal(0, gray_levels, picture.shape)
    return np.asarray(np.clip(np.rint(added), 0, 255), np.uint8)


@pytest.mark.parametrize("gray_levels", [3, 6, 12])
def test_noise_is_measured(gray_levels: int) -> None:
    """To a tenth, on a picture that has none itself."""
    assert noise_of(noisy(CLEAN, gray_levels)) == pytest.approx(gray_levels, rel=0.1)


def test_edges_are_no_noise() -> None:
    """The border of a face, or of light, is not what makes a crop noisy."""
    assert noise_of(EDGE) == 0 and noise_of(CLEAN) < 1


@pytest.mark.parametrize("picture", [CLEAN, EDGE])
def test_a_crop_without_noise_stays(picture: np.ndarray) -> None:
    """Bit by bit."""
    assert without_noise(picture) is picture


@pytest.mark.parametrize(("gray_levels", "left"), [(6, 0.65), (12, 0.5)])
def test_noise_is_smoothed(gray_levels: int, left: float) -> None:
    """More noise more strongly: what is left, as a fraction of what there was."""
    before = noisy(CLEAN, gray_levels)
    errors = [np.std(picture.astype(float) - CLEAN) for picture in (without_noise(before), before)]

    assert errors[0] < left * errors[1]
