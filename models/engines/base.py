"""The interface of engines, and what they share: buckets, padding, heads."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from models.devices import Arithmetic
from models.engines.network import Network
from models.heads import Outputs, combine

BUCKETS = (1, 2, 4, 8, 16)
"""Batch sizes on a CPU. A few fixed shapes are compiled once each; a new shape would trigger a compilation. Powers of
two waste less than half of a batch. Larger batches are split: 64 faces at once are 1 % (`fast`) to 5 % faster, and two
more shapes would make each start 0.3 s of CPU time longer."""

GPU_BUCKETS = (16, 128, 1024)
"""Batch sizes on a GPU, which runs a hundred faces as fast as one but needs seconds to compile each size."""


class Engine(ABC):
    """Runs one network; must be created and used by the same thread.

    Attributes:
        network: The network.
        device: The device it runs on: `CPU`, `GPU` or `NPU`.
        precision: Arithmetic of its convolutions: `bf16`, `f16` (a GPU or NPU under OpenVINO) or `f32`.
        buckets: The batch sizes it uses, ascending.
    """

    name: ClassVar[str]

    def __init__(self, network: Network, *, device: Literal["CPU", "GPU"], precision: Arithmetic) -> None:
        self.network = network
        self.device: str = device
        self.precision: Arithmetic = precision
        self.buckets = GPU_BUCKETS if device == "GPU" else BUCKETS

    def predict(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify faces.

        A face's result does not depend on the rest of the batch. A batch is padded to the next bucket; a batch larger
        than the largest bucket is split.

        Args:
            crops: Gray crops `uint8[n, size, size]`; n may be 0.

        Returns:
            Probabilities `float32[n, 7]` in the order of `network.labels`; each row sums to 1.

        Raises:
            ValueError: The crops have the wrong shape or type.
        """
        return combine(self.outputs(crops), self.network.head, self.network.labels)

    def outputs(self, crops: NDArray[np.uint8]) -> Outputs:
        """Return the probabilities `float32[n, k]` of each head for crops `uint8[n, size, size]`, not blended."""
        size = self.network.size
        if crops.ndim != 3 or crops.shape[1:] != (size, size) or crops.dtype != np.uint8:
            raise ValueError(f"expected crops uint8[n, {size}, {size}], found {crops.dtype}{list(crops.shape)}")
        most = self.buckets[-1]
        # An empty batch still runs once, and its result is cut to nothing: only the network knows its outputs.
        pieces = [crops[start : start + most] for start in range(0, max(1, len(crops)), most)]
        # Start all batches before waiting for the first result, so that a GPU can overlap transfers and computation.
        answers = [self._run(self._padded(piece)) for piece in pieces]
        return {
            name: np.concatenate([np.asarray(a[name])[: len(piece)] for a, piece in zip(answers, pieces, strict=True)])
            for name in answers[0]
        }

    def warm(self) -> None:
        """Run every bucket once, so that no camera has to wait for a compilation later."""
        for batch in self._blank():
            self.predict(batch)

    def _blank(self) -> list[NDArray[np.uint8]]:
        """Return an empty batch for every bucket."""
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

        The computation may still be running: the values only have to be convertible to NumPy arrays.
        """
