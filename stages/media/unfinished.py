"""Completes the videos of live cameras that a killed process has left under their `.partial` names.

A recording's video is not completed: it lacks its end, and the recording can be played again.
"""

import fcntl
import glob
import logging
import os
from contextlib import suppress
from pathlib import Path

from pipeline.output_path import free_path, is_taken
from stages.media.containers.fragments import whole_fragments

LIVE = ".live.partial"
"""End of the name of a camera's video while it is written, behind the name that it will have."""

log = logging.getLogger(__name__)


def hold(path: Path) -> int:
    """Make a file, empty, and return a descriptor that marks it as written by this process until it is closed.

    The kernel releases the mark when the process dies.

    Raises:
        OSError: The file cannot be made.
    """
    held = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    with suppress(OSError):  # a file system without locks, where nothing is completed either
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def complete_left(pattern: str, suffix: str) -> None:
    """Complete the videos of cameras that no living process writes; what cannot be completed stays, with a line.

    Args:
        pattern: Path of the finished files, as `glob` takes it.
        suffix: The end of their names, such as `.mp4`.
    """
    stem = pattern.removesuffix(suffix)
    # those with a number behind the name, too
    patterns = [f"{one}{suffix}{LIVE}" for one in (stem, f"{stem}-[0-9]*")]
    for path in sorted({Path(one) for each in patterns for one in glob.iglob(each)}):  # noqa: PTH207 - any root
        try:
            _complete(path, suffix)
        except OSError as error:
            log.warning("%s, which a killed process had left, is not completed: %s", path, error.strerror)


def _complete(path: Path, suffix: str) -> None:
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return  # a living process writes it, or nobody can tell
        if not is_taken(path) or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return  # its process has just completed it
        end = whole_fragments(file)
        if not end:
            log.warning("%s, which a killed process had left, has no whole fragment", path)
            return
        file.truncate(end)
        final = free_path(path.with_name(path.name.removesuffix(LIVE)), suffix)
        path.rename(final)
        log.info("%s, which a killed process had left, is complete", final)
