"""The cache folder: downloaded networks, compiled models and clips, all of which can be recreated."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_dir() -> Path:
    """Return the cache folder: `$EMOBOT_CACHE`, or `emobot` in the user's cache folder."""
    own = os.environ.get("EMOBOT_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emobot"


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache; if it is missing, `make` writes its files, which appear all at once.

    Several processes may make it concurrently.

    Raises:
        OSError: It cannot be written.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as partial:
            made = Path(partial) / "made"
            made.mkdir()
            make(made)
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was faster
                    raise
    return folder
