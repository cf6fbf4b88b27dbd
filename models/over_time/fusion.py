"""Temporal fusion of a track's probabilities, and its label.

Single classifications flicker. A belief is the exponential average of the track's log-probabilities. Its time constant
is in seconds, so it does not depend on the classification rate. The label follows the belief with hysteresis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FULL_FACE_PX = 48.0
"""Side of a face, in pixels, from which a classification has full weight: FER2013's resolution. Smaller crops are
upscaled."""
PROBABILITY_FLOOR = 1e-3
"""Lower limit of probabilities; without it, a single classification of 1e-9 would outweigh a second of others."""


@dataclass(frozen=True, kw_only=True)
class FusionSettings:
    """How fast a belief follows the classifications, and when a label is shown.

    Attributes:
        tau_s: Time constant of the average in seconds: half the length of a brief real expression; 0 uses the latest
            classification only. It, `margin` and `relief` were chosen by `python -m training.score.live`.
        margin: Lead in probability that another emotion needs to replace the one shown.
        dwell_s: Seconds for which it must keep this lead. Also the seconds for which a face must be bad to become
            uncertain.
        min_face_px: Side of the cropped square, in pixels of the frame, below which a face is ignored. At half the
            resolution of FER2013, a mouth is only three to five pixels high.
        min_sharpness: Variance of the crop's Laplacian, in squared gray levels, below which a face is ignored. The
            median over FER2013 is 2,100; after a Gaussian blur of 2 pixels it is 21, of 3 pixels 7.
        min_confidence: Fused probability of the strongest emotion below which the label is uncertain. Two equally
            likely emotions have up to 0.5 each, three 0.33.
        relief: Probability above `min_confidence` that is required to leave `uncertain`. Most labels that change on a
            face that does not are at this threshold.
        max_yaw_deg: Turn of the head to either side, in degrees, beyond which a face is ignored. On FER2013 the
            network agrees with people on 84 % of the faces, beyond 50 degrees on 75 %.
        max_pitch_deg: The same for a nod up or down: 77 % from 30 degrees on, 66 % beyond 40.

    Raises:
        ValueError: A number is out of range.
    """

    tau_s: float = 0.2
    margin: float = 0.20
    dwell_s: float = 0.25
    min_face_px: float = 24.0
    min_sharpness: float = 10.0
    min_confidence: float = 0.35
    relief: float = 0.10
    max_yaw_deg: float = 50.0
    max_pitch_deg: float = 40.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            highest = 1.0 if name in {"margin", "min_confidence", "relief"} else float("inf")
            if not 0 <= value <= highest:
                raise ValueError(f"expected {name} between 0 and {highest:g}, found {value}")


class Belief:
    """The belief about one track; feed it every classification of the face.

    Attributes:
        fused: Current fused probabilities, `float64[n]`; they sum to 1.
        label: Index of the emotion shown; None if uncertain.
        confidence: Fused probability of the strongest emotion; 0 until a classification was good enough.
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
        yaw: float = 0.0,
        pitch: float = 0.0,
    ) -> None:
        """Add one classification of the face.

        Args:
            probabilities: The network's probabilities, `float[n]`.
            time_s: Seconds of the stream. If it jumps back, the elapsed time counts as 0.
            size: Side of the cropped square, in pixels of the frame; small faces have less weight.
            score: The detector's confidence, 0 to 1; doubtful faces have less weight.
            sharpness: Variance of the crop's Laplacian, squared gray levels; None if not measured.
            yaw: Turn of the head, degrees; 0 if not measured.
            pitch: Nod of the head, degrees; 0 if not measured.
        """
        s = self._settings
        blurred = sharpness is not None and sharpness < s.min_sharpness
        averted = abs(yaw) > s.max_yaw_deg or abs(pitch) > s.max_pitch_deg
        bad = size < s.min_face_px or blurred or averted
        log = np.log(np.clip(np.asarray(probabilities, np.float64), PROBABILITY_FLOOR, 1.0))
        if bad:
            if self._log is None:
                self.fused = _normalise(log)
            self._challenge(None, time_s)
            return
        first = self._log is None
        # Weighting the elapsed time instead of the gain keeps the result independent of the frame rate.
        weight = min(1.0, size / FULL_FACE_PX) * min(1.0, max(0.0, score))
        self._log = log if self._log is None else self._log + self._gain(time_s, weight) * (log - self._log)
        self._seen_s = time_s
        self.fused = _normalise(self._log)
        self.confidence = float(self.fused.max())
        if first:
            self.label = self._candidate(s.min_confidence)
        else:
            self._challenge(self._candidate(s.min_confidence + (s.relief if self.label is None else 0.0)), time_s)

    def _gain(self, time_s: float, weight: float) -> float:
        tau_s = self._settings.tau_s
        return 1.0 if tau_s <= 0 else 1.0 - float(np.exp(-weight * max(0.0, time_s - self._seen_s) / tau_s))

    def _candidate(self, min_confidence: float) -> int | None:
        """Return the label without dwell time: the leader, or the current label if the lead is small."""
        best = int(self.fused.argmax())
        if self.confidence < min_confidence:
            return None
        if self.label is not None and self.fused[best] < self.fused[self.label] + self._settings.margin:
            return self.label
        return best

    def _challenge(self, candidate: int | None, time_s: float) -> None:
        """Switch to the candidate once it has stayed the same for `dwell_s`."""
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
