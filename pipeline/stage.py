"""The one abstraction: a filter over frames."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pipeline.messages import Frame


class Stage(ABC):
    """One step of the pipeline; it knows no socket, signal or process of the machine around it.

    The keyword-only parameters of a subclass's `__init__` are its options in `config.toml`; their annotations are
    checked before anything starts, so the module that defines a stage is cheap to import and loads what is heavy in
    `__init__`. Stages compose in one process: `overlay.process(emotion.process(detect.process(frames)))`.

    What a stage may rely on, and must keep: the frames of one camera come in order, those of several cameras mixed; it
    may drop a frame, never duplicate or reorder; it passes on frames whose state is not `live`, which have no picture.
    A frame whose `run` differs from the last one of that camera starts a new stream: what was remembered is void.
    """

    pixels: ClassVar[Literal["none", "read", "write"]] = "none"
    """What the stage does with `Frame.pixels`; they are None for a stage that declares `none`."""

    exclusive: ClassVar[bool] = False
    """Whether two of it cannot exist at once, as it opens a port or a device. When its options change during a run, a
    filter's new process starts beside the old one and takes over once it works; with `True` the old one ends first, as
    it does for all sources and sinks."""

    counts: Mapping[str, int] = {}
    """What the stage counts beside frames, since its start; the runner reports it as a metric."""

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse options that cannot work, before any process starts and without loading what is heavy.

        Raises:
            EmobotError: An option is out of range, or something it names is absent.
        """

    def intact(self, frame: Frame) -> bool:
        """Return whether the frame's pixels are still its own; the runner replaces this.

        A slot that a slow stage held for longer than its lease is filled with another picture. A stage that lets pixels
        out copies them first, then asks, and drops the copy if the answer is no.
        """
        return True

    @abstractmethod
    def process(self, frames: Sequence[Frame]) -> Iterable[Frame]:
        """Take a batch, yield what goes on.

        Args:
            frames: The batch, at least one frame. A source is given `()` once and yields until its stream ends, at
                least once a second: a picture, a frame with its state, or, while it waits for the next picture, a
                `live` frame without one, which goes no further. A sink yields nothing.

        Raises:
            InputError: A source found its input unreadable.
            Exception: The runner tries the batch again frame by frame, and drops and counts the one that fails.
        """

    def close(self) -> None:
        """Release what the stage holds; called once after the last batch, also after a failure."""
