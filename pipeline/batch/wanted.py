"""The result files that a batch makes of each recording."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from pipeline.batch.ledger import Entry
from pipeline.batch.results import PARQUET, PICTURES, SUMMARY, TABLE, TIMELINE, VIDEO, Summary
from pipeline.batch.workers import LOCK
from pipeline.messages import Language


class Wanted:
    """The files, and the outputs that write them.

    Args:
        language: Language of the tables' pages.
        video: Whether to write annotated videos.
        pictures: Whether to keep small pictures of the moments when an expression changed most.
        every_frame: Whether frames without a face have a row in the table.
        parquet: Whether to write the table as Parquet, too.
        journal: Whether an interrupted recording is continued, if it can be.
    """

    def __init__(
        self, language: Language, *, video: bool, pictures: bool, every_frame: bool, parquet: bool, journal: bool
    ) -> None:
        self.names = [TABLE, SUMMARY, TIMELINE]
        self.resumes = journal and not video and not pictures
        """Whether an interrupted recording is continued; videos and pictures cannot be."""
        self._outputs: dict[str, dict[str, Any]] = {
            "table": {
                "kind": "table",
                "path": "{folder}",
                "language": language,
                "every_frame": every_frame,
                "parquet": parquet,
                "journal": self.resumes,
            }
        }
        if parquet:
            self.names.append(PARQUET)
        if video:
            self.names.append(VIDEO)
            self._outputs["video"] = {"kind": "file", "path": f"{{folder}}/{VIDEO}"}
        if pictures:
            self.names.append(PICTURES)
            self._outputs["moments"] = {"kind": "moments", "path": "{folder}"}

    def outputs(self, work: Path) -> dict[str, dict[str, Any]]:
        """Return the tables `[output.NAME]`; each recording has a folder of its camera's name in `work`."""
        folder = str(work / "{camera}")
        return {
            name: {**table, "path": table["path"].replace("{folder}", folder)} for name, table in self._outputs.items()
        }


def camera_names(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return a camera name for each entry, unique and made of letters, digits, - and _.

    Each names the folder of a recording's incomplete results, beside the lock of the process.
    """
    names: dict[str, Entry] = {}
    for entry in entries:
        base = re.sub(r"[^A-Za-z0-9_-]", "_", entry.directory)[:36] or "_"
        name, number = base, 1
        while name in names or name == LOCK:
            number += 1
            name = f"{base[: 39 - len(str(number))]}-{number}"
        names[name] = entry
    return names


def has_all(folder: Path, names: list[str]) -> bool:
    """Return whether all of some files are there."""
    return all((folder / name).exists() for name in names)


def summary_in(work: Path) -> Summary | None:
    """Return the summary of a recording in the folder for its results; None before its end."""
    try:
        return msgspec.json.decode((work / SUMMARY).read_bytes(), type=Summary)
    except FileNotFoundError:
        return None


def is_complete(work: Path, result: Summary, names: list[str]) -> bool:
    """Return whether a recording's results are all there, with every frame; without a frame there are none."""
    return (has_all(work, names) or not result.frames_in) and result.frames_in == result.frames_out
