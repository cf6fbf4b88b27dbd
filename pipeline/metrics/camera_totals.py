"""What each camera did since the start of a run."""

from pathlib import Path

from pipeline.messages import Message
from pipeline.metrics import names
from pipeline.metrics.counters import Counts, read_counts


class CameraSummary(Message, frozen=True, kw_only=True):
    """One camera's numbers since the start of the run."""

    camera: str
    frames: int = 0
    """Frames of the source, including dropped ones."""
    seconds: float = 0.0
    """Seconds from its first frame to its latest."""
    position_s: float = 0.0
    duration_s: float = 0.0
    age_ms: tuple[float, float] = (0.0, 0.0)
    """Median and 95th percentile of frame age at the slowest output, milliseconds."""
    dropped: dict[str, int] = {}
    """Dropped frames by cause, including those dropped by only one of several outputs."""
    faces: dict[str, int] = {}
    """Faces classified, by label."""

    @property
    def fps(self) -> float:
        """Return the frames per second of the source."""
        return (self.frames - 1) / self.seconds if self.seconds > 0 else 0.0


def summarize(directory: Path) -> list[CameraSummary]:
    """Read the counters.

    Args:
        directory: Folder of the counters.

    Returns:
        One summary for each camera that had a frame, by name.
    """
    counts = read_counts(directory)
    frames = counts.by(names.FRAMES_IN, "camera", stage="camera.")
    return [_summary(counts, camera, int(frames[camera])) for camera in sorted(frames) if frames[camera]]


def _summary(counts: Counts, camera: str, frames: int) -> CameraSummary:
    dropped = counts.by(names.DROPPED, "cause", camera=camera)
    return CameraSummary(
        camera=camera,
        frames=frames,
        seconds=counts.total(names.SECONDS, camera=camera),
        position_s=counts.total(names.POSITION, camera=camera),
        duration_s=counts.total(names.DURATION, camera=camera),
        age_ms=counts.age_ms(camera) or (0.0, 0.0),
        dropped={cause: int(count) for cause, count in dropped.items() if count},
        faces={label: int(count) for label, count in counts.by(names.FACES, "label", camera=camera).items()},
    )
