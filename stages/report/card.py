"""The contents of a network's card for a report."""

from typing import Any

from models.cards import Card, Measured
from pipeline.messages import Language
from stages.report.texts import TEXTS


def limits(card: Card | None, language: Language) -> str:
    """Return the limits of a network from its card; the shipped networks' text is translated."""
    said = card.limits if card else ""
    return TEXTS[language]["network_limits"] if said == TEXTS["en"]["network_limits"] else said


def results(card: Card | None) -> list[dict[str, Any]]:
    """Return a row of the card's results for each split and head; missing numbers are None.

    The first measurement is the regular one; later ones measure blur, noise or another engine.
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
