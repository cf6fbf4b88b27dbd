"""Counters that outlive their process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.metrics import names
from pipeline.metrics.counters import read_counts

pytestmark = pytest.mark.process

COUNT = """
import sys
from pipeline.metrics.metrics import FRAMES_IN, count_on
count_on("detect.0")
FRAMES_IN.labels("detect", "a").inc()
print("counted", flush=True)
sys.stdin.read()
"""


def begin(folder: Path, repository: Path) -> "subprocess.Popen[bytes]":
    """Start a process that counts one frame, and lives until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT],
        cwd=repository,
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"counted\n"
    return process


def counted(folder: Path) -> float:
    """Return the frames that all of them have counted."""
    return read_counts(folder).total(names.FRAMES_IN)


def test_a_process_counts_on_where_the_one_before_it_was_killed(tmp_path: Path, repository: Path) -> None:
    """Restarts add no files, and nothing that was counted is lost; two at the same time do not share one."""
    files = []
    for _ in range(3):
        process = begin(tmp_path, repository)
        process.kill()
        process.communicate()
        files.append(sorted(path.name for path in tmp_path.glob("*.db")))
    assert counted(tmp_path) == 3
    assert files == [["counter_detect.0.0.db"]] * 3

    both = [begin(tmp_path, repository), begin(tmp_path, repository)]
    assert counted(tmp_path) == 5
    for process in both:
        process.communicate()
    assert len(list(tmp_path.glob("*.db"))) == 2
