"""What the card of a network says, for a report."""

from typing import Any

from models.cards import Card, Measured
from pipeline.messages import Language
from stages.report.texts import TEXTS


def limits(card: Card | None, language: Language) -> str:
    """Return what a card says of its network's limits; in the reader's language if it is what most cards say."""
    said = card.limits if card else ""
    return TEXTS[language]["network_limits"] if said == TEXTS["en"]["network_limits"] else said


def results(card: Card | None) -> list[dict[str, Any]]:
    """Return what the card measured, a row for each split and head; numbers that are not there are None.

    The first measurement is the plain one; those after it say what blur, noise or another engine cost.
    """
    names = ("accuracy", "balanced_accuracy", "ece", "low", "high")
    plain: dict[tuple[str, str], Measured] = {}
    for measured in card.metrics if card else ():
        plain.setdefault((measured.split, measured.head), measured)
    return [
        {"split": m.split, "head": m.head, "images": m.images, "command": m.command}
        | {name: m.values.get(name) for name in names}
        for m in plain.values()
    ]
