"""What every page and every address of the server can use."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stages.web.board import Board
from stages.web.control import Control
from stages.web.counters import Counters
from stages.web.credentials import Door
from stages.web.pictures import Pictures
from stages.web.portraits import Portraits
from stages.web.recordings import Recordings

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE, OWNER_COOKIE = "emobot_language", "emobot_theme", "emobot_uploads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One running page."""

    board: Board
    pictures: Pictures
    counters: Counters
    portraits: Portraits | None
    """None where people are not shown one by one."""
    recordings: Recordings | None
    """None where uploads are switched off."""
    door: Door | None
    """None where everybody is let in."""
    cookie: str
    """Name of the session's cookie."""
    language: Literal["auto", "en", "fr"]
    theme: Theme
    history_s: float
    upload_mb: int
    webcam: str
    """The camera that reads the browser's own; empty for none."""
    stored: Path | None = None
    """The file of the run's history; None where none is kept."""
    control: Control | None = None
    """None where the run cannot be changed over the network."""
