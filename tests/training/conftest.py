"""What the tests of training share."""

from collections.abc import Iterator

import pytest

from models.engines import export


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
