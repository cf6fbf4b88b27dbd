"""Writes the reports: one for each recording, and an index that compares several. Each is one file without scripts."""

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.cards import find_card
from models.display.palette import PALETTE
from models.display.person_timeline import choose_people
from models.over_time.moments import Moment, strongest
from pipeline.batch.ledger import Ledger
from pipeline.batch.results import (
    MARKERS,
    PERSONS,
    PICTURES,
    REPORT,
    SUMMARY,
    TABLE,
    TIMELINE,
    VIDEO,
    ZONE_TABLE,
    language_of,
    measured_of,
)
from pipeline.errors import EmobotError, InputError
from pipeline.locks import locked
from pipeline.messages import Fault, Language
from pipeline.redaction import redact
from stages.report.card import limits, results
from stages.report.drawing import draw_row, histogram, ticks
from stages.report.groups import Member, groups_of
from stages.report.recording import Facts, Recording, read_recording
from stages.report.renewing import renew
from stages.report.texts import Html
from stages.results.baseline.measuring import renew_baseline
from stages.results.paths import distinct
from stages.results.reading import has_results

INDEX = "index.html"
_OWN = b'<meta name="referrer" content="no-referrer">'
"""In the head of each page."""
LOCK = ".reports.lock"
MOST_PEOPLE = 12
"""Maximum rows of the timeline; the table of people lists more."""
MOST_LISTED = 100
"""Maximum people in the table; a crowd would make the page too long to read."""
_FILES = (VIDEO, TABLE, PERSONS, MARKERS, ZONE_TABLE, TIMELINE, SUMMARY)
MOST_MARKERS = 200
"""Maximum markers on the page."""
MOST_RESUMED = 10
"""Maximum interruptions on the page."""

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recording in the index.

    Attributes:
        title: Title of the recording.
        link: Its report, relative to the index; empty without one.
        error: Why it is incomplete or missing; empty if it is neither.
        fault: Kind of the error.
        facts: Figures for the comparison, None without results.
        member: The recording for its group, None without results.
    """

    title: str
    link: str = ""
    error: str = ""
    fault: Fault | Literal["unreadable"] = ""
    facts: Facts | None = None
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The pages that were written, and a line for each mistake in a recording that has none."""

    pages: list[Path]
    mistakes: list[str]


def write_report(
    folder: Path,
    title: str = "",
    models: Sequence[str] = (),
    language: Language | None = None,
    *,
    indexed: bool = False,
) -> Recording:
    """Write `report.html` into a recording's folder.

    Args:
        folder: Folder that the output `table` wrote.
        title: Title of the recording; empty for the camera's name.
        models: Paths of networks that do not ship, to find their cards.
        language: Language of the page and of `timeline.png`, which is redrawn if it differs. None keeps it.
        indexed: Whether an index follows, to which the page links.

    Raises:
        InputError: The folder holds no results, or the page cannot be written.
    """
    renew_baseline(folder, models)
    recording = read_recording(folder, title)
    renew(recording, language or recording.summary.language)
    summary, card = recording.summary, find_card(recording.summary.model, models)
    last = [person.ends_s[-1] for person in recording.people] + [pts_ms / 1e3 for pts_ms, _ in recording.markers]
    start_s = (summary.first_pts_ms or 0.0) / 1e3
    end_s = max([start_s + summary.duration_s, start_s + 0.1, *last])
    people = summary.persons
    shown = choose_people(recording.people, MOST_PEOPLE)
    page = _environment.get_template("report.html").render(
        _words(summary.language),
        recording=recording,
        facts=recording.facts,
        summary=summary,
        shares=shares_of(summary.seconds),
        rows=[draw_row(person, end_s, start_s) for person in shown],
        ticks=ticks(end_s, start_s),
        markers=[(_place(at, start_s, end_s), at / 1e3, marker) for at, marker in recording.markers[:MOST_MARKERS]],
        more_markers=max(0, len(recording.markers) - MOST_MARKERS),
        people=[
            (person, shares_of(person.seconds), measured_of(summary.tracks, person.tracks))
            for person in people[:MOST_LISTED]
        ],
        more=max(0, len(people) - MOST_LISTED),
        moments=[(moment, _picture(folder, moment)) for moment in strongest(recording.moments)],
        bars=histogram(recording.confidences),
        resumed=", ".join(Html(summary.language).clock(at_s) for at_s in summary.resumed_s[:MOST_RESUMED]),
        baseline_clip=Path(summary.baseline.source).name if summary.baseline and summary.baseline.end_s is None else "",
        card=card,
        results=results(card),
        of_network=limits(card, summary.language),
        files=[name for name in _FILES if (folder / name).exists()],
        back="../index.html" if indexed or (folder.parent / INDEX).exists() else "",
    )
    _write(folder / REPORT, page)
    return recording


