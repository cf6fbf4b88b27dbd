"""Writes the pages: one for each recording, and an index that compares several. Each is one file without scripts."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.cards import Card, Measured, find_card
from models.moments import Moment, strongest
from models.palette import PALETTE
from models.timeline import choose_people, clock
from pipeline.errors import EmobotError, InputError
from pipeline.ledger import Ledger
from pipeline.results import TrackSummary
from stages.report.drawing import draw_row, histogram, ticks
from stages.report.recording import Facts, Recording, is_recording, read_recording

REPORT, INDEX, PICTURES = "report.html", "index.html", "moments"
MOST_PEOPLE = 12
"""Rows of the timeline; everybody is in the table of people."""
MOST_LISTED = 100
"""People in the table; a crowd would make the page too long to be read."""

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["clock"] = clock
_environment.filters["percent"] = lambda value: f"{value:.0%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recording in the index.

    Attributes:
        title: What it is called.
        link: Its report, relative to the index; empty where there is none.
        error: Why it is incomplete or absent; empty if it is neither.
        facts: What it is compared by, None where there are no results.
    """

    title: str
    link: str = ""
    error: str = ""
    facts: Facts | None = None


def write_report(folder: Path, title: str = "", models: Sequence[str] = ()) -> Recording:
    """Write `report.html` into a recording's folder.

    Args:
        folder: Where the output `table` wrote.
        title: What the recording is called; the camera's name, if empty.
        models: Paths of networks that do not ship, where their cards are looked for.

    Raises:
        InputError: The folder holds no results, or the page cannot be written.
    """
    recording = read_recording(folder, title)
    summary, card = recording.summary, find_card(recording.summary.model, models)
    end_s = max([summary.duration_s, 0.1, *(person.times_s[-1] for person in recording.people)])
    people = _whole(summary.tracks)
    shown = choose_people(recording.people, MOST_PEOPLE)
    page = _environment.get_template("report.html").render(
        _words(),
        recording=recording,
        facts=recording.facts,
        summary=summary,
        shares=_shares(summary.seconds),
        rows=[draw_row(person, end_s) for person in shown],
        ticks=ticks(end_s),
        people=[(person, _shares(person.seconds)) for person in people[:MOST_LISTED]],
        more=max(0, len(people) - MOST_LISTED),
        moments=[(moment, _picture(folder, moment)) for moment in strongest(recording.moments)],
        bars=histogram(recording.confidences),
        card=card,
        results=_results(card),
        files=[
            name for name in ("annotated.mp4", "faces.csv", "timeline.png", "summary.json") if (folder / name).exists()
        ],
        back="../index.html" if (folder.parent / INDEX).exists() else "",
    )
    _write(folder / REPORT, page)
    return recording


def write_reports(folder: Path, models: Sequence[str] = ()) -> list[Path]:
    """Write the report of every recording in a folder, and an index if there are several.

    Args:
        folder: The output folder of a batch, a folder of folders, or one recording's own.
        models: Paths of networks that do not ship, where their cards are looked for.

    Returns:
        The pages.

    Raises:
        InputError: There are no results in it.
    """
    if is_recording(folder):
        write_report(folder, models=models)
        return [folder / REPORT]
    lines = _known(folder)
    places = [folder / line.link for line in lines if line.link]
    if not places:
        raise InputError(f"expected faces.csv and summary.json in {folder} or its folders, found none")
    if len(lines) > 1:
        # the reports link to it only if it is there
        (folder / INDEX).touch()
        write_index(folder, [_with_report(folder, line, models) for line in lines])
        return [folder / INDEX, *(place / REPORT for place in places)]
    write_report(places[0], lines[0].title, models)
    return [places[0] / REPORT]


def write_index(folder: Path, lines: Sequence[Line]) -> None:
    """Write the page that compares recordings.

    Raises:
        InputError: It cannot be written.
    """
    total: dict[str, float] = {}
    for line in lines:
        for label, seconds in line.facts.seconds.items() if line.facts else ():
            total[label] = total.get(label, 0.0) + seconds
    rows = [(line, line.facts, _shares(line.facts.seconds) if line.facts else []) for line in lines]
    _write(
        folder / INDEX,
        _environment.get_template("index.html").render(
            _words(), title=folder.absolute().name, rows=rows, shares=_shares(total)
        ),
    )


def _known(folder: Path) -> list[Line]:
    """Return what there is: the inputs of a batch in their order, else every folder with results."""
    entries = Ledger(folder).entries() if (folder / "batch.json").is_file() else []
    if not entries:
        found = sorted(path for path in folder.glob("*") if path.is_dir() and is_recording(path))
        return [Line(title=path.name, link=path.name) for path in found]
    return [
        Line(
            title=Path(entry.source).name,
            link=entry.directory if is_recording(folder / entry.directory) else "",
            error=entry.error or "",
        )
        for entry in entries
    ]


def _with_report(folder: Path, line: Line, models: Sequence[str]) -> Line:
    if not line.link:
        return line
    try:
        recording = write_report(folder / line.link, line.title, models)
    except EmobotError as error:
        return Line(title=line.title, error=str(error))
    said = line.error or recording.summary.error or ""
    return Line(title=line.title, link=f"{line.link}/{REPORT}", error=said, facts=recording.facts)


def _words() -> dict[str, Any]:
    return {"palette": PALETTE, "style": (Path(__file__).parent / "style.css").read_text("utf-8")}


def _whole(tracks: Sequence[TrackSummary]) -> list[TrackSummary]:
    """Return one summary for each person, also of those who left and came back."""
    people: dict[int, TrackSummary] = {}
    for track in tracks:
        one = people.setdefault(track.track, TrackSummary(track=track.track, first_s=inf, last_s=0.0, seconds={}))
        one.first_s, one.last_s = min(one.first_s, track.first_s), max(one.last_s, track.last_s)
        for label, seconds in track.seconds.items():
            one.seconds[label] = one.seconds.get(label, 0.0) + seconds
    return list(people.values())


def _shares(seconds: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Return label, share and seconds, the largest share first."""
    total = sum(seconds.values())
    ranked = sorted(seconds.items(), key=lambda item: -item[1])
    return [(label, value / total, value) for label, value in ranked if value > 0]


def _picture(folder: Path, moment: Moment) -> str:
    file = folder / PICTURES / moment.name
    return base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""


def _results(card: Card | None) -> list[dict[str, Any]]:
    """Return what the card measured, a row for each split and head; numbers that are not there are None.

    The first measurement is the plain one; those after it say what blur, noise or another engine cost.
    """
    names = ("accuracy", "balanced_accuracy", "ece", "low", "high")
    plain: dict[tuple[str, str], Measured] = {}
    for measured in card.metrics if card else ():
        plain.setdefault((measured.split, measured.head), measured)
    return [
        {"split": m.split, "head": m.head, "images": m.images, "command": m.command}
        | {name: m.values.get(name) for name in names}
        for m in plain.values()
    ]


def _write(path: Path, page: str) -> None:
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(page, "utf-8")
        partial.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
