"""BIDS: `_events.tsv` with times in seconds, and the JSON that describes its columns."""

import csv
import io
import json

from stages.results.export.document import Document
from stages.results.reading import LABELS

COLUMNS = ("onset", "duration", "trial_type", "person")
SIDECAR = {
    "trial_type": {
        "Description": "Label shown by the face. Frames in which a person was not seen have no event.",
        "Levels": {label: "No emotion is clear" if label == "uncertain" else f"Looks {label}" for label in LABELS},
    },
    "person": {"Description": "Person who showed it"},
    "StimulusPresentation": {"SoftwareName": "Emobot"},
}


def write(document: Document) -> dict[str, str]:
    """Return both texts by suffix."""
    text = io.StringIO()
    # a name that begins with a quotation mark would open a quotation in pandas and R, up to the next one
    lines = csv.writer(text, "excel-tab", lineterminator="\n")
    lines.writerow(COLUMNS)
    for episode, person in document.episodes:
        start, end = round(episode.start_ms), round(episode.end_ms)
        lines.writerow([f"{start / 1e3:.3f}", f"{(end - start) / 1e3:.3f}", episode.label, person.name])
    return {"_events.tsv": text.getvalue(), "_events.json": json.dumps(SIDECAR, indent=2) + "\n"}
