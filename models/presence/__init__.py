"""The second opinion on what a detector takes for a face, and the pose of those that are one."""

import importlib.util
from pathlib import Path

from models.fetch import landmarks_path
from models.presence.landmarks import LandmarkNetwork
from models.presence.opinion import Opinion, SecondOpinion, presence_of

__all__ = ["LandmarkNetwork", "Opinion", "SecondOpinion", "check_landmarks", "load_landmarks", "presence_of"]


def load_landmarks(path: str = "") -> LandmarkNetwork:
    """Load a landmark network, by default the one that set-up fetched.

    Args:
        path: File of another one, see `LandmarkNetwork`.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
        FileNotFoundError: The file does not exist.
        ValueError: The file is damaged, or another network.
    """
    check_landmarks(path)
    return LandmarkNetwork(_file(path))


def check_landmarks(path: str = "") -> None:
    """Check that a landmark network can be loaded, without loading it; arguments and errors as above."""
    if not importlib.util.find_spec("openvino"):
        raise ModuleNotFoundError("expected openvino for the landmarks of faces, found that it is not installed")
    if not _file(path).is_file():
        how = "" if path else ": run `make setup`"
        raise FileNotFoundError(f"expected the landmark network {_file(path)}, found nothing{how}")


def _file(path: str) -> Path:
    return Path(path) if path else landmarks_path()
