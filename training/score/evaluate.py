"""Evaluation of a network on unseen images."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.cards import Card, load_card
from models.engines import create_engine, load_network
from models.heads import Outputs, combine
from models.networks import import_keras
from training.data.faces import LABELS, DataError, Faces
from training.export import predict, truth
from training.score import metrics, plots
from training.score.degradations import DEGRADATIONS, Degrade

Tta = Literal["none", "flip", "shifts"]
Head = Literal["fer2013", "ferplus", "blend"]
EngineName = Literal["keras", "openvino-f32", "openvino-bf16"]
Images = NDArray[np.uint8]

SHIFT_PX = 4
"""Pixels by which the `shifts` views are moved: 1/12 of the side, like ten-crops of 40 out of 48."""


class Judged(NamedTuple):
    """An evaluation of probabilities.

    Attributes:
        numbers: The result of `training.score.metrics.report`.
        p: The probabilities, `float32[n, k]`.
        labels: The true classes, `int64[n]`.
        names: Names of the k classes.
    """

    numbers: dict[str, Any]
    p: NDArray[np.float32]
    labels: NDArray[np.int64]
    names: tuple[str, ...]


def evaluate(
    model: str | Path,
    faces: Faces,
    *,
    head: Head = "fer2013",
    tta: Tta = "none",
    degrade: Degrade = "none",
    engine: EngineName = "keras",
    adjust: float = 0.0,
) -> Judged:
    """Evaluate a network on faces.

    Args:
        model: Name of a card or path of a `.keras` file.
        faces: Images with labels.
        head: The output to evaluate. `ferplus` is compared with the annotators' majority if there are votes. Otherwise
            it is compared with the seven labels, like `blend`.
        tta: Test-time augmentation: none, mean with the mirror image, or mean of both at five positions.
        degrade: Degradation applied to the images first.
        engine: `keras`, or the live program's `openvino-f32` or `openvino-bf16`.
        adjust: Parameter `tau` of `adjusted`.

    Raises:
        FileNotFoundError: There is no such model.
        ValueError: The model has no such head or cannot be loaded.
        DataError: No image has a label for the head.
    """
    card = load_card(model)
    if head != "fer2013" and "ferplus" not in card.heads:
        raise ValueError(f"expected a model with the head ferplus for {head}, found {card.name} with fer2013 only")
    return judge(card, predictions(card, faces.images, tta, degrade, engine), faces, head, adjust)


def predictions(
    card: Card, images: Images, tta: Tta = "none", degrade: Degrade = "none", engine: EngineName = "keras"
) -> Outputs:
    """Return the probabilities of each head for `uint8[n, side, side]`, `float32[n, k]`; see `evaluate`."""
    run = runner(card, engine)
    said = [run(view) for view in _views(DEGRADATIONS[degrade](resized(images, card.input_size)), tta)]
    return {name: np.mean([one[name] for one in said], axis=0) for name in said[0]}


class EngineError(ValueError):
    """The engine cannot run here, or not in the precision asked for: it would silently use another one."""


def runner(card: Card, engine: EngineName) -> Callable[[Images], Outputs]:
    """Return a function that runs a network on crops `uint8[n, size, size]`.

    Raises:
        EngineError: The engine or a library that it needs is missing, or the processor lacks its precision.
    """
    if engine == "keras":
        return partial(predict, import_keras().models.load_model(card.weights, compile=False))
    precision: Any = engine.removeprefix("openvino-")
    try:
        made = create_engine(load_network(card.weights), "openvino", precision=precision)
    except (ImportError, RuntimeError) as error:
        raise EngineError(f"{engine}: {error}") from None
    if made.precision != precision:
        raise EngineError(f"{engine}: expected a processor with {precision}, found one that uses {made.precision}")
    return made.outputs


def judge(card: Card, said: Outputs, faces: Faces, head: Head, adjust: float = 0.0) -> Judged:
    """Compare one head's probabilities with the ground truth; see `evaluate`."""
    eight = head == "ferplus" and faces.votes is not None
    if eight:
        p = said["ferplus"]
    else:
        p = combine(said, head, card.labels)[:, [card.labels.index(label) for label in LABELS]]
    if adjust:
        if eight:
            raise ValueError("expected --adjust with the seven labels, found the eight classes of FER+")
        p = adjusted(p, card, adjust)
    labels, valid, names = truth(faces, "ferplus" if eight else "fer2013")
    if not valid.any():
        raise DataError(f"expected images with a label for the head {head}, found none among {len(faces)}")
    p, labels = p[valid], labels[valid]
    return Judged(metrics.report(p, labels, names), p, labels, names)


