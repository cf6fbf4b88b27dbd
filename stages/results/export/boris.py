"""BORIS's project: an observation of state events, each label a behaviour, each person a subject."""

import json
from datetime import UTC, datetime
from typing import Any

from stages.results.export.document import Document
from stages.results.reading import LABELS

VERSION = "7.0"
"""Format of projects that BORIS 7 to 10 read."""
CATEGORY, MARKER = "emotion", "marker"
KEYS = {label: label[0] if label != "surprise" else "p" for label in LABELS}
"""The key that codes each behaviour; `surprise` has p, because `sad` has s."""
PLAYERS = [str(number) for number in range(1, 9)]


def write(document: Document) -> dict[str, str]:
    """Return the project's text by suffix.

    Non-ASCII characters are escaped: BORIS reads projects in the encoding of the machine, on Windows not UTF-8.
    """
    started = document.results.summary.started_at
    now = datetime.now(UTC) if started is None else datetime.fromtimestamp(started, UTC)
    date = now.replace(tzinfo=None).isoformat(timespec="seconds")
    behaviours = [_behaviour(label) for label in LABELS]
    if document.marks:
        point = {"type": "Point event", "key": "m", "code": MARKER, "category": MARKER, "excluded": ""}
        behaviours.append(behaviours[0] | point)
    categories = list(dict.fromkeys(one["category"] for one in behaviours))
    project = {
        "time_format": "hh:mm:ss",
        "project_date": date,
        "project_name": document.title,
        "project_description": "Labels of Emobot",
        "project_format_version": VERSION,
        "subjects_conf": {str(i): _subject(person.name) for i, person in enumerate(document.people)},
        "behaviors_conf": {str(i): one for i, one in enumerate(behaviours)},
        "observations": {document.title: _observation(document, date)},
        "behavioral_categories": categories,
        "behavioral_categories_config": {str(i): {"name": name, "color": ""} for i, name in enumerate(categories)},
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }
    return {".boris": json.dumps(project, indent=1) + "\n"}


def _subject(name: str) -> dict[str, str]:
    return {"key": "", "name": name, "description": ""}


def _behaviour(label: str) -> dict[str, Any]:
    return {
        "type": "State event",
        "key": KEYS[label],
        "code": label,
        "description": "",
        "color": "",
        "category": CATEGORY,
        "modifiers": {},
        "excluded": ",".join(other for other in LABELS if other != label),
        "coding map": "",
    }


def _observation(document: Document, date: str) -> dict[str, Any]:
    path = document.media.absolute if document.media else ""
    files = [path] if path else []
    summary = document.results.summary
    return {
        "file": {player: files if player == "1" else [] for player in PLAYERS},
        "type": "MEDIA",
        "date": date,
        "description": "",
        "time offset": 0.0,
        "events": _events(document),
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": dict.fromkeys(files, round(document.end_ms / 1e3, 3)),
            "fps": dict.fromkeys(files, summary.fps),
            "hasVideo": dict.fromkeys(files, True),
            # unknown; false would keep BORIS from plotting the sound of a file that has some
            "hasAudio": dict.fromkeys(files, True),
            "offset": {"1": 0.0},
            "display": dict.fromkeys(files, "Nothing"),
        },
    }


def _events(document: Document) -> list[list[Any]]:
    """Return two rows for each episode: a state starts with the first and stops with the second.

    A marker is one row without a subject, its text the comment.
    """
    rows: list[list[Any]] = [[round(mark.at_ms / 1e3, 3), "", MARKER, "", mark.text, "NA"] for mark in document.marks]
    for episode, person in document.episodes:
        rows += [
            [round(at / 1e3, 3), person.name, episode.label, "", "", "NA"] for at in (episode.start_ms, episode.end_ms)
        ]
    return sorted(rows, key=lambda row: row[:3])
