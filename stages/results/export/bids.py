"""BIDS: `_events.tsv` with times in seconds, and the JSON that describes its columns."""

import csv
import io
import json
from typing import Any

from stages.results.export.document import Document
from stages.results.reading import LABELS

COLUMNS = ("onset", "duration", "trial_type", "person")
MARKED = (*COLUMNS, "value")
"""Columns of a recording with markers, each of which is a row of length 0."""
NONE = "n/a"
"""BIDS's word for an empty cell."""
MARKER = "marker"
LEVELS = {label: "No emotion is clear" if label == "uncertain" else f"Looks {label}" for label in LABELS}


def write(document: Document) -> dict[str, str]:
    """Return both texts by suffix."""
    text = io.StringIO()
    # a name that begins with a quotation mark would open a quotation in pandas and R, up to the next one
    lines = csv.writer(text, "excel-tab", lineterminator="\n")
    lines.writerow(MARKED if document.marks else COLUMNS)
    rows = [(round(one.start_ms), round(one.end_ms), one.label, person.name, NONE) for one, person in document.episodes]
    rows += [(round(mark.at_ms), round(mark.at_ms), MARKER, NONE, mark.text or NONE) for mark in document.marks]
    for start, end, *cells in sorted(rows, key=lambda row: row[:2]):
        cells = cells if document.marks else cells[:-1]
        lines.writerow([f"{start / 1e3:.3f}", f"{(end - start) / 1e3:.3f}", *cells])
    return {"_events.tsv": text.getvalue(), "_events.json": json.dumps(_sidecar(bool(document.marks)), indent=2) + "\n"}


def _sidecar(marked: bool) -> dict[str, Any]:
    """Return the description of the columns."""
    marker = {MARKER: "Another program sent a marker, such as the start of a stimulus"} if marked else {}
    label = "Label shown by the face. Frames in which a person was not seen have no event."
    return {
        "trial_type": {"Description": label, "Levels": LEVELS | marker},
        "person": {"Description": "Person who showed it"},
        **({"value": {"Description": "Text of the marker"}} if marked else {}),
        "StimulusPresentation": {"SoftwareName": "Emobot"},
    }
