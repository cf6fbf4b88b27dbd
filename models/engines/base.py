"""The interface of an engine, and what all engines share: buckets, padding, heads."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.engines.network import Network
from models.heads import Outputs, combine

BUCKETS = (1, 2, 4, 8, 16, 32, 64)
"""Batch sizes the network runs at. Few fixed shapes are compiled once each; a GPU or an optimiser that meets a new
shape every time compiles anew. Powers of two waste less than half of a batch. Beyond 64 nothing gets faster."""


class Engine(ABC):
    """Runs one network; made and used in one process, by one thread."""

    name: ClassVar[str]

    def __init__(self, network: Network) -> None:
        self.network = network
        self.device = "CPU"
        """What it runs on, for people to read."""

    def predict(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify faces.

        The result for a face does not depend on the faces beside it: a batch is padded to the next bucket, one larger
        than the largest bucket is run in pieces.

        Args:
            crops: Gray pictures `uint8[n, size, size]`; n may be 0.

        Returns:
            Probabilities `float32[n, 7]` in the order of `network.labels`; each row sums to 1.

        Raises:
            ValueError: The crops have another shape or type.
        """
        return combine(self.outputs(crops), self.network.head, self.network.labels)

    def outputs(self, crops: NDArray[np.uint8]) -> Outputs:
        """Return what each head says; as `predict`, but before one head's answer is chosen or both are blended."""
        size = self.network.size
        if crops.ndim != 3 or crops.shape[1:] != (size, size) or crops.dtype != np.uint8:
            raise ValueError(f"expected crops uint8[n, {size}, {size}], found {crops.dtype}{list(crops.shape)}")
        # No crops are run as one, of which nothing is kept: only the network knows its outputs.
        starts = range(0, max(1, len(crops)), BUCKETS[-1])
        pieces = [self._run_piece(crops[start : start + BUCKETS[-1]]) for start in starts]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def warm(self) -> None:
        """Run every bucket once, so that no camera waits for a compilation later."""
        for bucket in BUCKETS:
            self.predict(np.zeros((bucket, self.network.size, self.network.size), np.uint8))

    def _run_piece(self, crops: NDArray[np.uint8]) -> Outputs:
        bucket = next(size for size in BUCKETS if size >= len(crops))
        batch = np.zeros((bucket, *crops.shape[1:], 1), np.float32)
        batch[: len(crops), ..., 0] = crops
        return {name: rows[: len(crops)] for name, rows in self._run(batch).items()}

    @abstractmethod
    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        """Run one bucket, `float32[bucket, size, size, 1]`; return probabilities `float32[bucket, k]` by output."""
