"""The formats by name, and writing their files."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

from stages.results.export.exported import Exported, Exports


class Format(StrEnum):
    """Names of the formats on the command line."""

    EAF = "eaf"
    BORIS = "boris"
    TEXTGRID = "textgrid"
    VTT = "vtt"
    SRT = "srt"
    BIDS = "bids"
    FACEREADER = "facereader"
    PYFEAT = "pyfeat"


WRITERS = {
    Format.EAF: "stages.results.export.eaf:write",
    Format.BORIS: "stages.results.export.boris:write",
    Format.TEXTGRID: "stages.results.export.textgrid:write",
    Format.VTT: "stages.results.export.subtitles:write_vtt",
    Format.SRT: "stages.results.export.subtitles:write_srt",
    Format.BIDS: "stages.results.export.bids:write",
    Format.FACEREADER: "stages.results.export.facereader:write",
    Format.PYFEAT: "stages.results.export.pyfeat:write",
}
"""What writes each: a `Document` becomes the texts of its files, by suffix or, where they are long, one by one."""
SUFFIXES = {
    Format.EAF: [".eaf"],
    Format.BORIS: [".boris"],
    Format.TEXTGRID: [".TextGrid"],
    Format.VTT: [".vtt"],
    Format.SRT: [".srt"],
    Format.BIDS: ["_events.tsv", "_events.json"],
    Format.PYFEAT: ["_fex.csv"],
}
"""What the names of their files end with."""
LOG = "_detailed.txt"


def export_results(
    folder: Path, formats: Iterable[Format], out: Path | None = None, *, overwrite: bool = False
) -> Exports:
    """Write a recording's results in some formats; files that someone has edited since they were exported stay.

    Args:
        folder: The recording's results.
        formats: The formats.
        out: Folder for the files of several recordings, which exists; None: beside the results.
        overwrite: Whether to replace edited files, too.

    Raises:
        InputError: The results cannot be read, or a file cannot be written.
    """
    # numpy and pyarrow only when needed: the command line imports this module at its start
    from stages.results.export.document import make_document
    from stages.results.reading import read_results

    place = out or folder
    document = make_document(read_results(folder), place)
    exported = Exported(place, folder)
    every = Exports([], [])
    try:
        for name in formats:
            base = exported.base(_stem(folder, name), suffixes_of(document, name))
            contents = ((f"{base}{suffix}", text.encode()) for suffix, text in texts_of(document, name))
            done = exported.put(name, contents, overwrite=overwrite)
            every.files.extend(done.files)
            every.kept.extend(done.kept)
    finally:
        exported.save()
    return every


def suffixes_of(document: Any, name: Format) -> list[str]:
    """Return what the names of the files of a format end with."""
    if name is Format.FACEREADER:
        return facereader_suffixes([person.track for person in document.people])
    return SUFFIXES[name]


def facereader_suffixes(tracks: Sequence[int]) -> list[str]:
    """Return what the names of FaceReader's logs end with: the number only where there are several people."""
    return [f"_{track}{LOG}" for track in tracks] if len(tracks) > 1 else [LOG]


def texts_of(document: object, name: Format) -> Iterator[tuple[str, str]]:
    """Yield suffix and text of each file of a format."""
    module, _, function = WRITERS[name].partition(":")
    found = getattr(import_module(module), function)(document)
    yield from found.items() if isinstance(found, dict) else found


def _stem(folder: Path, name: Format) -> str:
    stem = folder.absolute().name
    # BIDS puts NAME_events.tsv beside NAME_video.mp4
    return stem.removesuffix("_video") if name is Format.BIDS else stem
