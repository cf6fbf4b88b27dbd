"""Where an output writes: a name that nothing has yet."""

import os
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path


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
