"""The accuracy lost by detecting and classifying on a schedule instead of in every frame.

    python -m benchmarks.steps.schedule_quality CLIP... [--detect-hz 2.5] [--classify-hz 10] [--json FILE]

Both variants process the same frames of recorded clips. Every face of the full analysis is paired with the scheduled
face that overlaps it most in the same frame. A face without a partner counts as a different label.
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
from stages.detect import LIVE_DETECT_HZ, Detect
from stages.emotion import Emotion

PARTNER = 0.3
"""Intersection over union below which two boxes are different faces."""
CLIPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "videos"


class Quality(msgspec.Struct, kw_only=True):
    """Results of the schedule on one clip, compared with the full analysis."""

    clip: str
    frames: int
    detections: int
    """Frames with face detection."""
    crops: float
    """Fraction of the faces that were classified."""
    faces: int
    """Faces of the full analysis, to which the numbers below refer."""
    missed: int
    extra: int
    """Faces that only the schedule found."""
    iou: float
    """Mean intersection over union of the boxes."""
    iou_above: float
    """Fraction of the boxes with an intersection over union above 0.7."""
    label: float
    """Fraction of the faces with the same label."""
    fused: float
    """Mean total variation distance between the fused probabilities, 0 to 1."""


def load(path: Path) -> list[Frame]:
    """Return the frames of a clip."""
    frames = Capture(name="clip", source=str(path)).process(())
    return [msgspec.structs.replace(frame, pixels=frame.pixels.copy()) for frame in frames if frame.pixels is not None]


def measure(clip: str, frames: Sequence[Frame], detect: dict[str, Any], emotion: dict[str, Any]) -> Quality:
    """Run both variants on a clip.

    Args:
        clip: Name of the clip.
        frames: Its frames.
        detect: Options of `Detect` for the schedule; all but `detect_hz` and `classify_hz` apply to both variants.
        emotion: Options of `Emotion` for both variants.
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
    """Return the results over several clips, weighted by faces."""
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
    clips: Annotated[list[Path] | None, typer.Argument(help="Recordings; by default those for development.")] = None,
    detect_hz: Annotated[float, typer.Option(help="As in [detect].")] = LIVE_DETECT_HZ,
    classify_hz: Annotated[float, typer.Option(help="As in [detect].")] = 10.0,
    out: Annotated[Path | None, typer.Option("--json", help="File for the numbers.")] = None,
) -> None:
    """Compare a schedule with the full analysis."""
    paths = clips or sorted(CLIPS.iterdir())
    schedule = {"detect_hz": detect_hz, "classify_hz": classify_hz}
    parts = [measure(path.name, load(path), schedule, {}) for path in paths]
    parts.append(total(parts))
    table = Table(title=f"detect_hz {detect_hz:g}, classify_hz {classify_hz:g}, compared with every frame")
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
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


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
    # keep brackets in the help text literal
    program = typer.Typer()
    program.command(cls=PlainCommand)(main)
    program()