def adjusted(p: NDArray[np.float32], card: Card, tau: float) -> NDArray[np.float32]:
    """Return the probabilities divided by the class frequencies in Training to the power of tau.

    Logit adjustment (Menon et al. 2021, arXiv 2007.07314): recall of rare classes rises, at some cost in accuracy. With
    tau 1, all classes have equal weight, whatever their frequency.

    Raises:
        ValueError: The card does not contain the class frequencies.
    """
    if not card.shares:
        raise ValueError(f"expected a card with the class frequencies of Training, found none in that of {card.name}")
    weighted = p / np.array([card.shares[label] for label in LABELS]) ** tau
    return np.asarray(weighted / weighted.sum(axis=1, keepdims=True), np.float32)


def draw(folder: Path, p: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str]) -> None:
    """Write `confusion.png`, `reliability.png`, `roc.png` and `risk.png` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    plots.draw_confusion(metrics.confusion(p, labels), names, folder / "confusion.png")
    plots.draw_reliability(*metrics.reliability(p, labels), metrics.ece(p, labels), folder / "reliability.png")
    plots.draw_roc(p, labels, names, folder / "roc.png")
    plots.draw_risk(*metrics.risk_coverage(p, labels), folder / "risk.png")


def describe(title: str, numbers: dict[str, Any]) -> str:
    """Return the numbers as readable text."""
    low, high = numbers["interval"]
    lines = [
        f"{title}: {numbers['images']} images, accuracy {numbers['accuracy']:.2%} (95 % {low:.1%} to {high:.1%})",
        f"balanced accuracy {numbers['balanced_accuracy']:.2%}, macro F1 {numbers['macro_f1']:.3f}, "
        f"NLL {numbers['nll']:.3f}, calibration error {numbers['ece']:.3f}",
        f"{'':10} {'images':>8} {'precision':>9} {'recall':>7} {'F1':>6}",
    ]
    for name, row in numbers["classes"].items():
        lines.append(f"{name:10} {row['images']:8} {row['precision']:9.1%} {row['recall']:7.1%} {row['f1']:6.3f}")
    lines.append("confusion, true class by row: " + json.dumps(numbers["confusion"]))
    return "\n".join(lines)


def resized(images: Images, side: int) -> Images:
    """Return the images at a network's input size, `uint8[n, side, side]`; unchanged if they have it."""
    if images.shape[1] == side:
        return images
    import cv2  # needed by few networks

    return np.stack([cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in images]).astype(
        np.uint8
    )


def _views(images: Images, tta: Tta) -> list[Images]:
    shifts = [(0, 0)]
    if tta == "shifts":
        shifts += [(SHIFT_PX, 0), (-SHIFT_PX, 0), (0, SHIFT_PX), (0, -SHIFT_PX)]
    padded = np.pad(images, ((0, 0), (SHIFT_PX, SHIFT_PX), (SHIFT_PX, SHIFT_PX)), mode="edge")
    side = images.shape[1]
    moved = [padded[:, SHIFT_PX + y : SHIFT_PX + y + side, SHIFT_PX + x : SHIFT_PX + x + side] for x, y in shifts]
    return moved if tta == "none" else moved + [view[:, :, ::-1] for view in moved]
