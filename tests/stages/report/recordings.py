"""Recordings for tests: tables written by the output that writes them."""

from pathlib import Path

from pipeline.messages import Box, Face, Frame, Label, Language
from stages.table import Table

FPS = 10.0
HAPPY = (0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02)
NEUTRAL = (0.02, 0.02, 0.02, 0.08, 0.02, 0.02, 0.82)


def face(track: int, label: Label) -> Face:
    """Return a face that shows something."""
    fused = HAPPY if label == "happy" else NEUTRAL
    box = Box(x=20.0 + 60 * track, y=40.0, width=40.0, height=40.0)
    return Face(track=track, box=box, score=0.9, fused=fused, label=label, confidence=max(fused))


def write_table(
    folder: Path, camera: str, people: int = 2, seconds: float = 4.0, model: str = "", language: Language = "en"
) -> Path:
    """Write the results of a recording whose people smile in the second half; return their folder."""
    table = Table(path=f"{folder}/{{camera}}", language=language)
    count = int(seconds * FPS)
    for seq in range(count):
        label: Label = "happy" if seq >= count // 2 else "neutral"
        frame = Frame(
            camera=camera,
            seq=seq,
            pts_ns=int(seq / FPS * 1e9),
            fps=FPS,
            lossless=True,
            width=320,
            height=240,
            faces=tuple(face(track, label) for track in range(1, people + 1)),
            model=model,
        )
        list(table.process([frame]))
    list(table.process([Frame(camera=camera, seq=count, state="ended", lossless=True)]))
    return folder / camera
