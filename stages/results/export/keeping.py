"""What people put beside a recording's results stays when the recording is processed again."""

import os
import shutil
from pathlib import Path

from pipeline.batch.journal import JOURNAL
from pipeline.batch.ledger import RECORD as SOURCE
from pipeline.batch.results import (
    DICTIONARY,
    EARLIER_PERSONS,
    MARKERS,
    PARQUET,
    PERSONS,
    PICTURES,
    REPORT,
    SUMMARY,
    TABLE,
    TIMELINE,
    VIDEO,
    ZONE_TABLE,
)
from stages.results.export.exported import RECORD, hash_of, read_record
from stages.results.export.formats import Format

_OURS = {DICTIONARY, JOURNAL, MARKERS, PARQUET, PERSONS, PICTURES, REPORT, SOURCE, SUMMARY, TABLE, TIMELINE, VIDEO}
_OURS |= {ZONE_TABLE}
"""Names of what an analysis writes; names of people are kept by `keep_persons`."""


def keep_files(old: Path, new: Path) -> None:
    """Take edited exports, figures, agreements, and whatever Emobot did not write, into the folder of a new analysis.

    Exports that nobody edited are of the old analysis, and do not stay: one command writes them again. Figures and
    agreements were made with options that nothing notes.

    Args:
        old: The folder of results that will be replaced.
        new: The folder of the new results, on the same file system.

    Raises:
        OSError: A file cannot be read or written.
    """
    known = read_record(old / RECORD)
    for path in sorted(old.iterdir()):
        ours = path.name in _OURS or path.name.startswith((EARLIER_PERSONS, ".")) or path.name.endswith(".partial")
        noted = {key: files[path.name].hash for key, files in known.items() if path.name in files}
        if ours or (new / path.name).exists():
            continue
        exported = [noted[key] for key in noted if key.partition(" of ")[0] in tuple(Format)]
        if exported and path.is_file() and hash_of(path.read_bytes()) in exported:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True, copy_function=_link)
        else:
            _link(path, new / path.name)
        if noted:
            # so that the next export knows what was edited
            shutil.copy2(old / RECORD, new / RECORD)


def _link(path: str | Path, new: str | Path) -> None:
    """Let a file have a second name; copy it where the file system has no hard links."""
    try:
        os.link(path, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, new, follow_symlinks=False)
