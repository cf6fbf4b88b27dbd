"""Writes a file that the user names: it is there completely, or what was there before."""

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
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()
