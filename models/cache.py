"""The cache folder: downloaded networks, compiled models and clips, all of which can be recreated."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """Return the cache folder: `$EMOBOT_CACHE`, or `emobot` in the user's cache folder."""
    own = os.environ.get("EMOBOT_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emobot"
