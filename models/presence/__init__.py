"""The second opinion on what a detector takes for a face, and the pose of those that are one."""

import importlib.util

from models.fetch import landmarks_path
from models.presence.landmarks import LandmarkNetwork
from models.presence.opinion import Opinion, SecondOpinion, presence_of

__all__ = ["LandmarkNetwork", "Opinion", "SecondOpinion", "load_landmarks", "presence_of"]


def load_landmarks() -> LandmarkNetwork:
    """Load the landmark network that set-up fetched.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
        FileNotFoundError: The network is not in the cache.
        ValueError: The file is damaged.
    """
    if not importlib.util.find_spec("openvino"):
        raise ModuleNotFoundError("expected openvino for the second opinion, found that it is not installed")
    return LandmarkNetwork(landmarks_path())
