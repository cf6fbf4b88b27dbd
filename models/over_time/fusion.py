"""What is believed of one person after several looks: fusion of a track's probabilities over time, and its label.

A single look of the network flickers. A belief is the track's exponential average on log-probabilities with a time
constant in seconds, so it does not depend on how often a face is classified, and the label follows it with hysteresis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FULL_FACE_PX = 48.0
"""Side of a face from which on a look counts fully: the resolution of FER2013; smaller faces are magnified for it."""
PROBABILITY_FLOOR = 1e-3
"""Least probability that is believed; without it one look that says 1e-9 would outweigh a second of others."""
RELIEF = 0.05
"""How much more than `min_confidence` it takes to leave `uncertain` than to stay out of it; stops flicker there."""


@dataclass(frozen=True, kw_only=True)
class FusionSettings:
    """How fast a belief follows, and when a label is given.

    Attributes:
        tau_s: Time constant of the average in seconds. 0.4 s is about as long as a brief real expression lasts; 0 gives
            the latest look.
        margin: By how much probability another emotion must lead the one shown before it may replace it.
        dwell_s: For how many seconds it must lead by that much. Also the time a face must be bad to become uncertain.
        min_face_px: Faces below this side (pixels of the frame, side of the square cut out) are not believed: half the
            resolution of FER2013 leaves the shape of a mouth three to five pixels.
        min_sharpness: Faces whose crop's Laplacian has a variance below this (squared gray levels) are not believed.
            FER2013 blurred by a Gaussian of 2 pixels has a median of 21, by 3 pixels of 7; sharp it has 2,100.
        min_confidence: Below this fused probability of the strongest emotion nothing is believed. Two emotions that
            explain a face equally well have up to 0.5 each, three 0.33.

    Raises:
        ValueError: A number is out of range.
    """

    tau_s: float = 0.4
    margin: float = 0.10
    dwell_s: float = 0.25
    min_face_px: float = 24.0
    min_sharpness: float = 10.0
    min_confidence: float = 0.35

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            highest = 1.0 if name in {"margin", "min_confidence"} else float("inf")
            if not 0 <= value <= highest:
                raise ValueError(f"expected {name} between 0 and {highest:g}, found {value}")


class Belief:
    """What is believed of one track; feed it every look at the face.

    Attributes:
        fused: Probabilities `float64[n]` believed now; sums to 1.
        label: Index of the emotion shown; None where uncertain.
        confidence: Fused probability of the strongest emotion; 0 while no look was good enough.
    """

    def __init__(self, settings: FusionSettings) -> None:
        self.fused: NDArray[np.float64] = np.empty(0)
        self.label: int | None = None
        self.confidence = 0.0
        self._settings = settings
        self._log: NDArray[np.float64] | None = None
        self._seen_s = 0.0
        self._challenger: int | None = None
        self._challenged_s: float | None = None

    def update(
        self,
        probabilities: ArrayLike,
        time_s: float,
        *,
        size: float,
        score: float = 1.0,
        sharpness: float | None = None,
    ) -> None:
        """Take one look at the face into account.

        Args:
            probabilities: What the network says, `float[n]`.
            time_s: When, in seconds of the stream. A time before the last one (the stream jumped) counts as no time.
            size: Side of the square cut out for classification, pixels of the frame; small faces weigh less.
            score: The detector's confidence, 0 to 1; doubtful faces weigh less.
            sharpness: Variance of the crop's Laplacian; None where it was not measured.
        """
        s = self._settings
        bad = size < s.min_face_px or (sharpness is not None and sharpness < s.min_sharpness)
        look = np.log(np.clip(np.asarray(probabilities, np.float64), PROBABILITY_FLOOR, 1.0))
        if bad:
            if self._log is None:
                self.fused = _normalise(look)
            self._challenge(None, time_s)
            return
        first = self._log is None
        # A weight that stretches time, not the step, keeps the result independent of the frame rate.
        weight = min(1.0, size / FULL_FACE_PX) * min(1.0, max(0.0, score))
        self._log = look if self._log is None else self._log + self._gain(time_s, weight) * (look - self._log)
        self._seen_s = time_s
        self.fused = _normalise(self._log)
        self.confidence = float(self.fused.max())
        if first:
            self.label = self._candidate(s.min_confidence)
        else:
            self._challenge(self._candidate(s.min_confidence + (RELIEF if self.label is None else 0.0)), time_s)

    def _gain(self, time_s: float, weight: float) -> float:
        tau_s = self._settings.tau_s
        return 1.0 if tau_s <= 0 else 1.0 - float(np.exp(-weight * max(0.0, time_s - self._seen_s) / tau_s))

    def _candidate(self, min_confidence: float) -> int | None:
        """Return what the belief alone would show: the leader, or the present label where the lead is small."""
        best = int(self.fused.argmax())
        if self.confidence < min_confidence:
            return None
        if self.label is not None and self.fused[best] < self.fused[self.label] + self._settings.margin:
            return self.label
        return best

    def _challenge(self, candidate: int | None, time_s: float) -> None:
        """Show the candidate once it has been the same one for long enough."""
        if candidate == self.label:
            self._challenged_s = None
            return
        if self._challenged_s is None or candidate != self._challenger or time_s < self._challenged_s:
            self._challenger, self._challenged_s = candidate, time_s
        if time_s - self._challenged_s >= self._settings.dwell_s - 1e-6:
            self.label, self._challenged_s = candidate, None


def _normalise(log: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(log - log.max())
    return np.asarray(powers / powers.sum())
