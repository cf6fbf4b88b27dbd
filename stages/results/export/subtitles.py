"""Subtitles, WebVTT and SRT: a cue for each episode, for players and for ELAN's import of subtitles."""

from collections.abc import Iterable, Iterator
from html import escape

from stages.results.export.document import Document


def write_vtt(document: Document) -> dict[str, str]:
    """Return WebVTT by suffix; the person is the cue's voice, too."""
    cues = (
        f"{start} --> {end}\n<v {escape(name, quote=False)}>{escape(name, quote=False)}: {label}"
        for start, end, name, label in _cues(document, ".")
    )
    return {".vtt": "\n\n".join(["WEBVTT", *cues]) + "\n"}


def write_srt(document: Document) -> dict[str, str]:
    """Return SubRip by suffix."""
    # SRT has no escapes; an arrow in a name would be read as a line of times
    cues: Iterable[str] = (
        f"{number}\n{start} --> {end}\n{name.replace('-->', '->')}: {label}\n"
        for number, (start, end, name, label) in enumerate(_cues(document, ","), 1)
    )
    return {".srt": "\n".join(cues)}


def _cues(document: Document, point: str) -> Iterator[tuple[str, str, str, str]]:
    for episode, person in document.episodes:
        yield _clock(episode.start_ms, point), _clock(episode.end_ms, point), person.name, episode.label


def _clock(ms: float, point: str) -> str:
    seconds, rest = divmod(round(ms), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"
