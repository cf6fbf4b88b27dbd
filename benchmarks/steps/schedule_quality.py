"""What is lost when faces are searched and classified on a schedule in the place of every picture.

    python -m benchmarks.steps.schedule_quality CLIP... [--detect-hz 5] [--classify-hz 10] [--json FILE]

Both ways see the same pictures of recorded clips. Every face of the way that looks at everything is paired with the one
that overlaps it most in the same picture; a face without a partner counts as a label that differs.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from rich.table import Table

from pipeline.cli.help import PlainCommand
from pipeline.cli.tables import plain_console
from pipeline.messages import Box, Frame
from stages.capture import Capture
from stages.detect import Detect
from stages.emotion import Emotion

PARTNER = 0.3
"""Boxes that overlap less (intersection over union) are two faces."""
CLIPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "videos"


class Quality(msgspec.Struct, kw_only=True):
    """How one clip fares on a schedule, against every picture searched and classified."""

    clip: str
    frames: int
    detections: int
    """Pictures that were searched for faces."""
    crops: float
    """Faces classified, as a part of those found."""
    faces: int
    """Faces of the way that looks at everything; the numbers below are about them."""
    missed: int
    extra: int
    """Faces only the schedule has."""
    iou: float
    """Mean intersection over union of the boxes."""
    iou_above: float
    """Part of the boxes with an intersection over union above 0.7."""
    label: float
    """Part of the faces with the same label shown."""
    fused: float
    """Mean total variation distance between the fused probabilities, 0 to 1."""


def load(path: Path) -> list[Frame]:
    """Return the pictures of a clip."""
    frames = Capture(name="clip", source=str(path)).process(())
    return [msgspec.structs.replace(frame, pixels=frame.pixels.copy()) for frame in frames if frame.pixels is not None]


def measure(clip: str, frames: Sequence[Frame], detect: dict[str, Any], emotion: dict[str, Any]) -> Quality:
    """Run a clip both ways.

    Args:
        clip: Its name.
        frames: Its pictures.
        detect: Options of `Detect` for the schedule; without `detect_hz` and `classify_hz` they hold for both ways.
        emotion: Options of `Emotion` for both ways.
    """
    whole, _ = _run(frames, detect | {"detect_hz": 0.0, "classify_hz": 0.0}, emotion)
    scheduled, counts = _run(frames, detect, emotion)
    overlaps, distances, same, missed, faces = [], [], 0, 0, 0
    for expected, found in zip(whole, scheduled, strict=True):
        for face in expected.faces:
            faces += 1
            best = max(found.faces, key=lambda other: overlap(face.box, other.box), default=None)
            if best is None or overlap(face.box, best.box) < PARTNER:
                missed += 1
                continue
            overlaps.append(overlap(face.box, best.box))
            same += best.label == face.label
            distances.append(np.abs(np.subtract(face.fused or 0, best.fused or 0)).sum() / 2)
    return Quality(
        clip=clip,
        frames=len(frames),
        detections=counts["detections"],
        crops=counts["crops"] / max(1, counts["faces"]),
        faces=faces,
        missed=missed,
        extra=sum(len(frame.faces) for frame in scheduled) - (faces - missed),
        iou=float(np.mean(overlaps)) if overlaps else 0.0,
        iou_above=float(np.mean(np.array(overlaps) > 0.7)) if overlaps else 0.0,
        label=same / max(1, faces),
        fused=float(np.mean(distances)) if distances else 0.0,
    )


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    common = max(0.0, width) * max(0.0, height)
    return common / (a.width * a.height + b.width * b.height - common)


def total(parts: Sequence[Quality]) -> Quality:
    """Return the numbers of several clips as one, each face counting the same."""
    faces = sum(part.faces for part in parts)
    paired = [part.faces - part.missed for part in parts]
    return Quality(
        clip="all",
        frames=sum(part.frames for part in parts),
        detections=sum(part.detections for part in parts),
        crops=float(np.average([part.crops for part in parts], weights=[part.faces for part in parts])),
        faces=faces,
        missed=sum(part.missed for part in parts),
        extra=sum(part.extra for part in parts),
        iou=float(np.average([part.iou for part in parts], weights=paired)),
        iou_above=float(np.average([part.iou_above for part in parts], weights=paired)),
        label=sum(part.label * part.faces for part in parts) / max(1, faces),
        fused=float(np.average([part.fused for part in parts], weights=paired)),
    )


def main(
    clips: Annotated[list[Path] | None, typer.Argument(help="Recordings; without any, those for development.")] = None,
    detect_hz: Annotated[float, typer.Option(help="As in [detect].")] = 5.0,
    classify_hz: Annotated[float, typer.Option(help="As in [detect].")] = 10.0,
    out: Annotated[Path | None, typer.Option("--json", help="File for the numbers.")] = None,
) -> None:
    """Compare a schedule with looking at everything."""
    paths = clips or sorted(CLIPS.iterdir())
    schedule = {"detect_hz": detect_hz, "classify_hz": classify_hz}
    parts = [measure(path.name, load(path), schedule, {}) for path in paths]
    parts.append(total(parts))
    table = Table(title=f"detect_hz {detect_hz:g}, classify_hz {classify_hz:g}, against every picture")
    for name in Quality.__struct_fields__:
        table.add_column(name, justify="left" if name == "clip" else "right")
    for part in parts:
        values = msgspec.structs.astuple(part)
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in values))
    console = plain_console()
    console.width = max(140, console.width)
    console.print(table)
    if out:
        result = schedule | {"clips": [msgspec.structs.asdict(part) for part in parts]}
        out.write_text(json.dumps(result, indent=2) + "\n")


def _run(
    frames: Sequence[Frame], detect: dict[str, Any], emotion: dict[str, Any]
) -> tuple[list[Frame], dict[str, int]]:
    finder, classifier = Detect(**detect), Emotion(**emotion)
    try:
        results = [result for frame in frames for result in classifier.process(list(finder.process([frame])))]
        return results, dict(finder.counts)
    finally:
        finder.close()
        classifier.close()


if __name__ == "__main__":
    # brackets in its help are brackets
    program = typer.Typer()
    program.command(cls=PlainCommand)(main)
    program()
