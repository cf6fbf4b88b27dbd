"""Libraries that leave the process as they found it."""

import subprocess
import sys
from pathlib import Path

import pytest

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
