"""Compares a recording's results with a coder's file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError, InputError
from stages.results.agreement.comparison import BLOCK_S, WINDOW_S, Agreement, Person, compare
from stages.results.agreement.matching import OTHER, label_codes, match_people
from stages.results.agreement.sampling import LONGEST_MS, NONE, sample
from stages.results.coding.reading import read_coding
from stages.results.episodes import episodes
from stages.results.reading import LABELS, Results


def agree(
    results: Results,
    coding: Path,
    *,
    names: Mapping[str, str] | None = None,
    people: Mapping[str, str] | None = None,
    tiers: Sequence[str] = (),
    observation: str = "",
    rest: str = "",
    block_s: float = BLOCK_S,
    window_s: float = WINDOW_S,
) -> Agreement:
    """Compare Emobot's labels with a coder's.

    Args:
        results: Emobot's results.
        coding: The coder's file.
        names: The coder's words to labels, see `label_codes`.
        people: The coder's persons to Emobot's, see `match_people`.
        tiers: Tiers of the file that count; empty for all.
        observation: Observation of a BORIS project.
        rest: Label of the time that the coder left blank; empty if this time is not compared. `other` also takes the
            place of those of Emobot's labels that the coder never uses, except `uncertain`.
        block_s: Seconds of a block of the bootstrap.
        window_s: Seconds of a window of the intraclass correlation.

    Raises:
        ConfigError: An option is wrong.
        InputError: The file cannot be read, or does not fit the recording.
    """
    if rest and rest not in (*LABELS, OTHER):
        raise ConfigError(f"--rest: expected one of {', '.join((*LABELS, OTHER))}, found {rest!r}")
    if results.end_ms > LONGEST_MS:
        most, days = (round(time_ms / 86_400_000) for time_ms in (LONGEST_MS, results.end_ms))
        raise InputError(f"expected a recording of at most {most} days, found {days}, in {results.folder}")
    recording = results.source.stem if results.source else results.folder.absolute().name
    left_out = [code for code, label in (names or {}).items() if not label]
    coded = read_coding(coding, recording, tiers, observation, left_out)
    codes = label_codes(coded, names or {})
    tracks = match_people(coded, results, people or {})
    labels = [*LABELS, OTHER]
    used = set(codes.values())
    compared = []
    for name, track in tracks.items():
        marked = [(one.start_ms, one.end_ms, codes[one.code]) for one in coded if one.person == name]
        theirs = sample([one for one in marked if one[2]], labels, results.end_ms)
        if rest:
            blank = sample([(start, end, OTHER) for start, end, _ in marked], labels, results.end_ms) == NONE
            theirs[blank] = labels.index(rest)
        shown = [
            (one.start_ms, one.end_ms, OTHER if rest == OTHER and one.label not in used | {"uncertain"} else one.label)
            for one in episodes(results, track)
        ]
        ours = sample(shown, labels, results.end_ms)
        compared.append(Person(theirs_name=name, ours_name=results.name(track), theirs=theirs, ours=ours))
    kept = [i for i in range(len(labels)) if any(np.any(one.theirs == i) or np.any(one.ours == i) for one in compared)]
    if not any(np.any((one.theirs >= 0) & (one.ours >= 0)) for one in compared):
        last = max(one.end_ms for one in coded) / 1e3
        raise InputError(
            f"expected time that both label in {results.folder.name} ({results.end_ms / 1e3:.1f} s), found none; "
            f"the last code ends at {last:.1f} s, in {coding}"
        )
    return compare(
        results.folder.absolute().name,
        coding.name,
        [_renumbered(one, kept) for one in compared],
        [labels[i] for i in kept],
        block_s,
        window_s,
    )


def _renumbered(person: Person, kept: Sequence[int]) -> Person:
    """Return a person whose labels are numbered as those in `kept`."""
    numbers = np.full(len(LABELS) + 2, NONE)
    numbers[list(kept)] = np.arange(len(kept))
    return Person(
        theirs_name=person.theirs_name,
        ours_name=person.ours_name,
        theirs=numbers[person.theirs],
        ours=numbers[person.ours],
    )
