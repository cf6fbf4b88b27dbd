"""Processes that claim the inputs of a batch."""

import subprocess
import sys
from pathlib import Path

from pipeline.batch.ledger import Entry
from pipeline.batch.workers import Settings

SETTINGS = Settings(options="1", language="en")
DIES = """
import os, sys
from pathlib import Path
from pipeline.batch.ledger import Ledger
from pipeline.batch.workers import Settings
ledger = Ledger(Path(sys.argv[1]))
worker = ledger.join(Settings(options="1", language="en"))
for entry in ledger.entries():
    ledger.claim(entry.source, worker, lambda entry: entry.status == "done")
(worker.folder / "talk").mkdir()
os.kill(os.getpid(), 9)
"""


def is_done(entry: Entry) -> bool:
    """Return whether an entry is finished."""
    return entry.status == "done"


def die(out: Path) -> None:
    """Let a process claim everything, then kill it."""
    assert subprocess.run([sys.executable, "-c", DIES, out]).returncode == -9


def make_file(folder: Path, name: str) -> Path:
    """Make a small file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(name)
    return folder / name
