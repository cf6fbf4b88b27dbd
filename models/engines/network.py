"""What an engine has to know of a network; the one place that reads a model card for it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network to run.

    Attributes:
        name: For people: the name of its card.
        path: The `.keras` file. Its input is `float32[n, size, size, 1]`, gray values 0 to 255; its outputs are named
            probabilities `float32[n, k]`.
        sha256: Of that file, hexadecimal.
        size: Side of a crop in pixels.
        labels: The seven emotions, in the order `Engine.predict` returns them.
        head: Which output answers: `fer2013`, `ferplus` or `blend`, see `models.heads`.
    """

    name: str
    path: Path
    sha256: str
    size: int
    labels: tuple[str, ...]
    head: str

    @property
    def identity(self) -> str:
        """Return the name and the first digits of the hash, as results are signed with."""
        return f"{self.name}-{self.sha256[:8]}"


def load_network(model: str, head: str = "auto") -> Network:
    """Find a network by its card.

    Args:
        model: Name of a card that ships with the program, or path of a `.keras` file with its card beside it.
        head: `fer2013`, `ferplus`, `blend`, or `auto` for the one the card recommends for live faces.

    Raises:
        FileNotFoundError: There is no such card or file.
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