def write_reports(
    folder: Path,
    models: Sequence[str] = (),
    language: Language | None = None,
    only: Sequence[str] | None = None,
) -> Written:
    """Write the report of every recording in a folder, and an index if there are several.

    A mistake in one, as in its `persons.csv`, costs only its own page. Processes that write into one folder take turns,
    so that the last one's index is complete.

    Args:
        folder: The output folder of a batch, a folder of folders, or one recording's folder.
        models: Paths of networks that do not ship, to find their cards.
        language: Language of the pages, see `write_report`. None keeps it; the index takes the first recording's.
        only: Names of folders to write reports for, without an index. None: all, with the index.

    Returns:
        The pages, and what is wrong with the recordings that have none.

    Raises:
        InputError: The folder holds no results.
    """
    if has_results(folder):
        return _one_report(folder, "", models, language)
    with locked(folder / LOCK):
        lines = _known(folder)
        if only is not None:
            lines = [line for line in lines if line.link in only]
        places = [folder / line.link for line in lines if line.link]
        if not places:
            raise InputError(f"expected faces.csv and summary.json in {folder} or its folders, found none")
        if len(lines) == 1 and only is None:
            return _one_report(places[0], lines[0].title, models, language)
        reported = [_with_report(folder, line, models, language, indexed=only is None) for line in lines]
        pages = [folder / line.link for line in reported if line.link]
        mistakes = [line.error for line in reported if line.fault == "unreadable"]
        if only is None:
            write_index(folder, reported, language or language_of(places))
            pages.insert(0, folder / INDEX)
        return Written(pages, mistakes)


def _one_report(folder: Path, title: str, models: Sequence[str], language: Language | None) -> Written:
    try:
        write_report(folder, title, models, language)
    except EmobotError as error:
        return Written([], [str(error)])
    return Written([folder / REPORT], [])


def write_index(folder: Path, lines: Sequence[Line], language: Language = "en") -> None:
    """Write the page that compares recordings.

    Raises:
        InputError: The page cannot be written, or another page has its name.
    """
    with suppress(OSError):
        if _OWN not in (folder / INDEX).read_bytes():
            raise InputError(f"expected a page of an earlier batch, found another, which stays: {folder / INDEX}")
    total: dict[str, float] = {}
    for line in lines:
        for label, seconds in line.facts.seconds.items() if line.facts else ():
            total[label] = total.get(label, 0.0) + seconds
    rows = [(line, line.facts, shares_of(line.facts.seconds) if line.facts else []) for line in lines]
    groups, wrong = groups_of(folder, [line.member for line in lines if line.member])
    page = _environment.get_template("index.html").render(
        _words(language),
        title=folder.absolute().name,
        rows=rows,
        shares=shares_of(total),
        groups=groups,
        wrong=wrong,
    )
    _write(folder / INDEX, page)


def _known(folder: Path) -> list[Line]:
    """Return the recordings: the inputs of a batch in their order, else every folder with results."""
    entries = Ledger(folder).entries() if (folder / "batch.json").is_file() else []
    if not entries:
        found = sorted(path for path in folder.glob("*") if path.is_dir() and has_results(path))
        return [Line(title=path.name, link=path.name) for path in found]
    titles = distinct([Path(redact(entry.source)) for entry in entries])
    return [
        Line(
            title=title,
            link=entry.directory if has_results(folder / entry.directory) else "",
            error=entry.error or "",
            fault=entry.fault,
        )
        for entry, title in zip(entries, titles, strict=True)
    ]


def _with_report(folder: Path, line: Line, models: Sequence[str], language: Language | None, *, indexed: bool) -> Line:
    if not line.link:
        return line
    try:
        recording = write_report(folder / line.link, line.title, models, language, indexed=indexed)
    except EmobotError as error:
        return Line(title=line.title, error=str(error), fault="unreadable")
    said = line if line.error else recording.summary
    return Line(
        title=line.title,
        link=f"{line.link}/{REPORT}",
        error=said.error or "",
        fault=said.fault,
        facts=recording.facts,
        member=Member(recorded=recording.recorded, seconds={one.track: one.seconds for one in recording.people}),
    )


def _words(language: Language) -> dict[str, Any]:
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    return {"say": Html(language), "palette": PALETTE, "style": style}


def shares_of(seconds: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Return label, share and seconds, largest share first."""
    total = sum(seconds.values())
    ranked = sorted(seconds.items(), key=lambda item: -item[1])
    return [(label, value / total, value) for label, value in ranked if value > 0]


def _place(at_ms: float, start_s: float, end_s: float) -> float:
    """Return where a time lies on the axis, per cent."""
    return round(100 * (at_ms / 1e3 - start_s) / (end_s - start_s), 2)


def _picture(folder: Path, moment: Moment) -> str:
    file = folder / PICTURES / moment.name
    return base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""


def _write(path: Path, page: str) -> None:
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(page, "utf-8")
        partial.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
