"""Continues a recording behind the last frame of a journal: the same people keep their numbers."""

from collections import Counter, deque

from msgspec.structs import replace

from pipeline.batch.journal import WARM_UP_S
from pipeline.messages import Box, Frame

_SAME = 0.3
"""Intersection over union above which two boxes in the same frame show the same person."""


class Resumption:
    """Gives the frames of a second run the identity and the person numbers of the first.

    Feed it all frames of the first run, then all of the second, which begins `WARM_UP_S` before the end of the first.

    Attributes:
        last: The last frame of the first run; None if there is none.
        again: Number of frames of the second run that the first one has, too.
        missing: Number of frames between both.
    """

    def __init__(self) -> None:
        self.last: Frame | None = None
        self.again = 0
        self.missing = 0
        self._recent: deque[Frame] = deque()
        self._known = 0
        """Highest number of a person."""
        self._votes: dict[int, Counter[int]] = {}
        self._numbers: dict[int, int] | None = None

    def note(self, frame: Frame) -> None:
        """Take a frame of the first run."""
        self.last = frame
        self._known = max([self._known, *(face.track for face in frame.faces)])
        self._recent.append(frame)
        while frame.pts_ns - self._recent[0].pts_ns > WARM_UP_S * 1.5e9:
            self._recent.popleft()

    def place(self, frame: Frame) -> Frame | None:
        """Return a frame of the second run as if it were of the first; None if the first one has it."""
        assert self.last is not None
        if frame.seq <= self.last.seq:
            self.again += 1
            self._compare(frame)
            return None
        if self._numbers is None:
            self.missing = frame.seq - self.last.seq - 1
            self._numbers = _agreed(self._votes)
        for face in frame.faces:
            if face.track not in self._numbers:
                self._known += 1
                self._numbers[face.track] = self._known
        faces = tuple(replace(face, track=self._numbers[face.track]) for face in frame.faces)
        faces = tuple(sorted(faces, key=lambda face: face.track))
        return replace(frame, run=self.last.run, counted_ns=self.last.counted_ns, faces=faces)

    def _compare(self, frame: Frame) -> None:
        before = next((known for known in self._recent if known.seq == frame.seq), None)
        for face in frame.faces:
            votes = self._votes.setdefault(face.track, Counter())
            for known in before.faces if before else ():
                if _overlap(face.box, known.box) > _SAME:
                    votes[known.track] += 1


def _agreed(votes: dict[int, Counter[int]]) -> dict[int, int]:
    """Return the number of each track whose person is known; the best match first, and nobody twice."""
    pairs = sorted(((count, new, old) for new, one in votes.items() for old, count in one.items()), reverse=True)
    numbers: dict[int, int] = {}
    for _, new, old in pairs:
        if new not in numbers and old not in numbers.values():
            numbers[new] = old
    return numbers


def _overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    common = max(0.0, width) * max(0.0, height)
    return common / max(1e-9, one.width * one.height + other.width * other.height - common)
