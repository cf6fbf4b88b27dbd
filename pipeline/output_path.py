"""Where an output writes: a folder that takes files, a name that nothing has yet."""

import errno
import os
import tempfile
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path

from pipeline.errors import ConfigError, InputError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""Errors of a disk that may pass."""


def is_taken(path: Path) -> bool:
    """Return whether there is something of this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def free_path(path: Path, suffix: str = "", taken: Callable[[Path], bool] = is_taken) -> Path:
    """Return a path, or the first of `NAME-2`, `NAME-3`, ... that is not taken.

    What a camera's outputs have written is never replaced: nobody can play a live camera again.

    Args:
        path: The path wanted.
        suffix: End of its name in front of which the number goes, such as `.mp4`; empty: the number is at the end.
        taken: Returns whether a path is taken.
    """
    base = path.name.removesuffix(suffix)
    numbered = (path.with_name(f"{base}-{number}{suffix}") for number in count(2))
    return next(one for one in chain([path], numbered) if not taken(one))


def folder_of(path: str) -> Path:
    """Return the folder, of those that exist, in which an output with this path makes its files and folders.

    Args:
        path: Path of a file or folder; placeholders such as `{camera}` may stand in it.
    """
    folder = Path(path.partition("{")[0] + "x").absolute().parent
    while not is_taken(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def check_writable(path: str) -> None:
    """Refuse a path at which an output can write no file.

    Args:
        path: As for `folder_of`.

    Raises:
        ConfigError: Its folder is none, cannot be made or cannot be written to.
        InputError: The disk is full.
    """
    folder = folder_of(path)
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        text = f"path: expected a folder that can be written to for {path}, found {folder}: {error.strerror}"
        raise (InputError if error.errno in FULL else ConfigError)(text) from error
