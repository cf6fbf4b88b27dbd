"""Tables made by hand: folders of results as the output `table` writes them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.batch.ledger import RECORD, Entry, write_whole
from pipeline.batch.results import COLUMNS, SUMMARY, TABLE, Summary, save_summary
from pipeline.messages import EMOTIONS

FPS = 25.0
Row = tuple[int, float, int | str, str]
"""Frame, time in ms, person ("" for a frame without a face) and label."""


def rows_of(track: int, labels: str, first: int = 0, fps: float = FPS) -> list[Row]:
    """Return a row per letter: h(appy), n(eutral), u(ncertain), s(ad); a dot is a frame without the person."""
    names = {"h": "happy", "n": "neutral", "u": "uncertain", "s": "sad"}
    return [
        (first + i, (first + i) * 1e3 / fps, track, names[letter]) for i, letter in enumerate(labels) if letter != "."
    ]


def write_results(
    folder: Path,
    rows: Iterable[Row],
    *,
    frames: int,
    fps: float = FPS,
    columns: tuple[str, ...] = COLUMNS,
    source: Path | None = None,
    first_pts_ms: float = 0.0,
    strongest: float = 0.7,
    places: Mapping[int, tuple[float, float, float, float]] = {},
    **summary: Any,
) -> Path:
    """Write `faces.csv`, `summary.json` and, for a known source, `source.json`; return the folder.

    A face is at 10, 20 and measures 50 by 60 pixels, unless `places` says otherwise of its track.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(columns)]
    for frame, pts_ms, track, label in sorted(rows, key=lambda row: (row[1], str(row[2]))):
        cells = dict.fromkeys(columns, "") | {"frame": str(frame), "pts_ms": f"{first_pts_ms + pts_ms:.3f}"}
        if track != "":
            box = zip(("x", "y", "width", "height"), places.get(int(track), (10.0, 20.0, 50.0, 60.0)), strict=True)
            place = {"score": "0.9", **{name: f"{value:.1f}" for name, value in box}}
            shown = "neutral" if label == "uncertain" else label
            others = (1 - strongest) / 6
            fused = {name: f"{strongest if name == shown else others:.4f}" for name in EMOTIONS}
            cells |= {"track": str(track), "label": label, "confidence": f"{strongest:.4f}", **place, **fused}
        lines.append(",".join(cells[name] for name in columns))
    (folder / TABLE).write_text("\n".join(lines) + "\n")
    facts: dict[str, Any] = {
        "camera": folder.name,
        "status": "done",
        "error": None,
        "frames_in": frames,
        "frames_out": frames,
        "duration_s": round(frames / fps, 3),
        "fps": fps,
        "width": 320,
        "height": 240,
        "model": "",
        "faces": len(lines) - 1,
        "seconds": {},
        "tracks": [],
        "first_pts_ms": first_pts_ms,
    }
    save_summary(Summary(**(facts | summary)), folder / SUMMARY)
    if source:
        write_whole(folder / RECORD, Entry(source=str(source), directory=folder.name))
    return folder
