"""Writes evaluation results into a card: `python -m training.score.measure MODEL --data FER2013`."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from models.cards import Card, Measured, load_card, save_card
from models.heads import Outputs, combine
from training.data.faces import LABELS, Faces
from training.data.reading import read
from training.export import measured
from training.programs import run
from training.score.degradations import DEGRADATIONS, Degrade
from training.score.evaluate import EngineError, EngineName, Head, Tta, judge, predictions
from training.score.h264 import CodecError
from training.score.metrics import neutral_mean

log = logging.getLogger(__name__)


class Setting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One evaluation: the options of `emobot evaluate` that differ from their defaults."""

    head: Head
    tta: Tta = "none"
    degrade: Degrade = "none"
    engine: EngineName = "keras"

    @property
    def is_plain(self) -> bool:
        """Return whether all options but the head have their defaults, and the head is not `blend`."""
        return self == Setting(head=self.head) and self.head != "blend"


BEFORE: tuple[Degrade, ...] = ("24px", "16px", "blur", "jpeg")
STANDARD = (
    *(Setting(head=head) for head in ("fer2013", "ferplus", "blend")),
    Setting(head="fer2013", tta="flip"),
    *(Setting(head="fer2013", degrade=degrade) for degrade in BEFORE),
    *(
        Setting(head=head, engine=engine)
        for engine in ("openvino-f32", "openvino-bf16")
        for head in ("fer2013", "ferplus")
    ),
)
"""The evaluations that every card should contain."""
CAMERAS = tuple(
    Setting(head="fer2013", degrade=degrade) for degrade in DEGRADATIONS if degrade not in ("none", *BEFORE)
)
"""What cameras do that FER2013 does not, with the recall of each class."""


def measure(model: str | Path, faces: Faces, split: str, settings: Sequence[Setting] = STANDARD) -> Card:
    """Evaluate a network and write the results into its card; older ones of the same command are replaced.

    Settings for heads that the network lacks, for which the images have no votes, or which need an engine, a precision
    or a library that this machine lacks, are skipped; their older results stay. New results come last: the first one of
    a head is the regular one in reports.

    Args:
        model: Name of a card or path of a `.keras` file.
        faces: The images.
        split: Name of their split.
        settings: The evaluations to run.
    """
    card = load_card(model)
    rows: list[Measured] = []
    said: dict[Setting, Outputs] = {}
    for setting in settings:
        if setting.head != "fer2013" and ("ferplus" not in card.heads or faces.votes is None):
            continue
        how = msgspec.structs.replace(setting, head="fer2013")
        if how not in said:
            try:
                said[how] = predictions(card, faces.images, how.tta, how.degrade, how.engine)
            except (EngineError, CodecError, ImportError) as error:
                log.warning("%s: left out", error)
                continue
        numbers = judge(card, said[how], faces, setting.head).numbers
        row = measured(card.name, split, numbers, **msgspec.to_builtins(setting))
        if setting in CAMERAS:
            recall = {f"recall_{name}": round(one["recall"], 4) for name, one in numbers["classes"].items()}
            row = msgspec.structs.replace(row, values=row.values | recall)
        rows.append(row)
    new = {row.command: row for row in rows}
    kept = [new.pop(row.command, row) for row in card.metrics]
    plain = said.get(Setting(head="fer2013"))
    neutral = card.neutral
    if plain is not None and split == "PublicTest":
        neutral = neutral_mean(combine(plain, card.live_head, LABELS), faces.labels, LABELS)
    card = msgspec.structs.replace(card, metrics=(*kept, *new.values()), neutral=neutral)
    save_card(card, Path(card.weights).with_suffix(".toml"))
    return card


def main(
    model: Annotated[str, typer.Argument(help="Name of a bundled model, or a .keras file.")],
    data: Annotated[Path, typer.Option(help="FER2013.")],
    split: Annotated[str, typer.Option(help="Images to evaluate on.")] = "PublicTest",
    head: Annotated[Head | None, typer.Option(help="Only this head, on unchanged images.")] = None,
) -> None:
    """Run all the evaluations that a card should contain, and write the results into it."""
    splits = read(data)
    if split not in splits:
        raise ValueError(f"expected --split to be one of {', '.join(splits)}, found {split}")
    settings = (*STANDARD, *CAMERAS) if head is None else (Setting(head=head),)
    for row in measure(model, splits[split], split, settings).metrics:
        print(f"{row.values['accuracy']:.2%}  {row.command}")


if __name__ == "__main__":
    run(main)
