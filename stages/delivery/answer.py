"""What a receiver answers to what it was sent."""

from dataclasses import dataclass
from typing import Literal

TEMPORARY = (408, 425, 429)
"""4xx codes of HTTP after which the same request may succeed: timeout, too early, too many requests."""

Verdict = Literal["accepted", "refused", "later"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A receiver's answer to a batch."""

    status: int = 0
    """HTTP status code; 0: no answer."""
    kind: str = ""
    """Kind of the answer or failure, for counting and logging."""
    why: str = ""
    """What went wrong, one line."""
    retry_after_s: float = 0.0
    """Seconds until the receiver wants the next attempt; 0: it did not say."""
    decided: Verdict | None = None
    """What it means, where no HTTP status says it."""

    @property
    def verdict(self) -> Verdict:
        """Whether the batch has arrived, will never be accepted, or must be sent again."""
        if self.decided:
            return self.decided
        if 200 <= self.status < 300:
            return "accepted"
        return "refused" if 400 <= self.status < 500 and self.status not in TEMPORARY else "later"
