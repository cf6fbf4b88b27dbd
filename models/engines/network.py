"""What an engine needs to know about a network; the only place that reads the model card for it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network to run.

    Attributes:
        name: Name of its card, for display.
        path: The `.keras` file. Its input is `float32[n, size, size, 1]`, gray values 0 to 255; its outputs are named
            probabilities `float32[n, k]`.
        sha256: SHA-256 of that file, hexadecimal.
        size: Side of a crop in pixels.
        labels: The seven emotions, in the order `Engine.predict` returns them.
        head: The output to use: `fer2013`, `ferplus` or `blend`, see `models.heads`.
    """

    name: str
    path: Path
    sha256: str
    size: int
    labels: tuple[str, ...]
    head: str

    @property
    def identity(self) -> str:
        """Return the name and the first eight hexadecimal digits of the hash, as in published results."""
        return f"{self.name}-{self.sha256[:8]}"


def load_network(model: str, head: str = "auto") -> Network:
    """Load a network's description from its card.

    Args:
        model: Name of a bundled card, or path of a `.keras` file with its card beside it.
        head: `fer2013`, `ferplus`, `blend`, or `auto` for the one the card recommends for live faces.

    Raises:
        FileNotFoundError: The card or the file does not exist.
        ValueError: The card cannot be used, or the network has no such head.
    """
    from models.cards import load_card

    card = load_card(model)
    choices = ["fer2013", "ferplus", "blend"] if "ferplus" in card.heads else ["fer2013"]
    head = card.live_head if head == "auto" else head
    if head not in choices:
        raise ValueError(f"expected head to be one of {', '.join(choices)}, found {head!r}, for model {card.name}")
    return Network(
        name=card.name,
        path=Path(card.weights),
        sha256=card.weights_sha256,
        size=card.input_size,
        labels=tuple(card.labels),
        head=head,
    )
