"""Writes a file that the user names: it is there completely, or what was there before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield where to write; what is written there gets its name at the end, without an error.

    Of a link, the target is replaced. A device is no file that may be replaced: what is written goes to it.

    Args:
        path: The file; one beside it with `.partial` is written meanwhile.

    Raises:
        OSError: It cannot be replaced.
    """
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        yield path
        return
    partial = path.with_name(f"{path.name}.partial")
    try:
        yield partial
        settle(partial)
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()


def settle(path: Path) -> None:
    """Wait until a file is on its disk: after a power cut, some file systems have a renamed file without its content.

    Raises:
        OSError: It cannot be written.
    """
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
