"""What the tests of training share."""

import pytest

from models.engines import export


@pytest.fixture(autouse=True)
def exported_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make OpenVINO's files in this process, which has TensorFlow; `models.engines` shows how programs do."""
    monkeypatch.setattr(export, "_export_elsewhere", export.export_here)
