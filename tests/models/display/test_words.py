"""Words, numbers and times as people read them."""

import pytest

from models.display.timeline_texts import TIMELINE_TEXTS
from models.display.wording import Wording
from models.display.words import FAULTS, PERCENT, WORDS, clock, number, percent


def test_every_word_is_there_in_every_language() -> None:
    """All languages have the same labels and faults, each with its own word."""
    for words in (WORDS, FAULTS):
        assert words["en"].keys() == words["fr"].keys()
        for texts in words.values():
            assert len(set(texts.values())) == len(texts)
    assert WORDS.keys() == FAULTS.keys() == PERCENT.keys() == TIMELINE_TEXTS.keys()


@pytest.mark.parametrize(
    ("seconds", "digits", "written"),
    [(0, 0, "0:00"), (7.4, 0, "0:07"), (59.96, 1, "1:00.0"), (750, 0, "12:30"), (3723.2, 1, "1:02:03.2")],
)
def test_positions_are_written_as_people_do(seconds: float, digits: int, written: str) -> None:
    """Minutes and seconds, with hours where there are any, carried over when rounded; a comma in French."""
    assert clock(seconds, digits) == written
    assert clock(seconds, digits, "fr") == written.replace(".", ",")


def test_numbers_are_written_as_people_do() -> None:
    """French has a comma before decimals, a narrow space between thousands and a space before the per cent sign."""
    assert (number(3579.46, "en", 1), number(3579.46, "fr", 1)) == ("3,579.5", "3\u202f579,5")
    assert (percent(0.684, "en", 1), percent(0.684, "fr", 1)) == ("68.4%", "68,4\u00a0%")


@pytest.mark.parametrize(
    ("language", "singular"), [("en", [False, True, False, False]), ("fr", [True, True, True, False])]
)
def test_the_singular_is_each_language_s_own(language: str, singular: list[bool]) -> None:
    """French uses the singular below two."""
    say = Wording(language, {"faces": "{count} many", "faces_one": "{count} one"})

    assert [say.many("faces", count, 1).endswith("one") for count in (0, 1, 1.5, 2)] == singular
