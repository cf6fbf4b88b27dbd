"""The interface of every stage: a filter over frames."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, ClassVar, Literal

from pipeline.messages import Frame
from pipeline.per_camera import PerCamera


class Stage(ABC):
    """One step of the pipeline; it uses no sockets, signals or processes of the pipeline.

    The keyword-only parameters of a subclass's `__init__` are its options in `config.toml`; their annotations are
    checked before anything starts, so the module that defines a stage is cheap to import and imports heavy modules in
    `__init__`. Stages compose in one process: `overlay.process(emotion.process(detect.process(frames)))`.

    Rules for a stage: frames of one camera arrive in order, those of several cameras mixed. It may drop a frame, but
    never duplicate or reorder frames. It forwards frames that are not `live`, without pixels.
    A frame whose `run` differs from the last one of that camera starts a new stream: discard all state of that camera.
    """

    pixels: ClassVar[Literal["none", "read", "write"]] = "none"
    """What the stage does with `Frame.pixels`; they are None for a stage that declares `none`."""

    exclusive: ClassVar[bool] = False
    """Whether two instances cannot coexist, as with a port or a device. When its options change during a run, a
    filter's new process starts beside the old one and takes over once it works; with `True` the old one ends first, as
    it does for all sources and sinks."""

    classifies: ClassVar[bool] = False
    """Whether the stage classifies faces, and so sets `Frame.model`; the metrics then take load shedding from it."""

    alone: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of options that name something no two stages of a run can share, such as a file or an address."""

    folders: ClassVar[frozenset[str]] = frozenset()
    """Those of them that name a folder, which a stage of another kind may fill as well."""

    counts: Mapping[str, int] = {}
    """Further counters of the stage by name, since its start; the runner reports them as a metric."""

    devices: Mapping[str, str] = {}
    """Device on which each of the stage's networks runs, `CPU`, `GPU` or `NPU`; the runner reports it as a metric."""

    decoder: str = ""
    """The element that decodes a source's video, empty while unknown; reported likewise."""

    about_people: ClassVar[frozenset[str]] = frozenset()
    """Names in `counts` that tell how many people there are; not reported with `aggregate_only` in `[privacy]`."""

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse options that cannot work, before any process starts and without heavy imports.

        Raises:
            EmobotError: An option is out of range, or something it names is absent.
        """

    @classmethod
    def needs(cls, **options: Any) -> Mapping[str, Any]:
        """Return the values that options of earlier stages must have, by name, with these options of this stage.

        Raises:
            EmobotError: These options cannot work.
        """
        return {}

    @classmethod
    def files(cls, **options: Any) -> Sequence[str]:
        """Return the files whose contents are part of the options, such as keys; a folder counts with its `*.key`.

        When a run reads its config again, the process is replaced if one of them has changed.
        """
        return ()

    def intact(self, frame: Frame) -> bool:
        """Return whether the frame's pixels are still its own; the runner replaces this.

        A slot that a slow stage held for longer than its lease is filled with another frame. A stage that publishes
        pixels copies them first, then asks, and drops the copy if the answer is no.
        """
        return True

    def keep(self, cameras: Set[str]) -> None:
        """Forget all cameras but these, and let those who receive the output know that the others are gone.

        The runner calls it between two batches, at the start and when the cameras of the run have changed: some were
        added, removed or renamed. It is not called where they are unknown. By default each attribute of the stage that
        is a `PerCamera` forgets them.

        Args:
            cameras: Names of the run's cameras, also of those that are paused or have ended, and of removed ones whose
                last frames may still be on their way.
        """
        for states in vars(self).values():
            if isinstance(states, PerCamera):
                states.keep(cameras)

    @abstractmethod
    def process(self, frames: Sequence[Frame]) -> Iterable[Frame]:
        """Process a batch and yield the frames to forward.

        Args:
            frames: The batch, at least one frame. A source is given `()` once and yields until its stream ends, at
                least once a second: a frame with pixels, a frame with its state, or, while it waits, a `live` frame
                without pixels, which is not forwarded. A sink yields nothing.

        Raises:
            InputError: A source found its input unreadable.
            Exception: The runner tries the batch again frame by frame, and drops and counts the one that fails.
        """

    def close(self) -> None:
        """Release the stage's resources; called once after the last batch, also after a failure."""
