"""Reads tables of annotations: CSV and TSV of any program that writes start, end and label."""

import csv
import re
from pathlib import Path

from pipeline.errors import InputError
from stages.results.coding.coded import Coded

NAMES = {
    "start": ("start", "start_s", "onset", "start (s)", "begin", "begin time - ss.msec", "tmin"),
    "end": ("end", "end_s", "offset", "stop", "stop (s)", "end time - ss.msec", "tmax"),
    "duration": ("duration", "duration_s", "duration (s)"),
    "label": ("label", "code", "behavior", "trial_type", "emotion", "text", "value", "annotation"),
    "person": ("person", "subject", "participant", "tier"),
}
"""Column to its names, in any case: ours, those of BORIS (aggregated events), BIDS, ELAN and Praat."""


def read_table(path: Path) -> list[tuple[str, Coded]]:
    """Return each row with the name of its person.

    Columns are separated by commas, semicolons or tabs. Times are seconds or `hh:mm:ss.mmm`.

    Raises:
        InputError: A column is missing, or a time is not one.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"expected a table in UTF-8, found {error}, in {path}") from error
    head, _, _ = text.partition("\n")
    rows = csv.reader(text.splitlines(), delimiter=max("\t;,", key=head.count))
    titles = [title.strip().lower() for title in next(rows, [])]
    at = {column: next((titles.index(name) for name in names if name in titles), -1) for column, names in NAMES.items()}
    if min(at["start"], at["label"]) < 0 or max(at["end"], at["duration"]) < 0:
        found = ", ".join(titles) or "nothing"
        raise InputError(f"expected the columns start, end, label and perhaps person, found {found}, in {path}")
    coded = []
    for number, row in enumerate(rows, 2):
        if not any(row):
            continue
        try:
            start = seconds(row[at["start"]])
            end = seconds(row[at["end"]]) if at["end"] >= 0 else start + seconds(row[at["duration"]])
            person = row[at["person"]].strip() if at["person"] >= 0 else ""
            coded.append((person, Coded(person, start * 1e3, end * 1e3, row[at["label"]].strip())))
        except (ValueError, IndexError, csv.Error) as error:
            raise InputError(
                f"expected start, end and label, found {row}: {error}, in line {number} of {path}"
            ) from error
    return coded


def seconds(text: str) -> float:
    """Return a time in seconds: `12.5`, `12,5`, `0:12.5`, `00:00:12.500`.

    Raises:
        ValueError: It is not a time.
    """
    if not re.fullmatch(r"\s*(\d+:)?(\d+:)?\d+([.,]\d*)?([eE][-+]?\d+)?\s*", text):
        raise ValueError(f"{text!r} is not a time")
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return total
