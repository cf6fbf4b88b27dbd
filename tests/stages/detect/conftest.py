"""A detector by script, for the tests of the detect stage."""

import pytest

import stages.detect as module
from tests.support.detectors.scripted import Scripted


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Replace the real detector by one that follows a script."""
    scripted = Scripted(places=[(100, 100)])
    monkeypatch.setattr(module, "create_detector", lambda *args, **kwargs: scripted)
    # its faces are noise
    monkeypatch.setattr(module, "load_landmarks", lambda: None)
    return scripted
