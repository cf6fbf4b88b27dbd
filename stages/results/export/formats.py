"""The formats by name, and writing their files."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from pipeline.errors import InputError
from stages.results.export.earlier import hash_of, replace_earlier


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
VARYING = (Format.FACEREADER,)
"""Formats whose number of files depends on the people."""


def export_results(folder: Path, formats: Iterable[Format], out: Path | None = None, stem: str = "") -> list[Path]:
    """Write a recording's results in some formats; return the files.

    Args:
        folder: The recording's results.
        formats: The formats.
        out: Folder for the files, which exists; None: beside the results.
        stem: Name of the files without suffix; empty for the folder's name.

    Raises:
        InputError: The results cannot be read, or a file cannot be written.
    """
    # numpy and pyarrow only when needed: the command line imports this module at its start
    from stages.results.export.document import make_document
    from stages.results.reading import read_results

    place = out or folder
    document = make_document(read_results(folder), place)
    every: list[Path] = []
    for name in formats:
        written: dict[Path, str] = {}
        for suffix, text in texts_of(document, name):
            path = place / f"{_base(stem or folder.absolute().name, name)}{suffix}"
            _write(path, text)
            written[path] = hash_of(text.encode())
        if name in VARYING:
            replace_earlier(place, folder, name, written)
        every += written
    return every


def texts_of(document: object, name: Format) -> Iterator[tuple[str, str]]:
    """Yield suffix and text of each file of a format."""
    module, _, function = WRITERS[name].partition(":")
    found = getattr(import_module(module), function)(document)
    yield from found.items() if isinstance(found, dict) else found


def stems(folders: Iterable[Path]) -> Iterator[str]:
    """Yield a name for the files of each folder: the folder's, and a number if another has it, as in OUT of `--out`."""
    taken: set[str] = set()
    for folder in folders:
        name, number = folder.absolute().name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{folder.absolute().name}-{number}"
        taken.add(name.casefold())
        yield name


def _base(stem: str, name: Format) -> str:
    # BIDS puts NAME_events.tsv beside NAME_video.mp4
    return stem.removesuffix("_video") if name is Format.BIDS else stem


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(text, "utf-8", newline="")
        partial.replace(path)
    except OSError as error:
        raise InputError(f"expected a file that can be written, found {path}: {error.strerror}") from error
