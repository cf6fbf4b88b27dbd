"""A card describes the weights beside it, or is refused."""

from pathlib import Path

import pytest

from models import cards
from models.cards import Card, CardError, Measured, load_card, save_card, sha256

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def make_card(folder: Path, name: str = "small", **changes: object) -> Path:
    weights = folder / f"{name}.keras"
    weights.write_bytes(b"weights")
    values: dict[str, object] = {
        "name": name,
        "weights": str(weights),
        "weights_sha256": sha256(weights),
        "labels": LABELS,
        "heads": ("fer2013", "ferplus"),
        "live_head": "blend",
        "input_size": 48,
        "summary": 'A "small" network,\nfor tests: déjà vu.',
        "temperatures": {"fer2013": 1.25, "ferplus": 0.9},
        "leaks": {"twice in Training, with different labels": 3},
        "settings": {"network": "tiny", "augment": {"flip": 0.5}, "options": {}, "odd key": True},
        "metrics": (
            Measured(command="emobot evaluate", split="PublicTest", head="fer2013", images=9, values={"accuracy": 0.7}),
            Measured(command="the same", split="PublicTest", head="ferplus", images=8, values={"low": 1e-05}),
        ),
    }
    save_card(Card(**{**values, **changes}), weights.with_suffix(".toml"))  # type: ignore[arg-type]
    return weights


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Every field survives; `weights` is an absolute path."""
    weights = make_card(tmp_path)
    card = load_card(weights)

    assert card.weights == str(weights.resolve())
    assert card.weights_sha256 == sha256(weights)
    assert card.summary == 'A "small" network,\nfor tests: déjà vu.'
    assert card.temperatures == {"fer2013": 1.25, "ferplus": 0.9}
    assert card.leaks == {"twice in Training, with different labels": 3}
    assert card.settings == {"network": "tiny", "augment": {"flip": 0.5}, "options": {}, "odd key": True}
    assert [row.values for row in card.metrics] == [{"accuracy": 0.7}, {"low": 1e-05}]
    assert list(tmp_path.glob("*.partial")) == []


def test_a_name_is_looked_up_among_those_that_ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for an unknown name lists the shipped ones."""
    make_card(tmp_path)
    monkeypatch.setattr(cards, "FOLDER", tmp_path)

    assert load_card("small").name == "small"
    with pytest.raises(FileNotFoundError, match="expected a model out of small, or a .keras file, found 'large'"):
        load_card("large")


@pytest.mark.parametrize("gone", ["small.keras", "small.toml"])
def test_half_a_model_is_no_model(tmp_path: Path, gone: str) -> None:
    """Weights without a card, and a card without weights, are reported as such."""
    weights = make_card(tmp_path)
    (tmp_path / gone).unlink()
    with pytest.raises(FileNotFoundError, match=f"found no .*{gone}"):
        load_card(weights)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """A card of other weights would sign results falsely."""
    weights = make_card(tmp_path)
    weights.write_bytes(b"other")
    with pytest.raises(CardError, match=r"expected small.keras with sha256 .*, found small.keras with"):
        load_card(weights)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": LABELS[:6]}, "expected seven labels"),
        ({"labels": (*LABELS[:6], "angry")}, "expected seven labels"),
        ({"live_head": "best"}, "live_head among the heads, found best"),
        ({"heads": ("fer2013",)}, "live_head among the heads, found blend"),
        ({"heads": ("ferplus",)}, "expected a head fer2013"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """Labels and heads have to fit what engines do with them."""
    weights = make_card(tmp_path, **changes)
    with pytest.raises(CardError, match=message):
        load_card(weights)


@pytest.mark.parametrize("line", ["colour = 1", "input_size = 'large'", "x ="])
def test_a_damaged_card_is_refused(tmp_path: Path, line: str) -> None:
    """Unknown keys, wrong types and broken TOML are one line that names the file."""
    weights = make_card(tmp_path)
    card = weights.with_suffix(".toml")
    kept = [old for old in card.read_text().splitlines() if not old.startswith("input_size") or "input" not in line]
    card.write_text("\n".join([line, *kept]))
    with pytest.raises(CardError, match=r"in .*small\.toml$"):
        load_card(weights)


@pytest.mark.parametrize("name", sorted(path.stem for path in cards.FOLDER.glob("*.toml")))
def test_what_ships_is_described_truly(name: str) -> None:
    """Every card that ships fits its weights, is complete, and all weights together are small enough for git."""
    card = load_card(name)

    assert card.name == name
    assert card.labels == LABELS
    assert card.preprocessing and card.intended_use and card.limits and card.data and card.settings
    assert any(row.split == "PublicTest" and row.values["accuracy"] > 0.6 for row in card.metrics)
    assert sum(path.stat().st_size for path in cards.FOLDER.glob("*.keras")) <= 40e6
