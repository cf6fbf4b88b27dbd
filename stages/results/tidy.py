"""One row for each file, person and window of time: what they showed, for statistics."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.over_time.moments import WINDOW_S
from pipeline.batch.columns import ALL_COLUMNS, BASELINE_COLUMNS, BLENDSHAPE_COLUMNS, Column
from pipeline.messages import EMOTIONS
from stages.results.paths import Recorded
from stages.results.reading import LABELS, Results, read_each
from stages.results.study import Study, Window

BASELINES = BASELINE_COLUMNS[: len(EMOTIONS)]
"""Columns of `faces.csv` with probabilities corrected for the person's baseline."""
MEASURES = ("yaw", "pitch", "roll", "eye_left", "eye_right", "mouth")
SCORES = tuple(column.name for column in BLENDSHAPE_COLUMNS)
"""Columns of `faces.csv` that `[landmarks]` measures, of which the table has the means."""
TidyRow = dict[str, Any]
"""Values by column; None where nothing is known."""


def tidy_columns(extra: Iterable[str]) -> list[Column]:
    """Return the columns of the table.

    Args:
        extra: Columns that are copied from the participants' table, or named in the path pattern.
    """
    return [
        Column("file", "text", "", "Name of the recording."),
        Column("results", "text", "", "Folder of its results."),
        Column("person", "integer", "", "Number of the person in the recording; empty if nobody was seen in it."),
        Column("name", "text", "", "Name of the person, Person and the number without one."),
        Column("participant", "text", "", "From the participants' table or the path."),
        Column("condition", "text", "", "From the window, else from the participants' table or the path."),
        Column("window", "text", "", "Name of the window of time."),
        Column("start_s", "number", "s", "Start of the window, from the container's start."),
        Column("end_s", "number", "s", "End of the window; both are cut to the recording."),
        *(Column(f"seconds_{name}", "number", "s", f"Time for which {name} was shown in it.") for name in LABELS),
        *(
            Column(f"mean_{name}", "number", "0 to 1", f"Mean fused probability of {name} while the face was seen.")
            for name in EMOTIONS
        ),
        Column("seen", "number", "0 to 1", "Share of the window in which the face was seen."),
        Column("uncertain", "number", "0 to 1", "Share of the time seen in which the label was uncertain."),
        Column("changes_per_min", "number", "1/min", "Changes of the label in a minute of the time seen."),
        *(Column(name, "text", "", "Copied from the participants' table or the path.") for name in extra),
    ]


def further_columns(rows: Iterable[TidyRow]) -> list[Column]:
    """Return those columns of what not every recording has that some row has."""
    known = {name for row in rows for name in row}
    return [column for column in every_further_column() if column.name in known]


def every_further_column() -> list[Column]:
    """Return the columns of what not every recording has: means without the persons' own baselines, and landmarks."""
    units = {one.name: one.unit for one in ALL_COLUMNS}
    return [
        *(
            Column(f"mean_{one.name}", "number", "0 to 1", f"Mean of {one.name} in faces.csv while the face was seen.")
            for one in BASELINES
        ),
        Column("facing", "number", "0 to 1", "Share of the measured time in which the face was turned to the camera."),
        *(Column(f"mean_{one}", "number", units[one], f"Mean of {one} while it was measured.") for one in MEASURES),
        Column("blinks_per_min", "number", "1/min", "Blinks in a minute of the time in which they could be counted."),
        *(Column(f"mean_{one}", "number", units[one], f"Mean of {one} while it was measured.") for one in SCORES),
    ]


def tidy_rows(folders: Iterable[Path], study: Study) -> list[TidyRow]:
    """Return the rows of recordings; one is in memory at a time.

    Args:
        folders: Their folders of results.
        study: What is given about them.

    Raises:
        InputError: Results cannot be read, or what is given does not fit them.
    """
    rows: list[TidyRow] = []
    everything: list[Recorded] = []
    for results in read_each(folders):
        everything.append(Recorded.of(results))
        rows += _rows(results, everything[-1], study)
    study.check(everything)
    study.mistakes.raise_if_any()
    study.report_absent()
    return rows


