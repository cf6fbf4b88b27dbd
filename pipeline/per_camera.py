"""State that a stage keeps for each camera, and discards when the camera's stream or track numbering restarts."""

from collections.abc import Callable, ItemsView, Set
from typing import Generic, Literal, TypeVar

from pipeline.messages import Frame

T = TypeVar("T")


class PerCamera(Generic[T]):
    """One state per camera; a frame of another identity gets a new one.

    The identity is `Frame.start`. Its first number identifies the stream and changes when the source restarts. Both
    numbers identify the people: the second also changes when only the tracking stage restarts.

    Args:
        make: Returns a camera's new state for the first frame of an identity.
        each: Whether a state lasts for one `stream`, or for one numbering of `people`.
    """

    def __init__(self, make: Callable[[Frame], T], each: Literal["stream", "people"]) -> None:
        self._make = make
        self._numbers = 1 if each == "stream" else 2
        self._identities: dict[str, tuple[int, ...]] = {}
        self._states: dict[str, T] = {}

    def __len__(self) -> int:
        """Return the number of cameras."""
        return len(self._states)

    def __getitem__(self, camera: str) -> T:
        """Return the latest state of a camera; raises KeyError where there is none."""
        return self._states[camera]

    def clear(self) -> list[T]:
        """Forget and return all states."""
        states = list(self._states.values())
        self._identities.clear()
        self._states.clear()
        return states

    def keep(self, cameras: Set[str]) -> dict[str, T]:
        """Forget and return the states of all cameras but these."""
        gone = [camera for camera in self._states if camera not in cameras]
        for camera in gone:
            del self._identities[camera]
        return {camera: self._states.pop(camera) for camera in gone}

    def gone(self, cameras: Set[str]) -> list[Frame]:
        """Return a frame `ended` for each camera but these, as their sources would have sent it as their last."""
        return [
            Frame(camera=camera, run=run, counted_ns=sum(counted), state="ended")
            for camera, (run, *counted) in self._identities.items()
            if camera not in cameras
        ]

    def items(self) -> ItemsView[str, T]:
        """Return the latest states by camera."""
        return self._states.items()

    def get(self, frame: Frame) -> T | None:
        """Return the state of the frame's identity, None where there is none yet."""
        same = self._identities.get(frame.camera) == frame.start[: self._numbers]
        return self._states[frame.camera] if same else None

    def of(self, frame: Frame) -> T:
        """Return the state of the frame's identity, a new one where there is none yet."""
        if self._identities.get(frame.camera) != frame.start[: self._numbers]:
            self._states[frame.camera] = self._make(frame)
            self._identities[frame.camera] = frame.start[: self._numbers]
        return self._states[frame.camera]

    def take_ended(self, frame: Frame) -> T | None:
        """Forget and return the camera's state if it is of another identity than the frame; None otherwise.

        A stage that must finish what ended calls this before `of`.
        """
        if self._identities.get(frame.camera) == frame.start[: self._numbers]:
            return None
        return self.pop(frame.camera)

    def pop(self, camera: str) -> T | None:
        """Forget and return the state of a camera, None where there is none."""
        self._identities.pop(camera, None)
        return self._states.pop(camera, None)
