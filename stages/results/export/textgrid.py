"""Praat's TextGrid: an interval tier per person without holes, a point tier of markers, times in seconds."""

from collections.abc import Iterator

from stages.results.export.document import Document, Person

ABSENT = ""
"""The text of an interval in which the person is not seen."""
NOBODY = "no face"
"""The tier of a recording without faces; Praat refuses a TextGrid without tiers."""


def write(document: Document) -> dict[str, str]:
    """Return the file's text by suffix."""
    end = _seconds(document.end_ms)
    tiers = document.people or [Person(0, NOBODY, [])]
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end}"]
    lines += ["tiers? <exists>", f"size = {len(tiers) + len(document.mark_tiers)}", "item []:"]
    for number, person in enumerate(tiers, 1):
        intervals = list(_intervals(person, document.end_ms))
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_text(person.name)}"]
        lines += ["        xmin = 0", f"        xmax = {end}", f"        intervals: size = {len(intervals)}"]
        for index, (begin, finish, label) in enumerate(intervals, 1):
            lines += [f"        intervals [{index}]:", f"            xmin = {_seconds(begin)}"]
            lines += [f"            xmax = {_seconds(finish)}", f"            text = {_text(label)}"]
    for number, (name, marks) in enumerate(document.mark_tiers.items(), len(tiers) + 1):
        lines += [f"    item [{number}]:", '        class = "TextTier"', f"        name = {_text(name)}"]
        lines += ["        xmin = 0", f"        xmax = {end}", f"        points: size = {len(marks)}"]
        for index, mark in enumerate(marks, 1):
            lines += [f"        points [{index}]:", f"            number = {_seconds(mark.at_ms)}"]
            lines += [f"            mark = {_text(mark.text)}"]
    return {".TextGrid": "\n".join(lines) + "\n"}


def _intervals(person: Person, end_ms: float) -> Iterator[tuple[float, float, str]]:
    """Yield start, end and text of each interval, also of absence."""
    at = 0.0
    for episode in person.episodes:
        if round(episode.start_ms) > round(at):
            yield at, episode.start_ms, ABSENT
        yield episode.start_ms, episode.end_ms, episode.label
        at = episode.end_ms
    if round(end_ms) > round(at):
        yield at, end_ms, ABSENT


def _seconds(ms: float) -> str:
    return f"{round(ms) / 1e3:.3f}"


def _text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
