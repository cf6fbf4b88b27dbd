"""Where files are kept that can be had again: networks, what engines make of them, clips."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """Return where files are kept that can be had again: `$EMOBOT_CACHE`, or `emobot` in the user's cache folder."""
    own = os.environ.get("EMOBOT_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emobot"
