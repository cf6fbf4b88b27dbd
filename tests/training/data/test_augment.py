"""Augmentation changes images by the requested amount, and in the same way for the same seed."""

import numpy as np
import pytest

from training.data.augment import Augment, augment, mix

NOTHING = Augment(flip=0, rotate_deg=0, scale=1, shift=0, light=0, degrade=0, erase=0)


def make_images(count: int = 40, side: int = 48) -> np.ndarray:
    coarse = np.random.default_rng(0).integers(40, 216, (count, side // 8, side // 8), np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def test_nothing_changes_nothing() -> None:
    """With everything at zero the images are unchanged."""
    images = make_images()

    assert np.array_equal(images, augment(images, NOTHING, np.random.default_rng(1)))


def test_a_flip_is_the_exact_mirror_image() -> None:
    """No column is lost and nothing is blurred."""
    images = make_images()
    flipped = augment(
        images, Augment(flip=1, rotate_deg=0, scale=1, shift=0, light=0, degrade=0, erase=0), np.random.default_rng(1)
    )

    assert np.array_equal(images[:, :, ::-1], flipped)


@pytest.mark.parametrize("option", ["rotate_deg", "scale", "shift", "light", "degrade", "erase"])
def test_each_option_does_something_and_keeps_the_picture(option: str) -> None:
    """Each alone changes most pictures, and leaves them recognisable: closer to themselves than to each other."""
    images = make_images()
    options = {"flip": 0, "rotate_deg": 0, "scale": 1, "shift": 0, "light": 0, "degrade": 0, "erase": 0}
    options[option] = {"rotate_deg": 10, "scale": 1.2, "shift": 0.05, "light": 0.2, "degrade": 1, "erase": 1}[option]
    changed = augment(images, Augment(**options), np.random.default_rng(1)).astype(float)
    own = np.abs(changed - images).mean(axis=(1, 2))
    other = np.abs(changed - np.roll(images, 1, axis=0)).mean(axis=(1, 2))

    assert (own > 0.5).mean() > 0.8
    assert (own < other).mean() > 0.9


def test_the_same_seed_gives_the_same_pictures() -> None:
    """Another seed gives others."""
    images = make_images()
    first, again, other = (augment(images, Augment(), np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("options", [Augment(mixup=0.4), Augment(cutmix=1.0)])
def test_mixed_targets_fit_the_mixed_pictures(options: Augment) -> None:
    """With constant pictures of two grays the share of gray in a mixture is the share in its target."""
    which = np.arange(20) % 2
    images = np.float32(255) * which[:, None, None] * np.ones((1, 48, 48), np.float32)
    mixed, targets = mix(images, {"fer2013": np.eye(2, dtype=np.float32)[which]}, options, np.random.default_rng(3))

    assert mixed.mean(axis=(1, 2)) / 255 == pytest.approx(targets["fer2013"][:, 1], abs=1e-4)
    assert targets["fer2013"].sum(axis=1) == pytest.approx(1)
    assert not np.array_equal(images, mixed)