def _rows(results: Results, recorded: Recorded, study: Study) -> Iterator[TidyRow]:
    # a recording in which nobody was seen is a result, too
    people: list[int | None] = [*results.people] or [None]
    for track in people:
        said = study.describe(recorded, track)
        for window in study.windows_of(recorded, track, said["participant"]):
            yield {
                "file": recorded.path.name,
                "results": str(results.folder),
                "person": track,
                "name": "" if track is None else results.name(track),
                **said,
                "condition": window.condition or said["condition"],
                "window": window.name,
                **summarize(results, track, window),
            }


def summarize(results: Results, track: int | None, window: Window) -> TidyRow:
    """Return what a person, or nobody, showed in a window: all columns of numbers."""
    rows = np.flatnonzero(results.track == track)
    # joined tracks may be seen at the same time: one of them counts
    times, first = np.unique(results.pts_ms[rows], return_index=True)
    rows = rows[first]
    at = np.searchsorted(results.frame_pts_ms, times)
    starts, ends = results.frame_pts_ms[at], results.frame_end_ms[at]
    seconds = np.clip(np.minimum(ends, window.end_ms) - np.maximum(starts, window.start_ms), 0.0, None) / 1e3
    labels, table = results.label[rows], results.probabilities[rows]
    shown = {name: float(seconds[labels == name].sum()) for name in LABELS}
    seen = sum(shown.values())
    means = {f"mean_{name}": table[:, i] for i, name in enumerate(EMOTIONS)}
    means |= {f"mean_{one.name}": results.extra[one.name][rows] for one in BASELINES if one.name in results.extra}
    measured = _landmarks(results, rows, seconds)
    changed = (labels[1:] != labels[:-1]) & (np.diff(times) <= 1e3 * WINDOW_S) & ~np.isnan(table[1:, 0])
    changes = int((changed & (times[1:] >= window.start_ms) & (times[1:] < window.end_ms)).sum())
    return {
        "start_s": _rounded(window.start_ms / 1e3, 3),
        "end_s": _rounded(window.end_ms / 1e3, 3),
        **{f"seconds_{name}": _rounded(value, 3) for name, value in shown.items()},
        **{name: _rounded(_mean(values, seconds), 4) for name, values in means.items()},
        "seen": _rounded(1e3 * seen / (window.end_ms - window.start_ms), 4),
        "uncertain": _rounded(shown["uncertain"] / seen if seen else None, 4),
        "changes_per_min": _rounded(60 * changes / seen if seen else None, 3),
        **measured,
    }


def _landmarks(results: Results, rows: NDArray[np.intp], seconds: NDArray[np.float64]) -> TidyRow:
    """Return what `[landmarks]` measured; nothing without it.

    Args:
        results: The recording.
        rows: The person's rows, in order of time.
        seconds: Seconds of each that lie in the window.
    """
    if "facing" not in results.extra or np.isnan(results.extra["facing"]).all():
        return {}
    scores = [name for name in SCORES if name in results.extra]
    found = {name: _mean(results.extra[name][rows], seconds) for name in ("facing", *MEASURES, *scores)}
    blinks = results.extra["blinks"][rows]
    # each track has its own count
    same = np.diff(results.tracked[rows]) == 0
    counted = np.append(np.nan, np.where(same, np.diff(blinks), np.nan)) if blinks.size else blinks
    minutes = float(seconds[~np.isnan(counted)].sum()) / 60
    grown = float(np.nansum(np.where(seconds > 0, np.clip(counted, 0, None), 0.0)))
    return {
        "facing": _rounded(found["facing"], 4),
        **{f"mean_{name}": _rounded(found[name], 3) for name in MEASURES},
        "blinks_per_min": _rounded(grown / minutes if minutes else None, 3),
        **{f"mean_{name}": _rounded(found[name], 4) for name in scores},
    }


def _mean(values: NDArray[np.float64], seconds: NDArray[np.float64]) -> float | None:
    """Return the mean over the time in which something is known; None if nothing is."""
    known = np.where(np.isnan(values), 0.0, seconds)
    return float(known @ np.nan_to_num(values) / known.sum()) if known.any() else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
