"""Subtitles, WebVTT and SRT: a cue for each time in which nobody changes, for players and ELAN's import of subtitles.

Cues never overlap, because not every player shows two at once: FFmpeg cuts the first one short in an MP4, and GStreamer
drops one that ends before the one in front of it does.
"""

from collections.abc import Iterable, Iterator
from html import escape

from stages.results.export.document import Document


def write_vtt(document: Document) -> dict[str, str]:
    """Return WebVTT by suffix; each person is the voice of their line, too."""
    cues = (
        "\n".join([f"{_clock(start, '.')} --> {_clock(end, '.')}", *(_spoken(name, label) for name, label in seen)])
        for start, end, seen in _cues(document)
    )
    return {".vtt": "\n\n".join(["WEBVTT", *cues]) + "\n"}


def write_srt(document: Document) -> dict[str, str]:
    """Return SubRip by suffix."""
    # SRT has no escapes; an arrow in a name would be read as a line of times
    cues: Iterable[str] = (
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n"
        + "".join(f"{name.replace('-->', '->')}: {label}\n" for name, label in seen)
        for number, (start, end, seen) in enumerate(_cues(document), 1)
    )
    return {".srt": "\n".join(cues)}


def _cues(document: Document) -> Iterator[tuple[int, int, list[tuple[str, str]]]]:
    """Yield start and end in milliseconds, and the name and label of each person seen, in the order of people."""
    changes: dict[int, dict[int, str | None]] = {}
    for episode, person in document.episodes:
        # an end is overwritten by a start at the same time, and never overwrites one: episodes are in order
        changes.setdefault(round(episode.start_ms), {})[person.track] = episode.label
        changes.setdefault(round(episode.end_ms), {}).setdefault(person.track, None)
    labels: dict[int, str | None] = {}
    times = sorted(changes)
    for start, end in zip(times, times[1:], strict=False):
        labels.update(changes[start])
        seen = [(person.name, label) for person in document.people if (label := labels.get(person.track))]
        if seen:
            yield start, end, seen


def _spoken(name: str, label: str) -> str:
    voice = escape(name, quote=False)
    return f"<v {voice}>{voice}: {label}</v>"


def _clock(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"
