"""BIDS: `_events.tsv` with times in seconds, and the JSON that describes its columns."""

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
    lines = ["\t".join(COLUMNS)]
    for episode, person in document.episodes:
        start, end = round(episode.start_ms), round(episode.end_ms)
        lines.append(f"{start / 1e3:.3f}\t{(end - start) / 1e3:.3f}\t{episode.label}\t{person.name}")
    return {"_events.tsv": "\n".join(lines) + "\n", "_events.json": json.dumps(SIDECAR, indent=2) + "\n"}
