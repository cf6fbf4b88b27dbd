"""The interface of an engine, and what all engines share: buckets, padding, heads."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from models.engines.network import Network
from models.heads import Outputs, combine

Arithmetic = Literal["bf16", "f32"]
Precision = Arithmetic | Literal["auto"]

BUCKETS = (1, 2, 4, 8, 16, 32, 64)
"""Batch sizes the network runs at on a CPU. Few fixed shapes are compiled once each; an optimiser that meets a new
shape every time compiles anew. Powers of two waste less than half of a batch. Beyond 64 nothing gets faster."""

GPU_BUCKETS = (16, 128, 1024)
"""Batch sizes on a GPU, which takes as long for one face as for a hundred, but seconds to compile each size."""


class Engine(ABC):
    """Runs one network; made and used in one process, by one thread.

    Attributes:
        network: The network.
        device: What it runs on.
        precision: Arithmetic of its convolutions, `bf16` or `f32`.
        buckets: Batch sizes it runs at, ascending.
    """

    name: ClassVar[str]

    def __init__(self, network: Network, *, device: Literal["CPU", "GPU"], precision: Arithmetic) -> None:
        self.network = network
        self.device = device
        self.precision: Arithmetic = precision
        self.buckets = GPU_BUCKETS if device == "GPU" else BUCKETS

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
        most = self.buckets[-1]
        # No crops are run as one, of which nothing is kept: only the network knows its outputs.
        pieces = [crops[start : start + most] for start in range(0, max(1, len(crops)), most)]
        # All are begun before the first answer is asked for: a GPU takes one in while it computes another.
        answers = [self._run(self._padded(piece)) for piece in pieces]
        return {
            name: np.concatenate([np.asarray(a[name])[: len(piece)] for a, piece in zip(answers, pieces, strict=True)])
            for name in answers[0]
        }

    def warm(self) -> None:
        """Run every bucket once, so that no camera waits for a compilation later."""
        for batch in self._blank():
            self.predict(batch)

    def _blank(self) -> list[NDArray[np.uint8]]:
        """Return a batch without faces for every bucket."""
        return [np.zeros((bucket, self.network.size, self.network.size), np.uint8) for bucket in self.buckets]

    def _padded(self, piece: NDArray[np.uint8]) -> NDArray[np.uint8]:
        bucket = next(size for size in self.buckets if size >= len(piece))
        if len(piece) == bucket:
            return piece
        batch = np.zeros((bucket, *piece.shape[1:]), np.uint8)
        batch[: len(piece)] = piece
        return batch

    @abstractmethod
    def _run(self, batch: NDArray[np.uint8]) -> Mapping[str, Any]:
        """Run one bucket, `uint8[bucket, size, size]`; return probabilities `float32[bucket, k]` by output.

        They may still be on their way: what NumPy can read once it is asked to.
        """
