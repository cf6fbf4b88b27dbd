"""State that all pages and routes of the server share."""

import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from starlette.requests import Request

from stages.web.access.credentials import Door
from stages.web.arrangement import arrange
from stages.web.control.control import Control
from stages.web.control.run import Run
from stages.web.counters import Counters
from stages.web.live.alerts import AlertBoard
from stages.web.live.board import Board, Now
from stages.web.live.clips import Clips
from stages.web.live.markers import MarkerLog
from stages.web.live.pictures import Pictures
from stages.web.live.portraits import Portraits
from stages.web.live.webcam import Relay
from stages.web.uploads import Recordings

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE, OWNER_COOKIE = "emobot_language", "emobot_theme", "emobot_uploads"


def owner_of(request: Request) -> str:
    """Return the identifier of the browser that sent a request; a new one if it has none of ours.

    All ports of a machine share cookies, so another program's value must not be repeated on a page.
    """
    given = request.cookies.get(OWNER_COOKIE, "")
    return given if re.fullmatch(r"[\w-]{22}", given, re.ASCII) else secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One running page."""

    board: Board
    pictures: Pictures
    alerts: AlertBoard
    counters: Counters
    portraits: Portraits | None
    """None if individuals are not shown."""
    recordings: Recordings | None
    """None if uploads are disabled."""
    door: Door | None
    """None if no login is required."""
    cookie: str
    """Name of the session's cookie."""
    language: Literal["auto", "en", "fr"]
    theme: Theme
    history_s: float
    upload_mb: int
    webcam: str
    """Name of the camera that reads the browser's own; empty for none."""
    stored: Path | None = None
    """File of the run's history; None without one."""
    directory: Path | None = None
    """Directory of the page's run; None for a page that belongs to no run."""
    run: Run | None = None
    """None for a page that belongs to no run."""
    control: Control | None = None
    """None if the run cannot be changed over the network."""
    markers: MarkerLog = field(default_factory=MarkerLog)
    """Markers that other programs send."""
    clips: Clips | None = None
    """Makes clips for those who may control the run; None for nobody."""
    relay: Relay = field(default_factory=Relay)
    """Forwards the browser's own camera."""

    def arranged(self) -> list[tuple[str, list[str]]]:
        """Return the groups in the order in which pages show them, each with its cameras."""
        tables = self.run.tables if self.run else None
        return arrange(self.board.names(), tables.config.get("camera", {}) if tables else {})

    def names(self) -> list[str]:
        """Return the names of the cameras, in the order in which pages show them."""
        return [name for _, names in self.arranged() for name in names]

    def now(self, name: str) -> Now | None:
        """Return a camera's state, None before its first message; `off` for a browser's camera that is not sent."""
        now = self.board.now(name)
        if now and name == self.webcam and now.state != "paused" and not self.relay.sending:
            return replace(now, state="off", people=(), fault="", error="", picture_at=0.0)
        return now
