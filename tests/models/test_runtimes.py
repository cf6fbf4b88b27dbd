"""Libraries that leave the process as they found it."""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from models.runtimes import keras_on

PROGRAM = """
import gc, signal
from models.detectors import create_detector
from models.engines import create_engine, load_network

heard = []
signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
first = create_detector("blazeface", engine="openvino", min_score=0.5)
second = create_engine(load_network("fast"), "openvino")
del first
gc.collect()
del second
gc.collect()
signal.raise_signal(signal.SIGUSR1)
print(len(heard))
"""


@pytest.mark.process
def test_a_signal_is_heard_after_the_networks_are_gone() -> None:
    """A notebook that has released its stages can still be interrupted."""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_of_pytorch_sleep_while_they_wait(
    given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless somebody has chosen otherwise; OpenMP reads that when PyTorch is imported."""
    monkeypatch.setenv("OMP_WAIT_POLICY", given or "")
    if given is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    keras = MagicMock()
    keras.backend.backend.return_value = "torch"
    monkeypatch.setitem(sys.modules, "keras", keras)

    assert keras_on("torch") is keras
    assert os.environ["OMP_WAIT_POLICY"] == expected
