"""The reader of a page: language and theme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from models.display.words import WORDS, number, percent
from pipeline.errors import Mistake
from pipeline.messages import Fault, Language
from stages.web.site import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Site, Theme
from stages.web.texts.texts import TEXTS, choose_language

PLAIN: tuple[Fault, ...] = ("silent", "closed")
"""Faults whose message adds nothing to their kind."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns keys into messages: `reader("fps", fps=30)`."""

    language: Language
    theme: Theme
    cookies: Mapping[str, str]

    @classmethod
    def of(cls, request: HTTPConnection, site: Site) -> "Reader":
        """Return the sender of a request."""
        cookies = request.cookies
        accepted = request.headers.get("accept-language", "")
        language = choose_language(site.language, cookies.get(LANGUAGE_COOKIE), accepted)
        theme = next((theme for theme in THEMES if theme == cookies.get(THEME_COOKIE)), site.theme)
        return cls(language, theme, cookies)

    def __call__(self, key: str, **values: object) -> str:
        """Return a message with its values filled in."""
        return TEXTS[self.language][key].format(**values)

    def label(self, label: str) -> str:
        """Return the name of an emotion."""
        return WORDS[self.language][label]

    def fault(self, fault: Fault, error: str) -> tuple[str, str]:
        """Return why a source fails, and the program's own error message.

        Args:
            fault: Kind of the error.
            error: The program's error message.
        """
        if not fault and not error:
            return "", ""
        return self(f"fault_{fault}"), "" if fault in PLAIN else error

    def mistakes(self, mistakes: Sequence[Mistake]) -> str:
        """Return what is wrong with the keys of a table; empty if it is not a common mistake."""
        return " ".join(map(self._mistake, mistakes))

    def _mistake(self, mistake: Mistake) -> str:
        texts = TEXTS[self.language]
        # the key `fps` is the message for the current frame rate
        name = texts.get("camera_fps" if mistake.key == "fps" else mistake.key, mistake.key)
        if mistake.kind != "value" or mistake.low is None or mistake.high is None:
            return self(f"mistake_{mistake.kind}", name=name)
        low, high, step = (self._plain(value) for value in (mistake.low, mistake.high, mistake.step))
        return self("mistake_steps" if mistake.step else "mistake_range", name=name, low=low, high=high, step=step)

    def _plain(self, value: float) -> str:
        return f"{value:.12g}".replace(".", "," if self.language == "fr" else ".")

    def percent(self, part: float) -> str:
        """Return a fraction as a whole percentage."""
        return percent(part, self.language)

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with its decimals."""
        return number(value, self.language, digits)

    def tenths(self, value: float) -> str:
        """Return a number with one decimal."""
        return number(value, self.language, 1)

    def seconds(self, seconds: float) -> str:
        """Return a duration for people: `4.2 s`, `1:05`."""
        if seconds < 60:
            return f"{self.tenths(seconds)}\N{NO-BREAK SPACE}s"
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
