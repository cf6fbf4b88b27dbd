"""What the tests of training share. They run on the backend that `KERAS_BACKEND` names; TensorFlow if it is unset."""

from collections.abc import Iterator

import pytest

from models.engines import export
from tests.training.small import BACKEND, one_by_one
from training.on_device import device


@pytest.fixture
def tensorflow() -> None:
    """Skip on the other backends what only TensorFlow has."""
    if BACKEND != "tensorflow":
        pytest.skip("needs Keras on TensorFlow")


@pytest.fixture(autouse=True)
def exported_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make OpenVINO's files in this process, if it has TensorFlow; `models.engines` shows how programs do."""
    if BACKEND == "tensorflow":
        monkeypatch.setattr(export, "export_elsewhere", export.export_here)


@pytest.fixture(scope="module")
def no_curves() -> Iterator[None]:
    """Let trainings draw no curves: a picture takes as long as the steps of an epoch here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.train.draw_curves", lambda rows, path: None)
        yield


@pytest.fixture(scope="module")
def no_xla() -> Iterator[None]:
    """Let trainings run without XLA, which compiles a step for seconds: longer than the steps take here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "XLA", False)
        yield


@pytest.fixture
def eager(no_xla: None) -> Iterator[None]:
    """Let a training of a few steps run them one operation at a time: making a graph takes as long as twelve steps."""
    with one_by_one():
        yield
