"""Decodes texts that people save by hand: UTF-8, UTF-16, UTF-32 or Windows-1252."""

import codecs
import re
from contextlib import suppress

MARK = "\ufeff"
"""The byte order mark; a program that does not know it may add a second one."""
_BY_MARK = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def saved_text(raw: bytes) -> str:
    """Return a text in UTF-8, UTF-16, UTF-32 or Windows-1252, without a byte order mark and zeros at its end.

    Raises:
        UnicodeDecodeError: It is in none of these; the error is that of the Unicode it seemed to be.
    """
    try:
        return _unicode(raw)
    except UnicodeDecodeError:
        # rows that end as on an old Mac are in its code page, whose letters would become others
        if b"\n" in raw or b"\r" not in raw:
            with suppress(UnicodeDecodeError):
                return raw.decode("cp1252")
        raise


def _unicode(raw: bytes) -> str:
    encoding = next((name for mark, name in _BY_MARK if raw.startswith(mark)), "")
    # a table begins with a name in ASCII, so every second byte of UTF-16 is 0
    if not encoding and raw[:1] and raw[1:2] == b"\0" and raw[2:3] != b"\0":
        encoding = "utf-16-le"
    if not encoding and raw[:1] == b"\0" and raw[1:2] not in (b"", b"\0"):
        encoding = "utf-16-be"
    return raw.decode(encoding or "utf-8-sig").lstrip(MARK).rstrip("\0")


def row_of(error: UnicodeDecodeError) -> int:
    """Return the row of the first byte that cannot be decoded."""
    before = error.object[: error.start]
    return max(before.count(b"\n"), before.count(b"\r")) + 1


def separator_of(text: str, separators: str) -> tuple[str, bool]:
    """Return what separates the cells of a table, and whether its first row is only Excel's hint, as `sep=;`."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    # quoted if a spreadsheet saved it as a cell
    hint = re.fullmatch(f'"?sep=(.)"?[{re.escape(separators)}]*', first, re.IGNORECASE)
    return (hint[1], True) if hint else (max(separators, key=first.count), False)
