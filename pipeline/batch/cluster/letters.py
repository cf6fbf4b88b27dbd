"""What a task sends to the processes on its node, and what they answer: lines of JSON."""

from typing import Any

from pipeline.messages import Message
from pipeline.metrics.camera_totals import CameraSummary

WORK = "{work}"
"""Stands for the node's folder of results in the paths of outputs."""


class Assignment(Message, frozen=True, kw_only=True):
    """The first line: what all recordings of a run have in common."""

    version: str
    """Version of Emobot; results of two versions would not be comparable."""
    tables: dict[str, Any]
    """The config, with every recording that a task may name."""
    wanted: list[str]
    """Names of the result files of a recording."""


class Order(Message, frozen=True, kw_only=True):
    """A line for each recording."""

    camera: str


class Answer(Message, frozen=True, kw_only=True):
    """A line of the processes on a node."""

    camera: CameraSummary | None = None
    """The figures of the recording so far."""
    folder: str = ""
    """Folder with its results, once they are complete."""
    error: str = ""
    """Why this node processes no recording."""
