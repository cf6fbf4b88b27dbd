"""The texts of a report."""

import re
from string import Formatter
from typing import get_args

import pytest

from models.cards import load_card, shipped
from pipeline.messages import Fault
from stages.report.card import limits
from stages.report.texts import TEXTS, Html


def test_every_text_is_there_in_every_language() -> None:
    """All languages have the same keys, with the same values to fill in and the same markup."""
    parts = {
        language: {key: (_fields(text), sorted(re.findall(r"<[^>]*>", text))) for key, text in texts.items()}
        for language, texts in TEXTS.items()
    }

    assert parts["fr"] == parts["en"]
    assert all(f"fault_{kind}" in TEXTS["en"] for kind in (*get_args(Fault), "unreadable"))


def test_french_is_set_as_it_is_printed() -> None:
    """A space that does not break stands before double marks and inside quotation marks; apostrophes are curved."""
    for key, text in TEXTS["fr"].items():
        shown = re.sub(r"<[^>]*>", "", text)
        assert not re.search(r"[^\u00a0\u202f][:;?!%»]|«[^\u00a0\u202f]|['\"]", shown), key


@pytest.mark.parametrize("name", shipped())
def test_the_limits_of_networks_that_ship_are_told_in_french(name: str) -> None:
    """A card is written in English; the text of shipped cards is translated, that of others is shown unchanged."""
    card = load_card(name)

    assert limits(card, "en") == card.limits
    assert limits(card, "fr") == TEXTS["fr"]["network_limits"] != card.limits


def test_what_is_filled_in_is_text() -> None:
    """Markup in a name is escaped."""
    assert str(Html("fr")("network_used", model="<b>")) == "réseau &lt;b&gt;"


def _fields(text: str) -> set[str]:
    return {part[1] for part in Formatter().parse(text) if part[1]}
