"""Who reads a page: their language and colours."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from models.words import WORDS, number, percent
from pipeline.messages import Fault, Language
from stages.web.site import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Site, Theme
from stages.web.texts import TEXTS, choose_language

PLAIN: tuple[Fault, ...] = ("silent", "closed")
"""Kinds of which nothing more is known than their name says."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns keys into texts: `reader("fps", fps=30)`."""

    language: Language
    theme: Theme
    cookies: Mapping[str, str]

    @classmethod
    def of(cls, request: HTTPConnection, site: Site) -> "Reader":
        """Return who sent a request."""
        cookies = request.cookies
        accepted = request.headers.get("accept-language", "")
        language = choose_language(site.language, cookies.get(LANGUAGE_COOKIE), accepted)
        theme = next((theme for theme in THEMES if theme == cookies.get(THEME_COOKIE)), site.theme)
        return cls(language, theme, cookies)

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        return TEXTS[self.language][key].format(**values)

    def label(self, label: str) -> str:
        """Return the word for an emotion."""
        return WORDS[self.language][label]

    def fault(self, fault: Fault, error: str) -> tuple[str, str]:
        """Return what is wrong with a source, and what else a program said of it.

        Args:
            fault: Of which kind it is.
            error: What was said.
        """
        if not fault:
            return error, ""
        return self(f"fault_{fault}"), "" if fault in PLAIN else error

    def percent(self, part: float) -> str:
        """Return a part of 1 as whole percent."""
        return percent(part, self.language)

    def tenths(self, value: float) -> str:
        """Return a number with one decimal."""
        return number(value, self.language, 1)

    def seconds(self, seconds: float) -> str:
        """Return a duration as one reads it: `4.2 s`, `1:05`."""
        if seconds < 60:
            return f"{self.tenths(seconds)}\N{NO-BREAK SPACE}s"
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
