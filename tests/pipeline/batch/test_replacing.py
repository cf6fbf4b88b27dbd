"""New results replace old ones: whenever a process dies, one of them is found whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.batch.ledger import Ledger
from tests.pipeline.batch.claims import SETTINGS, make_file

DIES = """
import os, sys
from pathlib import Path
from pipeline.batch.batch import Batch
from pipeline.batch.ledger import Ledger
from pipeline.batch.results import Summary
from pipeline.config.config import Config

out, when = Path(sys.argv[1]), int(sys.argv[2])
rename = Path.rename

def die_between(path, target):
    global when
    if not when:
        os.kill(os.getpid(), 9)
    when -= path.parent == out or Path(target).parent == out
    return rename(path, target)

ledger = Ledger(out)
batch = Batch(Config(), ledger, out, video=False, pictures=False, jobs=1, language="en")
worker = ledger.join(batch.all_settings)
entry = ledger.claim(ledger.entries()[0].source, worker, lambda entry: False)
(worker.folder / "talk").mkdir()
(worker.folder / "talk" / "faces.csv").write_text("new")
Path.rename = die_between
numbers = dict(frames_in=3, frames_out=3, duration_s=0.1, fps=30.0, faces=0, width=64, height=48)
batch.finish(entry, worker.folder / "talk",
             Summary(camera="talk", status="done", error=None, model="fast", seconds={}, tracks=[], **numbers))
os.kill(os.getpid(), 9)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("renamed", "expected", "next_"), [(1, "old", "batch"), (1, "old", "merge"), (2, "new", "batch")]
)
def test_one_of_them_is_found_whole(tmp_path: Path, renamed: int, expected: str, next_: str) -> None:
    """Both folders are renamed: a kill between, or right behind, costs the next batch or --merge neither of them."""
    out = tmp_path / "out"
    Ledger(out).enter([make_file(tmp_path, "talk.mp4")])
    for name in ("faces.csv", "anna.eaf"):
        make_file(out / "talk", name).write_text("old")
    died = subprocess.run([sys.executable, "-c", DIES, out, str(renamed)], check=False)
    assert died.returncode == -9
    ledger = Ledger(out, mend=next_ == "merge")
    if next_ == "batch":
        ledger.leave(ledger.join(SETTINGS))

    assert (out / "talk" / "faces.csv").read_text() == expected
    assert (out / "talk" / "anna.eaf").exists() is (expected == "old")
    assert not (out / ".partial").exists()
