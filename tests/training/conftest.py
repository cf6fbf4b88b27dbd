"""What the tests of training share."""

from collections.abc import Iterator
from functools import partialmethod

import pytest

from models.engines import export
from models.runtimes import import_tensorflow


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
    _, keras = import_tensorflow()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, jit_compile=False))
        yield


@pytest.fixture
def eager(no_xla: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a training of a few steps run them one operation at a time: making a graph takes as long as twelve steps."""
    _, keras = import_tensorflow()
    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))
