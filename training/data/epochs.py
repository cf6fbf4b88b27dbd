"""What an epoch consists of: data that stay on the device, and the random numbers of its steps."""

from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from training.data.augment import Column, Draws, draw, draw_mixing, draw_noise, draw_smaller
from training.data.bank import Bank, check
from training.data.faces import Faces
from training.data.pixels import arranged
from training.data.targets import VoteMap, fer2013_targets, ferplus_targets
from training.recipe import Recipe

EpochPlan = dict[str, NDArray[Any]]
"""Arrays of an epoch, by name; their first axis is the step:

- `index` `int32[steps, batch]`: the images; `draws` `int32[steps, batch, 17]`: their random numbers;
- `view` `int32[steps, batch]`: the view of the bank, 0 without one;
- `other`, `box`, `weight`: see `training.data.augment.Mixing`.
"""


class Epochs:
    """The epochs of a training; deterministic for a seed and a number, on every backend.

    Args:
        faces: The training images.
        recipe: The recipe.
        heads: The network's heads.
        bank: Teachers' probabilities of views, whose random numbers are used instead of new ones.

    Attributes:
        resident: Arrays that stay on the device: `images` `uint8[n, side, side]`, and for each head target
            distributions `target_HEAD`, sample weights `weight_HEAD` and the teachers' probabilities `said_HEAD`; with
            the recipe's `votes_first`, the target distributions of that time `first_HEAD`.
        options: Strength with which the images are augmented: the bank's, or the recipe's.

    Raises:
        DataError: The bank was created from other faces.
    """

    def __init__(self, faces: Faces, recipe: Recipe, heads: tuple[str, ...], bank: Bank | None = None) -> None:
        self._faces, self._recipe = faces, recipe
        self._views: list[Draws] | None = None
        self.options = recipe.augment
        if bank is not None:
            check(bank, faces)
            seen = bank.views.augment
            few = (1 - seen.degrade) * recipe.bank_smaller
            self.options = replace(seen, degrade=seen.degrade + few * 1.5, noise=max(seen.noise, recipe.augment.noise))
            self._views = [bank.views.draws(view, faces) for view in range(bank.views.count)]
        likely = None
        if faces.votes is not None and (recipe.votes_weight or recipe.votes_first):
            likely = VoteMap(faces)(faces.votes)
        self.resident: dict[str, NDArray[Any]] = {
            "images": faces.images,
            "target_fer2013": fer2013_targets(faces.labels, likely, recipe.votes_weight, recipe.smoothing),
            "weight_fer2013": np.ones(len(faces), np.float32),
        }
        if likely is not None and recipe.votes_first:
            self.resident["first_fer2013"] = fer2013_targets(faces.labels, likely, 1.0, recipe.smoothing)
        if "ferplus" in heads and faces.votes is not None:
            self.resident["target_ferplus"], self.resident["weight_ferplus"] = ferplus_targets(faces.votes)
        said = {} if bank is None else bank.said
        self.resident |= {f"said_{head}": said[head] for head in heads if head in said}

    def __len__(self) -> int:
        return len(self._faces) // self._recipe.batch

    def plan(self, number: int, small: bool = False, plain: bool = False) -> EpochPlan:
        """Return the random numbers of an epoch.

        Args:
            number: Number of the epoch, from 0.
            small: Whether the network gets images of two thirds of their side.
            plain: Whether batches are not mixed; the same program then runs with neutral numbers, because another one
                would be compiled for half a minute on a card.
        """
        recipe, batch, steps, side = self._recipe, self._recipe.batch, len(self), self._faces.images.shape[1]
        rng = np.random.default_rng([recipe.seed, number])
        index = rng.permutation(len(self._faces))[: steps * batch]
        view = np.zeros(len(index), np.int64)
        if self._views is None:
            draws = draw(recipe.augment, len(index), side, rng)
        else:
            view = rng.integers(0, len(self._views), len(index))
            draws = np.empty((len(index), Column.COUNT), np.int32)
            for number_of_view, drawn in enumerate(self._views):
                chosen = view == number_of_view
                draws[chosen] = drawn[index[chosen]]
            # mirroring doubles the views: teachers predict nearly the same for a face and its mirror image
            turned = rng.random(len(index)) < recipe.augment.flip
            draws[turned] = mirrored(draws[turned], side)
            # of these, the teachers saw the better image
            draw_smaller(draws, recipe.bank_smaller, rng)
            draw_noise(draws, recipe.augment.noise, rng)
        each = draws.reshape(steps, batch, Column.COUNT)
        order = np.stack([arranged(step) for step in each])
        mixing = draw_mixing(recipe.augment, steps, batch, side * 2 // 3 if small else side, rng)
        if plain:
            mixing = mixing._replace(box=np.zeros_like(mixing.box), weight=np.ones_like(mixing.weight))
        return {
            "index": np.take_along_axis(index.reshape(steps, batch), order, 1).astype(np.int32),
            "draws": np.take_along_axis(each, order[:, :, None], 1),
            "view": np.take_along_axis(view.reshape(steps, batch), order, 1).astype(np.int32),
            **mixing._asdict(),
        }


def mirrored(draws: Draws, side: int) -> Draws:
    """Return the random numbers that give the mirror images."""
    found = draws.copy()
    maps = found[:, Column.MAP]
    for first in (0, 3):
        maps[:, first + 2] += maps[:, first] * (side - 1)
        maps[:, first] *= -1
    left, width = Column.BOX.start + 1, Column.BOX.start + 3
    found[:, left] = np.where(found[:, width] > 0, side - found[:, left] - found[:, width], 0)
    return found
