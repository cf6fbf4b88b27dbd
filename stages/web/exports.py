"""Results of an upload as a file of another program, to download."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from pipeline.errors import InputError
from stages.results.export.document import Media, make_document
from stages.results.export.formats import Format, texts_of
from stages.results.reading import read_results
from stages.web.uploads import Recording


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to download.

    Attributes:
        name: Its name.
        content: Its bytes.
        media_type: Its MIME type.
    """

    name: str
    content: bytes
    media_type: str


def export_upload(recording: Recording, name: Format) -> Exported:
    """Return a recording's results in a format; a ZIP archive where these are several files.

    The media file is known by the name that its sender gave it: paths of this machine are no business of theirs.

    Raises:
        InputError: The results cannot be read.
    """
    sent = re.split(r"[/\\]", recording.name)[-1]
    document = make_document(read_results(recording.results), recording.results, Media(sent, sent))
    stem = recording.source.stem
    texts = {f"{stem}{suffix}": text.encode() for suffix, text in texts_of(document, name)}
    if len(texts) == 1:
        ((file, content),) = texts.items()
        return Exported(file, content, "text/plain; charset=utf-8")
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        for file, content in texts.items():
            packed.writestr(file, content)
    return Exported(f"{stem}-{name}.zip", archive.getvalue(), "application/zip")


def without_folder(error: InputError, folder: Path) -> str:
    """Return an error in one line, without the path on this machine, which visitors must not see."""
    return " ".join(str(error).replace(f"{folder}/", "").replace(str(folder), folder.name).split())
