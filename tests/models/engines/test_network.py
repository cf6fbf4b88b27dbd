"""A model card says what an engine has to know."""

import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from models.engines import load_network

pytestmark = pytest.mark.slow

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@dataclass
class Card:
    """What `load_network` reads of a model card."""

    name: str = "tiny"
    weights: str = "tiny.keras"
    weights_sha256: str = "0123456789abcdef"
    input_size: int = 48
    labels: tuple[str, ...] = LABELS
    live_head: str = "blend"
    heads: dict[str, object] = field(default_factory=lambda: {"fer2013": None, "ferplus": None})


@pytest.mark.parametrize(
    ("heads", "live", "asked", "expected"),
    [
        ("fer2013 ferplus", "blend", "auto", "blend"),
        ("fer2013 ferplus", "blend", "ferplus", "ferplus"),
        ("fer2013", "fer2013", "auto", "fer2013"),
    ],
)
def test_the_card_recommends_a_head_and_the_user_decides(
    monkeypatch: pytest.MonkeyPatch, heads: str, live: str, asked: str, expected: str
) -> None:
    """`auto` is the card's head for live faces; the network is signed with its name and hash."""
    card = Card(live_head=live, heads=dict.fromkeys(heads.split()))
    monkeypatch.setitem(sys.modules, "models.cards", SimpleNamespace(load_card=lambda name: card))  # type: ignore[arg-type]
    network = load_network("tiny", asked)

    assert (network.head, network.size, network.labels) == (expected, 48, LABELS)
    assert network.identity == "tiny-01234567"


def test_a_head_the_network_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which heads there are."""
    card = Card(heads={"fer2013": None})
    monkeypatch.setitem(sys.modules, "models.cards", SimpleNamespace(load_card=lambda name: card))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected head to be one of fer2013, found 'blend', for model tiny"):
        load_network("tiny", "blend")
