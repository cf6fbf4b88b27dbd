"""Measures the baselines of a recording's people and writes probabilities without them."""

import logging
from collections.abc import Sequence
from math import inf
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from models.cards import find_card
from pipeline.batch.results import SUMMARY, Baseline, PersonBaseline, save_summary
from pipeline.errors import InputError
from pipeline.messages import EMOTIONS
from stages.results.baseline.columns import Added, add_columns, remove_columns
from stages.results.baseline.offsets import Floats, offset_of, without
from stages.results.baseline.spans import LEAST_FACES, LEAST_S, Span
from stages.results.reading import Results, apply_persons, read_results, read_summary, read_tracks

log = logging.getLogger("emobot")


def measure_baseline(folder: Path, span: Span, models: Sequence[str] = ()) -> Baseline:
    """Add columns without each person's baseline to `faces.csv`, and name it in `summary.json`.

    People whose neutral face was not seen long enough get empty cells, and a line in the log.

    Args:
        folder: Folder of results.
        span: Where people were neutral.
        models: Paths of networks that do not ship, to find their cards.

    Raises:
        InputError: Nobody was seen long enough, the card has no average, or files cannot be read or written.
    """
    tracked = read_tracks(folder)
    results = apply_persons(tracked)
    average = _average(results, models)
    seen = _people(results, span, average)
    found = [one for one in seen if _is_enough(one)]
    refused = [_refusal(one, span, folder) for one in seen if not _is_enough(one)]
    if not found:
        raise InputError("\n".join(refused) or f"expected a face in {span.source}, found none, in {folder}")
    for line in refused:
        log.warning("%s", line)
    baseline = Baseline(
        source=span.source,
        start_s=None if span.clip else span.start_s,
        end_s=None if span.clip else span.end_s,
        persons=found,
    )
    add_columns(folder, _added(tracked, baseline))
    save_summary(replace(results.summary, baseline=baseline), folder / SUMMARY)
    return baseline


def remove_baseline(folder: Path) -> None:
    """Remove the columns again, and the baseline from `summary.json`.

    Raises:
        InputError: Files cannot be read or written.
    """
    results = read_results(folder)
    remove_columns(folder)
    save_summary(replace(results.summary, baseline=None), folder / SUMMARY)


def renew_baseline(folder: Path, models: Sequence[str] = ()) -> None:
    """Measure a baseline again if `persons.csv` has changed since.

    Where that fails, the columns stay as they were, and the reason is logged.

    Raises:
        InputError: The results cannot be read.
    """
    before = read_summary(folder).baseline
    if before is None:
        return
    people = {(one.name, tuple(one.tracks)) for one in read_results(folder).summary.persons}
    if {(one.name, tuple(one.tracks)) for one in before.persons} <= people:
        return
    try:
        if before.start_s is None or before.end_s is None:
            measure_baseline(folder, Span(0.0, inf, Path(before.source)), models)
        else:
            measure_baseline(folder, Span(before.start_s, before.end_s), models)
    except InputError as error:
        log.warning("the baseline in %s is of other persons: %s", folder, error)


def _average(results: Results, models: Sequence[str]) -> Floats:
    """Return the network's mean log-probabilities of neutral faces, `float64[7]`."""
    name = results.summary.model
    card = find_card(name, models)
    if card is None or not card.neutral:
        found = f"no card of {name or 'a network'}" if card is None else f"none in that of {name}"
        raise InputError(f"expected a card with the network's neutral faces, found {found}, for {results.folder}")
    return np.array([card.neutral[emotion] for emotion in EMOTIONS])


def _people(results: Results, span: Span, average: Floats) -> list[PersonBaseline]:
    """Return what was seen of each person of a recording while they were neutral."""
    neutral = results if span.clip is None else read_results(span.clip)
    if neutral.summary.model != results.summary.model:
        found = f"{neutral.summary.model!r} in {span.clip}"
        raise InputError(f"expected the network {results.summary.model!r} of {results.folder}, found {found}")
    same = {neutral.name(person): person for person in neutral.people}
    if span.clip and len(neutral.people) == len(results.people) == 1:
        # one person in each: whatever their names
        same = {results.name(results.people[0]): neutral.people[0]}
    return [
        _measure(neutral, same.get(results.name(person), 0), span, average, results, person)
        for person in results.people
    ]


def _measure(neutral: Results, person: int, span: Span, average: Floats, results: Results, of: int) -> PersonBaseline:
    """Return the baseline of a person `of` a recording, who is `person` while neutral; zeros if they were not seen."""
    times_s = neutral.pts_ms / 1e3
    known = ~np.isnan(neutral.probabilities[:, 0])
    rows = np.flatnonzero((neutral.track == person) & (times_s >= span.start_s) & (times_s < span.end_s) & known)
    at = np.searchsorted(neutral.frame_pts_ms, neutral.pts_ms[rows])
    shown = neutral.probabilities[rows]
    offset = offset_of(shown, average) if rows.size else np.zeros(len(EMOTIONS))
    return PersonBaseline(
        name=results.name(of),
        tracks=next((one.tracks for one in results.summary.persons if one.name == results.name(of)), [of]),
        faces=len(rows),
        seconds=round(float((neutral.frame_end_ms - neutral.frame_pts_ms)[at].sum()) / 1e3, 3),
        label=EMOTIONS[int(shown.mean(axis=0).argmax())] if rows.size else "",
        offset={name: round(float(value), 4) for name, value in zip(EMOTIONS, offset, strict=True)},
    )


def _is_enough(one: PersonBaseline) -> bool:
    return one.faces >= LEAST_FACES and one.seconds >= LEAST_S - 1e-3


def _refusal(one: PersonBaseline, span: Span, folder: Path) -> str:
    found = f"{one.faces} faces in {one.seconds:.2f} s"
    wanted = f"at least {LEAST_FACES} faces in {LEAST_S:g} s of {one.name}"
    return f"expected {wanted} for a baseline, found {found}, in {span.source} of {folder}"


def _added(tracked: Results, baseline: Baseline) -> Added:
    """Return the new columns of all faces."""
    offsets = np.full((len(tracked.track), len(EMOTIONS)), np.nan)
    for one in baseline.persons:
        offsets[np.isin(tracked.track, one.tracks)] = [one.offset[emotion] for emotion in EMOTIONS]
    table = without(tracked.probabilities, offsets)
    known = ~np.isnan(table[:, 0])
    label = np.full(len(table), "", object)
    label[known] = np.array(EMOTIONS, object)[table[known].argmax(axis=1)]
    label[known & (tracked.label == "uncertain")] = "uncertain"
    return Added(probabilities=table, label=label)
