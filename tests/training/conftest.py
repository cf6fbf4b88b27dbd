"""What the tests of training share."""

from collections.abc import Iterator

import pytest

from models.engines import export
from models.runtimes import import_tensorflow
from training.on_device import device


@pytest.fixture(autouse=True)
def exported_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make OpenVINO's files in this process, which has TensorFlow; `models.engines` shows how programs do."""
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
    tensorflow, _ = import_tensorflow()
    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)
