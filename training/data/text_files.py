"""Text files that may be compressed, and the errors of damaged ones."""

import bz2
import csv
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO

from training.data.faces import DataError

DAMAGED = (lzma.LZMAError, EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, csv.Error, UnicodeDecodeError)
"""Exceptions from reading a damaged file."""


def open_text(path: Path) -> IO[str]:
    """Open a text file that may be compressed.

    Raises:
        FileNotFoundError: There is no such file.
        DataError: A zip file has no table in it, or more than one.
    """
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(path)
        tables = [name for name in archive.namelist() if name.endswith(".csv")]
        if len(tables) != 1:
            raise DataError(f"expected one .csv file, found {len(tables)}, in {path}")
        return io.TextIOWrapper(archive.open(tables[0]), encoding="utf-8-sig")
    opener = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}.get(path.suffix, open)
    return opener(path, "rt", encoding="utf-8-sig", newline="")  # type: ignore[operator, no-any-return]
