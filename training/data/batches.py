"""The batches of an epoch, each prepared during the previous training step."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.augment import augment, mix
from training.data.bank import Bank, check
from training.data.faces import Faces
from training.data.targets import VoteMap, fer2013_targets, ferplus_targets
from training.recipe import Recipe

Named = dict[str, NDArray[np.float32]]
Batch = tuple[NDArray[np.float32], Named, Named]
"""Crops `float32[n, side, side, 1]`; target distributions and sample weights `float32[n]` by head."""


class Batches:
    """Augmented batches with their targets; deterministic for a seed and epoch.

    Args:
        faces: The training images.
        recipe: The recipe.
        heads: The network's heads.
        bank: Views to draw from instead of augmenting, with the teachers' probabilities.

    Raises:
        DataError: The bank was created from other faces.
    """

    def __init__(self, faces: Faces, recipe: Recipe, heads: tuple[str, ...], bank: Bank | None = None) -> None:
        self._faces, self._recipe, self._bank = faces, recipe, bank
        if bank is not None:
            check(bank, faces)
        likely = None
        if faces.votes is not None and recipe.votes_weight:
            likely = VoteMap(faces)(faces.votes)
        everyone = np.ones(len(faces), np.float32)
        self._targets = {"fer2013": fer2013_targets(faces.labels, likely, recipe.votes_weight, recipe.smoothing)}
        self._weights = {"fer2013": everyone}
        if "ferplus" in heads and faces.votes is not None:
            self._targets["ferplus"], self._weights["ferplus"] = ferplus_targets(faces.votes)

    def __len__(self) -> int:
        return len(self._faces) // self._recipe.batch

    def epoch(self, number: int, progress: float) -> Iterator[Batch]:
        """Yield the batches of an epoch.

        Args:
            number: Number of the epoch, from 0.
            progress: How far the training is at its start, 0 to 1.
        """
        rng = np.random.default_rng([self._recipe.seed, number])
        orders = iterate(len(self._faces), self._recipe.batch, rng)
        mixing = progress < 1 - self._recipe.augment.plain_epochs
        small = progress < self._recipe.small_epochs
        with ThreadPoolExecutor(1) as one:
            waiting = None
            for which in [*orders, None]:
                coming = None if which is None else one.submit(self._make, which, mixing, small, rng)
                if waiting is not None:
                    yield waiting.result()
                waiting = coming

    def _make(self, which: NDArray[Any], mixing: bool, small: bool, rng: np.random.Generator) -> Batch:
        options = self._recipe.augment
        targets = {head: values[which] for head, values in self._targets.items()}
        if self._bank is None:
            images = augment(self._faces.images[which], options, rng)
        else:
            view = rng.integers(0, len(self._bank.views), len(which))
            images = self._bank.views[view, which]
            # mirroring doubles the views: teachers predict nearly the same for a face and its mirror image
            turned = rng.random(len(which)) < options.flip
            images[turned] = images[turned, :, ::-1]
            share = self._recipe.bank_weight
            for head in targets.keys() & self._bank.said.keys():
                said = self._bank.said[head][view, which].astype(np.float32)
                targets[head] = (1 - share) * targets[head] + share * said
        weights = {head: values[which] for head, values in self._weights.items()}
        crops = (_shrunk(images) if small else images).astype(np.float32)
        if mixing:
            crops, targets = mix(crops, targets, options, rng)
        return crops[..., None], targets, weights


def _shrunk(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images scaled to two thirds of their side."""
    side = images.shape[1] * 2 // 3
    return np.stack([cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in images])


def iterate(count: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of one epoch's batches in a new order; an incomplete last batch is skipped."""
    order = rng.permutation(count)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]
