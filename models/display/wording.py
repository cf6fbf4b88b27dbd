"""Localised messages, labels, numbers and times."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.display.words import WORDS, clock, number, number_of, percent


@dataclass(frozen=True, slots=True)
class Wording:
    """Turns keys into messages: `say("person", track=3)`.

    Attributes:
        language: Key of `models.display.words.WORDS`.
        texts: Key to message in that language; values replace the names in braces.
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a message with its values filled in."""
        return self.texts[key].format(**values)

    def many(self, key: str, count: float, digits: int = 0, **values: object) -> str:
        """Return the message `KEY`, or `KEY_one` if the count takes the singular; fills in `count`."""
        # in French, counts below two are singular
        one = count < 2 if self.language == "fr" else count == 1
        return self(f"{key}_one" if one else key, count=self.number(count, digits), **values)

    def person(self, name: str) -> str:
        """Return a person's name; "Person 3", the name of someone without one, is translated."""
        number = number_of(name)
        return self("person", track=number) if number else name

    def label(self, label: str) -> str:
        """Return a label's translation."""
        return WORDS[self.language][label]

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with this many decimals."""
        return number(value, self.language, digits)

    def percent(self, part: float, digits: int = 0) -> str:
        """Return a fraction as a percentage."""
        return percent(part, self.language, digits)

    def clock(self, seconds: float, digits: int = 0, *, hours: bool = False) -> str:
        """Return a position in a recording; with `hours`, also those of the first hour have them."""
        return clock(seconds, digits, self.language, hours=hours)
