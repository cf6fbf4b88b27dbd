"""Says something to people in their language: texts, labels, numbers and times."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.display.words import WORDS, clock, number, percent


@dataclass(frozen=True, slots=True)
class Wording:
    """Turns keys into texts: `say("person", track=3)`.

    Attributes:
        language: Key of `models.display.words.WORDS`.
        texts: Key to text in that language; what stands in braces is filled in.
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        return self.texts[key].format(**values)

    def many(self, key: str, count: float, digits: int = 0, **values: object) -> str:
        """Return the text `KEY`, or `KEY_one` where the count takes the singular; `count` is filled in as well."""
        # in French whatever is below two is singular
        one = count < 2 if self.language == "fr" else count == 1
        return self(f"{key}_one" if one else key, count=self.number(count, digits), **values)

    def label(self, label: str) -> str:
        """Return the word for a label."""
        return WORDS[self.language][label]

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with so many decimals."""
        return number(value, self.language, digits)

    def percent(self, part: float, digits: int = 0) -> str:
        """Return a part of 1 as a percentage."""
        return percent(part, self.language, digits)

    def clock(self, seconds: float, digits: int = 0) -> str:
        """Return a position in a recording."""
        return clock(seconds, digits, self.language)
