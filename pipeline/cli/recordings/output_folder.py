"""The folder of `--out`: on this machine, or a URL with a copy on this machine."""

import errno
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.batch.ledger import Entry
from pipeline.batch.mirror import Mirror
from pipeline.batch.places import is_url, source_of
from pipeline.batch.scratch import scratch
from pipeline.errors import EmobotError
from pipeline.redaction import redact

GONE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE)
"""Errors of a disk that has become read-only, broken or unreachable."""
HURRY_S = 5.0
"""Seconds that results may take to reach their place after Ctrl-C."""

log = logging.getLogger("emobot")


class OutputFolder:
    """Where results are made, and what moves them to their place.

    Args:
        out: What the user named.
        folder: The folder on this machine.
        mirror: Moves results from there to the URL; None if they stay.
    """

    def __init__(self, out: str, folder: Path, mirror: Mirror | None = None) -> None:
        self._out = out
        self.folder = folder
        self._mirror = mirror

    @property
    def is_remote(self) -> bool:
        """Return whether it is a URL."""
        return self._mirror is not None

    def fetch(self, sources: Sequence[str] | None, *, ledger: bool, warns: bool = False) -> None:
        """Copy earlier results of some inputs, or of all, from the URL.

        Raises:
            InputError: It cannot be read.
        """
        if self._mirror:
            self._mirror.fetch(sources, ledger=ledger)
            if warns:
                log.warning(
                    "%s has no locks: give each of several processes a part by --shard, then use --merge",
                    source_of(self._out),
                )

    def directories(self, sources: Sequence[str]) -> dict[str, str]:
        """Return names for the folders of results that all processes choose alike; none where a ledger does that."""
        return self._mirror.directories(sources) if self._mirror else {}

    def put(self, entry: Entry) -> None:
        """Move the complete results of a recording to their place."""
        if self._mirror:
            self._mirror.put(entry)

    def close(self, *, pages: bool, patient: bool = True, sweep: bool = False) -> list[str]:
        """Move the rest, and return a line for each error.

        Args:
            pages: Whether to move the ledger and the pages of all recordings, too.
            patient: Whether to wait until all results are there.
            sweep: Whether to remove what processes left that died.
        """
        if not self._mirror:
            return []
        if self._mirror.close(None if patient else HURRY_S) and patient:
            self._mirror.put_changed(pages=pages)
        if sweep:
            self._mirror.sweep()
        return self._mirror.errors

    def name_of(self, page: Path) -> str:
        """Return where a page is in the end."""
        return f"{source_of(self._out).rstrip('/')}/{page.relative_to(self.folder)}" if self._mirror else str(page)


@contextmanager
def output_folder(out: str) -> Iterator[OutputFolder]:
    """Yield the folder that a user named.

    Raises:
        MissingPart: A package for its URL is not installed.
        InputError: Its URL cannot be reached.
        EmobotError: The disk is full, or can no longer be written to.
    """
    with _bad_disk_in_one_line(out):
        if not is_url(out):
            yield OutputFolder(out, Path(out))
            return
        with scratch() as folder:
            results = folder / "results"
            results.mkdir()
            yield OutputFolder(out, results, Mirror(out, results))


@contextmanager
def _bad_disk_in_one_line(out: str) -> Iterator[None]:
    """Report a full or read-only disk as an error of the user's; whatever writes results may meet it first."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            wanted, what = "room for the results", "make room"
        elif error.errno in GONE and error.filename:
            wanted, what = "a folder that can be written to", "mend it"
        else:
            raise
        raise EmobotError(
            f"expected {wanted}, found {os.strerror(error.errno)}, for {error.filename or redact(out)}:"
            f" {what}, and run the command again, which continues"
        ) from error
