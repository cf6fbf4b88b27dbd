"""Augmentation changes images by the requested amount, as OpenCV did it, and in the same way for the same seed."""

import hashlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from tests.training.data import with_opencv
from tests.training.small import on_device
from training.data.augment import (
    FEW,
    NOISE_ROWS,
    SIGMA_UNIT,
    SIGMAS,
    SUBPIXELS,
    Augment,
    Column,
    draw,
    draw_mixing,
    most,
)
from training.data.noise import UNIT, table
from training.data.pixels import arranged, augment, mix, shrunk, smoothing

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("eager")]

NOTHING = Augment(flip=0, rotate_deg=0, scale=1, shift=0, light=0, degrade=0, erase=0)
LARGE = {"rotate_deg": 15.0, "scale": 1.25, "shift": 0.1, "light": 0.25, "degrade": 1.0, "erase": 1.0}
Row = np.ndarray


def changed(images: np.ndarray, options: Augment, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return augmented images, `float[n, 48, 48]`, and their random numbers."""
    draws = draw(options, len(images), 48, np.random.default_rng(seed))
    draws = draws[arranged(draws)]
    return on_device(lambda x, numbers: augment(x, numbers, options), images, draws).astype(float), draws


def test_nothing_changes_nothing() -> None:
    """With everything at zero the images are unchanged, and a flip is the exact mirror image."""
    images = np.random.default_rng(0).integers(0, 256, (20, 48, 48)).astype(np.uint8)

    assert np.array_equal(images, changed(images, NOTHING, 1)[0])
    assert np.array_equal(images[:, :, ::-1], changed(images, replace(NOTHING, flip=1), 1)[0])


def in_opencv(kind: str) -> tuple[Augment, Callable[[np.ndarray, Row], np.ndarray]]:
    """Return options, and OpenCV's operation for an image's random numbers."""
    inverse = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    blurs = FEW[1] - FEW[0] + 2

    def warp(image: np.ndarray, row: Row) -> np.ndarray:
        matrix = row[Column.MAP].reshape(2, 3) / SUBPIXELS
        return cv2.warpAffine(image, matrix, (48, 48), flags=inverse, borderMode=cv2.BORDER_REPLICATE)

    def degrade(image: np.ndarray, row: Row) -> np.ndarray:
        if quality := int(row[Column.QUALITY]):
            return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
        if (which := int(row[Column.SMOOTH])) >= blurs:
            return cv2.GaussianBlur(image, (0, 0), SIGMAS[which - blurs])
        few = FEW[0] + which - 1
        return cv2.resize(cv2.resize(image, (few, few), interpolation=cv2.INTER_AREA), (48, 48))

    if kind == "warp":
        return replace(NOTHING, flip=0.5, rotate_deg=15.0, scale=1.25, shift=0.1), warp
    return replace(NOTHING, degrade=1.0), degrade


@pytest.mark.parametrize(("kind", "most_off"), [("warp", 0.05), ("degrade", 0.3)])
def test_each_image_is_what_opencv_makes_of_it(kind: str, most_off: float) -> None:
    """The same random numbers give nearly the same pixels: gray levels off, on average."""
    options, operation = in_opencv(kind)
    images = np.stack([with_opencv.public_face()] * 200)
    found, draws = changed(images, options, 2)
    expected = np.stack([operation(image, row) for image, row in zip(images, draws, strict=True)])

    assert np.abs(found - expected).mean() < most_off
    assert np.abs(found - images).mean() > 3


@pytest.mark.parametrize("option", [*LARGE, "all"])
def test_the_distribution_is_that_of_opencv(option: str) -> None:
    """Of many versions of a face: gray level and its spread, between images and pixel by pixel, and detail."""
    images = np.stack([with_opencv.public_face()] * 1500)
    options = Augment() if option == "all" else replace(NOTHING, **{option: LARGE[option]})
    found, _ = changed(images, options, 3)
    before = with_opencv.augment(images, options, np.random.default_rng(4)).astype(float)

    assert found.mean() == pytest.approx(before.mean(), abs=2.5 if option in ("light", "all") else 1.5)
    assert found.std() == pytest.approx(before.std(), rel=0.02)
    assert found.mean(axis=(1, 2)).std() == pytest.approx(before.mean(axis=(1, 2)).std(), rel=0.06, abs=0.1)
    assert np.abs(found.std(axis=0) - before.std(axis=0)).mean() < 3
    detail = [np.abs(np.diff(x, axis=2)).mean() for x in (found, before)]
    assert detail[0] == pytest.approx(detail[1], rel=0.03)


def test_noise_is_as_strong_as_drawn_and_of_two_sizes() -> None:
    """Of gray images, in gray levels; half of it has the size of a pixel, half is blurred by (1, 2, 1)."""
    gray = np.full((200, 48, 48), 128, np.uint8)
    found, draws = changed(gray, replace(NOTHING, noise=1.0), 6)
    sigma = draws[:, Column.SIGMA] / SIGMA_UNIT
    coarse = draws[:, Column.NOISE_ROW] >= NOISE_ROWS
    noise = found - 128
    along = (noise[:, :, 1:] * noise[:, :, :-1]).mean(axis=(1, 2)) / noise.var(axis=(1, 2))

    assert noise.std(axis=(1, 2)) / sigma == pytest.approx(1, abs=0.12)
    assert abs(noise.mean()) < 0.1
    assert along[~coarse] == pytest.approx(0, abs=0.1) and along[coarse] == pytest.approx(4 / 6, abs=0.1)
    assert 0.4 < coarse.mean() < 0.6 and sigma.min() < 3 and sigma.max() > 11


def test_the_table_of_noise_is_the_same_on_every_machine() -> None:
    """To the last unit; twice as many rows as images may begin in, and an image's rows more."""
    found = table(NOISE_ROWS)

    assert hashlib.sha256(found.tobytes()).hexdigest()[:16] == "0e24e215a0ec6b69"
    assert found.shape == (2 * (NOISE_ROWS + 48), 48) and found.std() == pytest.approx(UNIT, rel=0.01)


def test_noise_is_drawn_last() -> None:
    """All else is as without it, so that recipes and banks without noise give the same images as before it."""
    with_noise, without = (draw(Augment(noise=noise), 50, 48, np.random.default_rng(7)) for noise in (0.5, 0.0))

    assert np.array_equal(with_noise[:, : Column.SIGMA], without[:, : Column.SIGMA])
    assert with_noise[:, Column.SIGMA].any() and not without[:, Column.SIGMA :].any()


def test_random_numbers_fill_their_ranges() -> None:
    """Every parameter has the mean and the limits of a uniform distribution over its range."""
    options = Augment(light=0.2, degrade=1.0, erase=1.0)
    draws = draw(options, 20_000, 48, np.random.default_rng(5))
    scale = SUBPIXELS / np.sqrt(np.abs(np.linalg.det(draws[:, Column.MAP].reshape(-1, 2, 3)[:, :, :2])))
    top, left, height, width = draws[:, Column.BOX].T
    kinds = [draws[:, Column.QUALITY] > 0, draws[:, Column.SMOOTH] > FEW[1] - FEW[0] + 1]

    assert 0.8 <= scale.min() < 0.81 and 1.24 < scale.max() <= 1.25 + 1e-3
    assert np.log(scale).mean() == pytest.approx(0, abs=0.005)
    assert (draws[:, 0] < 0).mean() == pytest.approx(0.5, abs=0.02)  # mirrored
    assert draws[:, Column.GAIN].mean() / 256 == pytest.approx(1, abs=0.005)
    assert [draws[:, Column.OFFSET].min(), draws[:, Column.OFFSET].max()] == [-51, 51]
    assert [kind.mean() for kind in kinds] == pytest.approx([1 / 3, 1 / 3], abs=0.02)
    assert {*draws[kinds[0], Column.QUALITY]} == {*range(15, 61)}
    assert (top + height).max() == (left + width).max() == 48 and 0.02 < (height * width / 48**2).mean() < 0.15


def test_the_same_seed_gives_the_same_pictures() -> None:
    """Another seed gives others."""
    images = np.stack([with_opencv.public_face()] * 10)
    first, again, other = (changed(images, Augment(), seed)[0] for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("options", [Augment(mixup=0.4), Augment(cutmix=1.0)])
def test_mixed_targets_fit_the_mixed_pictures(options: Augment) -> None:
    """With constant pictures of two grays the share of gray in a mixture is the share in its target."""
    which = np.arange(20) % 2
    images = np.tile(np.float32([0, 255])[which][:, None, None], (1, 48, 48))
    mixing = draw_mixing(options, 3, 20, 48, np.random.default_rng(3))
    for step in zip(*mixing, strict=True):
        mixed, targets = on_device(mix, images, {"fer2013": np.eye(2, dtype=np.float32)[which]}, *step)

        assert mixed.mean(axis=(1, 2)) / 255 == pytest.approx(targets["fer2013"][:, 1], abs=1e-4)
        assert targets["fer2013"].sum(axis=1) == pytest.approx(1)
        assert not np.array_equal(images, mixed)


def test_without_mixing_batches_stay() -> None:
    """Weights are 1 and squares empty; mixup's weights are spread like the beta distribution."""
    still, mixup, cut = (
        draw_mixing(Augment(**options), 2000, 4, 48, np.random.default_rng(6))
        for options in ({}, {"mixup": 0.2}, {"mixup": 0.2, "cutmix": 0.25})
    )

    assert (still.weight == 1).all() and not still.box.any()
    assert mixup.weight.std() == pytest.approx(np.sqrt(0.25 / 1.4), abs=0.01)
    assert (cut.box[:, 2] > 0).mean() == pytest.approx(0.25, abs=0.03)
    assert np.all(cut.box[:, :2] + cut.box[:, 2:] <= 48)
    assert np.array_equal(np.sort(cut.other, axis=1), np.tile(np.arange(4), (2000, 1)))


def test_small_images_are_averages_over_the_area() -> None:
    """As OpenCV makes them, within a gray level."""
    face = with_opencv.public_face()
    expected = cv2.resize(face, (32, 32), interpolation=cv2.INTER_AREA).astype(int)

    assert np.abs(on_device(shrunk, face[None].astype(np.int32))[0] - expected).max() <= 1


def test_hardly_ever_are_more_images_degraded_than_expected() -> None:
    """The share of a batch that is smoothed is six standard deviations above the mean, all of it at most."""
    assert (most(0, 128), most(1, 128), most(0.9, 10)) == (0, 128, 10)
    assert most(2 / 15, 128) == 41


def test_smoothing_is_the_same_on_every_machine() -> None:
    """To the last unit; nearly OpenCV's, whose own halves are rounded as the last bit of a processor falls."""
    found = smoothing()
    few = FEW[1] - FEW[0] + 2
    in_opencv = [
        *(cv2.resize(cv2.resize(np.eye(48), (48, n), interpolation=cv2.INTER_AREA), (48, 48)) for n in range(16, 37)),
        *(cv2.GaussianBlur(np.eye(48), (1, round(6 * sigma + 1) | 1), sigmaX=1, sigmaY=sigma) for sigma in SIGMAS),
    ]

    assert hashlib.sha256(found.tobytes()).hexdigest()[:16] == "4ea99e91e3e8cc87"
    assert np.array_equal(found[0], 256 * np.eye(48)) and len(found) == few + len(SIGMAS)
    assert np.abs(found[1:] - 256 * np.stack(in_opencv)).mean() < 0.1
