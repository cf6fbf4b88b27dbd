"""Reads tables of annotations: CSV and TSV of any program that writes start, end and label."""

from pathlib import Path

from pipeline.errors import InputError
from stages.results.coding.coded import Coded
from stages.results.given import Mistakes, Row, named, read_given

NAMES = {
    "start": ("start", "start_s", "onset", "start (s)", "begin", "begin time - ss.msec", "tmin"),
    "end": ("end", "end_s", "offset", "stop", "stop (s)", "end time - ss.msec", "tmax"),
    "duration": ("duration", "duration_s", "duration (s)"),
    "label": ("label", "code", "behavior", "trial_type", "emotion", "text", "value", "annotation"),
    "person": ("person", "subject", "participant", "tier"),
}
"""Column to its names, in any case: ours, those of BORIS (aggregated events), BIDS, ELAN and Praat."""

MOMENTS = ("0", "0.0", "0.000", "n/a")
"""Durations of events without a length, as BIDS has them."""


def read_table(path: Path) -> list[tuple[str, Coded]]:
    """Return each row with the name of its person; times are seconds or `H:MM:SS.mmm`.

    Raises:
        InputError: The file cannot be read, a column is missing, or times are wrong, with a line for each.
    """
    mistakes = Mistakes()
    table = read_given(path, (), mistakes)
    at = {column: next((name for name in names if name in table.columns), "") for column, names in NAMES.items()}
    if not (at["start"] and at["label"] and (at["end"] or at["duration"])):
        found = named(table.columns)
        raise InputError(f"expected the columns start, end, label and perhaps person, found {found}, in {path}")
    coded = [one for row in table.rows if (one := _coded(row, at, mistakes))]
    mistakes.raise_if_any()
    return [(one.person, one) for one in coded]


def _coded(row: Row, at: dict[str, str], mistakes: Mistakes) -> Coded | None:
    last = at["end"] or at["duration"]
    if not at["end"] and row.get(last) in MOMENTS:
        return None  # a moment has no length to agree on
    for name in (at["start"], last):
        if not row.get(name):
            mistakes.add(f"seconds or H:MM:SS as {name}", "nothing", row.where)
    start, end = (row.seconds(name, mistakes) for name in (at["start"], last))
    if start is None or end is None:
        return None
    end += 0 if at["end"] else start
    return Coded(row.get(at["person"]), start * 1e3, end * 1e3, row.get(at["label"]))
