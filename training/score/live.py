"""What runs show, by FER+'s share of the blend and by the fusion's constants.

`python -m training.score.live MODEL --data FER2013` prints two tables. Each share of FER+ is compared with the labels
of FER2013 and of FER+, and on faces that do not change: how often a label changes all the same. Each choice of the
fusion's constants is compared by such flips and by the delay with which the label follows a real change.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from models.cards import Card, load_card
from models.heads import BLEND, FERPLUS, Outputs, blend
from models.over_time.fusion import FusionSettings
from training.data.faces import LABELS, DataError, Faces
from training.data.reading import read
from training.data.targets import majority
from training.programs import run
from training.score import metrics
from training.score.evaluate import EngineName, resized, runner
from training.score.steady import Rows, Steadiness, delay, steadiness
from training.score.still import HZ, Camera, Images

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.0)
"""Shares of FER+ that are compared."""
FUSIONS = tuple(
    FusionSettings(tau_s=tau_s, margin=margin, dwell_s=dwell_s, relief=relief)
    for tau_s, margin, dwell_s, relief in (
        (0.4, 0.1, 0.25, 0.05),
        (0.4, 0.2, 0.25, 0.05),
        (0.2, 0.1, 0.25, 0.05),
        (0.2, 0.2, 0.25, 0.05),
        (0.4, 0.1, 0.25, 0.1),
        (0.4, 0.2, 0.25, 0.1),
        (0.3, 0.2, 0.25, 0.1),
        (0.2, 0.1, 0.25, 0.1),
        (0.2, 0.15, 0.25, 0.1),
        (0.2, 0.2, 0.25, 0.1),
        (0.2, 0.3, 0.25, 0.1),
        (0.2, 0.2, 0.35, 0.1),
        (0.2, 0.2, 0.25, 0.15),
        (0.0, 0.2, 0.25, 0.1),
        (0.4, 0.1, 0.0, 0.05),
    )
)
"""Constants of the fusion that are compared."""
STEADY = "raw changes/min | shown | between emotions | uncertain % | wrong %"
"""Columns of `Steadiness`."""


class Agreement(NamedTuple):
    """How a share agrees with both label sets; fractions, 0 to 1.

    Attributes:
        fer2013, fer2013_balanced: Accuracy and mean recall of the classes against FER2013's labels.
        ferplus, ferplus_balanced: The same against the annotators' majority, without faces of contempt.
    """

    fer2013: float
    fer2013_balanced: float
    ferplus: float
    ferplus_balanced: float

    @property
    def balanced(self) -> float:
        """Mean of both balanced accuracies, 0 to 1."""
        return (self.fer2013_balanced + self.ferplus_balanced) / 2


def agreement(said: Outputs, faces: Faces, share: float) -> Agreement:
    """Compare the blend with both label sets.

    Args:
        said: The network's outputs for the images, `float32[n, k]` by head; `fer2013` in the order of `LABELS`.
        faces: The images' labels and votes.
        share: Share of FER+, 0 to 1.

    Raises:
        DataError: The images have no votes.
    """
    if faces.votes is None:
        raise DataError("expected images with FER+ votes, found none")
    p, eight = blend(said, LABELS, share), majority(faces.votes)
    seven = np.array([LABELS.index(name) if name in LABELS else -1 for name in FERPLUS])
    voted = np.where(eight >= 0, seven[eight], -1)
    own, votes = metrics.report(p, faces.labels, LABELS), metrics.report(p[voted >= 0], voted[voted >= 0], LABELS)
    return Agreement(own["accuracy"], own["balanced_accuracy"], votes["accuracy"], votes["balanced_accuracy"])


def blended(seen: Outputs, share: float) -> Rows:
    """Return the blend of sequences, `float32[n, looks, 7]`, from `float32[n, looks, k]` by head."""
    n, looks = seen["fer2013"].shape[:2]
    flat = {head: p.reshape(n * looks, -1) for head, p in seen.items()}
    return blend(flat, LABELS, share).reshape(n, looks, -1)


def watch(run_network: Callable[[Images], Outputs], camera: Camera, looks: int) -> Outputs:
    """Return what a network says of each look, `float32[n, looks, k]` by head."""
    said = [run_network(images) for images in camera.looks(looks)]
    return {head: np.stack([one[head] for one in said], axis=1) for head in said[0]}


def network(card: Card, engine: EngineName) -> Callable[[Images], Outputs]:
    """Return a function that runs a network with both heads on crops; `fer2013` is in the order of `LABELS`.

    Raises:
        ValueError: The network has no FER+ head.
        EngineError: The engine cannot run here, see `training.score.evaluate.runner`.
    """
    if "ferplus" not in card.heads:
        raise ValueError(f"expected a model with the heads fer2013 and ferplus, found {card.name} with fer2013 only")
    own, order = runner(card, engine), [card.labels.index(label) for label in LABELS]

    def run_network(images: Images) -> Outputs:
        said = own(resized(images, card.input_size))
        return {"fer2013": said["fer2013"][:, order], "ferplus": said["ferplus"]}

    return run_network


def main(
    model: Annotated[str, typer.Argument(help="Name of a bundled model, or a .keras file.")],
    data: Annotated[Path, typer.Option(help="FER2013, with its votes.")],
    split: Annotated[str, typer.Option(help="Images to evaluate on.")] = "PublicTest",
    faces: Annotated[int, typer.Option(min=2, help="Faces that do not change.")] = 400,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds for which each is seen.")] = 10.0,
    hz: Annotated[float, typer.Option(min=1, help="Classifications per second; recordings: every frame.")] = HZ,
    share: Annotated[float, typer.Option(min=0, max=1, help="FER+'s share for the fusion's table.")] = BLEND,
    engine: Annotated[EngineName, typer.Option(help="Engine that runs the network.")] = "openvino-f32",
    seed: Annotated[int, typer.Option(help="Seed of the faces and of what the camera does.")] = 0,
) -> None:
    """Print what runs show, by FER+'s share of the blend and by the fusion's constants."""
    run_network = network(load_card(model), engine)
    splits = read(data)
    if split not in splits:
        raise ValueError(f"expected --split to be one of {', '.join(splits)}, found {split}")
    images = splits[split]
    said = run_network(images.images)
    chosen = np.random.default_rng(seed).permutation(len(images))[:faces]
    seen = watch(run_network, Camera(images.images[chosen], hz, seed), round(seconds * hz))

    print(f"{len(images)} images of {split}; {len(chosen)} faces, {seconds:g} s at {hz:g} Hz")
    print("\n| share of FER+ | FER2013 | balanced | FER+ majority | balanced | mean of both balanced |", end="")
    print(f" {STEADY} |\n|---|---|---|---|---|---|---|---|---|---|---|")
    for one in SHARES:
        agrees, steady = agreement(said, images, one), steadiness(blended(seen, one), FusionSettings(), hz)
        percents = " | ".join(f"{100 * value:.1f}" for value in (*agrees, agrees.balanced))
        print(f"| {one:g} | {percents} | {_written(steady)} |")
    print(f"\nFER+'s share {share:g}:\n\n| tau_s | margin | dwell_s | relief | {STEADY} |", end="")
    print(" delay, median s | 95 % s | never % |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
    rows = blended(seen, share)
    for fusion in FUSIONS:
        steady, late = steadiness(rows, fusion, hz), delay(rows, fusion, hz)
        print(f"| {fusion.tau_s:g} | {fusion.margin:g} | {fusion.dwell_s:g} | {fusion.relief:g} |", end="")
        print(f" {_written(steady)} | {late.median_s:.2f} | {late.p95_s:.2f} | {100 * late.missed:.1f} |")


def _written(steady: Steadiness) -> str:
    shares = f"{100 * steady.uncertain:.1f} | {100 * steady.wrong:.1f}"
    return f"{steady.raw:.1f} | {steady.shown:.2f} | {steady.between:.2f} | {shares}"


if __name__ == "__main__":
    run(main)
