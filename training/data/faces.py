"""The form of FER2013: seven labels, gray faces of 48 x 48 pixels, three splits."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven emotions, in the order FER2013 numbers them."""
SIDE = 48
"""Side of an image of FER2013, pixels."""
SPLITS = ("Training", "PublicTest", "PrivateTest")
"""Names of the splits: for fitting, for every choice, and for one evaluation at the end."""


class DataError(ValueError):
    """The data cannot be used: the text is one line saying what was expected, what was found, and where."""


@dataclass(frozen=True, kw_only=True)
class Faces:
    """Images of one split.

    Attributes:
        images: `uint8[n, 48, 48]`, gray.
        labels: `int64[n]`, indices into `LABELS`.
        votes: `float32[n, 10]`, numbers of votes in the order of `VOTES`; None without votes.
        names: Origin of each image, for messages: the row of the table or the path.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32] | None = None
    names: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> "Faces":
        """Return the images selected by indices or by a mask."""
        votes = None if self.votes is None else self.votes[which]
        names = tuple(np.array(self.names, object)[which]) if self.names else ()
        return Faces(images=self.images[which], labels=self.labels[which], votes=votes, names=names)

    def hashes(self) -> list[str]:
        """Return the SHA-1 of each image's pixels."""
        return [hashlib.sha1(image.tobytes()).hexdigest() for image in self.images]

    def sha256(self) -> str:
        """Return one hash of all images, labels and votes; it depends on their order."""
        votes = b"" if self.votes is None else self.votes.tobytes()
        return hashlib.sha256(self.images.tobytes() + self.labels.tobytes() + votes).hexdigest()
