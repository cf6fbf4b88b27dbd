"""Model cards: a network's origin, accuracy and intended use, in a TOML file beside its weights."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "weights"
"""The folder of the bundled networks."""
FERPLUS = "ferplus"


class CardError(ValueError):
    """The card cannot be used; the message is one line with the expected value, the found value and the file."""


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A result, and the command that reproduces it.

    Attributes:
        command: The command line.
        split: Name of the images: `PublicTest`, `PrivateTest`, or any other.
        head: The evaluated output.
        images: Number of images.
        values: Metrics by name; accuracies are fractions, 0 to 1.
    """

    command: str
    split: str
    head: str
    images: int
    values: dict[str, float]


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A model card.

    Attributes:
        name: Name to display and to load it by.
        summary: One sentence that describes the network.
        weights: Absolute path of the `.keras` file (in the TOML: its name, beside the card).
        weights_sha256: SHA-256 of that file, hexadecimal.
        input_size: Side of a crop in pixels.
        preprocessing: The caller's preprocessing, and the network's own.
        labels: The seven emotions in the order of the `fer2013` output.
        heads: Names of the outputs.
        live_head: The output to use for live faces: one of `heads`, or `blend`.
        temperatures: Softmax temperatures by head; already applied inside the network.
        parameters: Number of parameters, including those of batch normalisation.
        macs: Multiply-accumulate operations for one face.
        recipe: Name of the recipe.
        settings: Contents of the recipe.
        start: `identity` of the network whose weights training started from; empty for random weights.
        teachers: `identity` of each teacher of the distillation bank; empty for none.
        epoch: Number of epochs after which these weights were taken; chosen on PublicTest.
        seed: Random seed of the training.
        storage: Number type in the file; engines compute in `float32` or their own precision.
        data: SHA-256 of the images, labels and votes by split, after images that crossed splits were dropped.
        shares: Fraction of each label in the training images; they sum to 1.
        neutral: Mean log-probability of each label by `live_head` over the neutral faces of PublicTest, with
            probabilities of at least 0.001; a person's own baseline is compared with it.
        leaks: Results of the check for duplicate images.
        versions: Versions of the training software.
        metrics: Evaluation results.
        intended_use: What the network is meant for.
        limits: Known limitations.
    """

    name: str
    weights: str
    weights_sha256: str
    labels: tuple[str, ...]
    heads: tuple[str, ...]
    live_head: str
    input_size: int
    summary: str = ""
    preprocessing: str = ""
    temperatures: dict[str, float] = {}
    parameters: int = 0
    macs: int = 0
    recipe: str = ""
    settings: dict[str, Any] = {}
    start: str = ""
    teachers: tuple[str, ...] = ()
    epoch: int = 0
    seed: int = 0
    storage: str = "float32"
    data: dict[str, str] = {}
    shares: dict[str, float] = {}
    neutral: dict[str, float] = {}
    leaks: dict[str, int] = {}
    versions: dict[str, str] = {}
    metrics: tuple[Measured, ...] = ()
    intended_use: str = ""
    limits: str = ""

    @property
    def identity(self) -> str:
        """Return the name and the first eight hexadecimal digits of the weights' hash, as `fast-5ed9f0d9`."""
        return f"{self.name}-{self.weights_sha256[:8]}"


def load_card(name_or_path: str | Path) -> Card:
    """Read a card and check that it describes the weights beside it.

    Args:
        name_or_path: Name of a bundled network, or path of a `.keras` file with its card (`.toml`) beside it.

    Raises:
        FileNotFoundError: There is no such card, or no weights beside it.
        CardError: The card is damaged, or it was written for other weights.
    """
    path = Path(name_or_path)
    if path.suffix != ".keras":
        path = FOLDER / f"{name_or_path}.keras"
        if not path.with_suffix(".toml").exists():
            names = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml"))) or "none yet"
            raise FileNotFoundError(f"expected a model out of {names}, or a .keras file, found {str(name_or_path)!r}")
    source = path.with_suffix(".toml")
    for file in (path, source):
        if not file.exists():
            raise FileNotFoundError(f"expected {path.name} with its card {source.name} beside it, found no {file}")
    try:
        card = msgspec.toml.decode(source.read_bytes(), type=Card)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CardError(f"{error}, in {source}") from None
    if len(card.labels) != 7 or len(set(card.labels)) != 7:
        raise CardError(f"expected seven labels, found {', '.join(card.labels)}, in {source}")
    choices = {*card.heads, "blend"} if FERPLUS in card.heads else {*card.heads}
    if "fer2013" not in card.heads or card.live_head not in choices:
        raise CardError(f"expected a head fer2013 and live_head among the heads, found {card.live_head}, in {source}")
    found = sha256(path)
    if card.weights != path.name or card.weights_sha256 != found:
        raise CardError(
            f"expected {card.weights} with sha256 {card.weights_sha256[:12]}..., "
            f"found {path.name} with {found[:12]}..., by the card {source}"
        )
    return msgspec.structs.replace(card, weights=str(path.resolve()))


def shipped() -> dict[str, str]:
    """Return the name and the weights' SHA-256 of every bundled network, read from the cards only."""
    cards = [msgspec.toml.decode(path.read_bytes(), type=Card) for path in sorted(FOLDER.glob("*.toml"))]
    return {card.name: card.weights_sha256 for card in cards}


def find_card(identity: str, paths: Iterable[str | Path] = ()) -> Card | None:
    """Return the card of the network that signed a result, or None if it is neither in `paths` nor bundled.

    Args:
        identity: See `Card.identity`.
        paths: `.keras` files with their cards beside them.
    """
    for candidate in (*paths, *(path.stem for path in sorted(FOLDER.glob("*.toml")))):
        try:
            card = load_card(candidate)
        except (FileNotFoundError, CardError):
            continue
        name, _, digits = identity.rpartition("-")
        if digits and card.name == name and card.weights_sha256.startswith(digits):
            return card
    return None


def save_card(card: Card, path: Path) -> None:
    """Write a card; `weights` is stored as the bare file name."""
    card = msgspec.structs.replace(card, weights=Path(card.weights).name)
    partial = path.with_suffix(".partial")
    partial.write_text(_toml(msgspec.to_builtins(card)), encoding="utf-8")
    partial.replace(path)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _toml(table: dict[str, Any]) -> str:
    """Return a table as TOML: plain values first, then a section for each table and for each table of a list.

    The standard library only reads TOML.
    """
    lines = [f"{key} = {_value(value)}" for key, value in table.items() if not _is_section(value)]
    for key, value in table.items():
        for section in (value if isinstance(value, list | tuple) else [value]) if _is_section(value) else ():
            head = f"[[{key}]]" if isinstance(value, list | tuple) else f"[{key}]"
            lines += ["", head, *(f"{_key(name)} = {_value(item)}" for name, item in section.items())]
    return "\n".join(lines) + "\n"


def _is_section(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # JSON and TOML share the syntax of strings, numbers and booleans


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
