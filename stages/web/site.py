"""What every page and every address of the server can use."""

import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from starlette.requests import Request

from stages.web.access.credentials import Door
from stages.web.control.control import Control
from stages.web.counters import Counters
from stages.web.live.board import Board, Now
from stages.web.live.pictures import Pictures
from stages.web.live.portraits import Portraits
from stages.web.live.webcam import Relay
from stages.web.uploads import Recordings

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE, OWNER_COOKIE = "emobot_language", "emobot_theme", "emobot_uploads"


def owner_of(request: Request) -> str:
    """Return what tells the browser that sent a request from others; a new one where it has none that is ours.

    Cookies are shared by all ports of a machine, and what another program has written is not repeated on a page.
    """
    given = request.cookies.get(OWNER_COOKIE, "")
    return given if re.fullmatch(r"[\w-]{22}", given, re.ASCII) else secrets.token_urlsafe(16)


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
    relay: Relay = field(default_factory=Relay)
    """Hands on the browser's own camera."""

    def now(self, name: str) -> Now | None:
        """Return what a camera does, None for one that never said anything; `off` for a browser's that is not sent."""
        now = self.board.now(name)
        if now and name == self.webcam and now.state != "paused" and not self.relay.sending:
            return replace(now, state="off", people=(), fault="", error="", picture_at=0.0)
        return now
