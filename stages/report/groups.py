"""Groups of recordings in the index: conditions of `participants.csv`, or the folders of the recordings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import EmobotError
from stages.results.paths import Recorded
from stages.results.reading import LABELS
from stages.results.study import Study, read_study

PARTICIPANTS = "participants.csv"
"""Name of the table in the folder of the results; the one of `emobot table --participants`."""
MOST_FOLDERS = 8
"""Most folders that are groups; more are hardly conditions."""
Share = tuple[str, float, float]
"""Label, mean of the recordings' shares, 0 to 1, and seconds in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A recording with the seconds of each label by person."""

    recorded: Recorded
    seconds: Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group.

    Attributes:
        name: Its name; empty for recordings without a group.
        recordings: Number of recordings.
        people: Number of people.
        shares: The labels in their order, so that groups can be compared; each recording weighs the same.
    """

    name: str
    recordings: int
    people: int
    shares: list[Share]

    @property
    def most(self) -> Share:
        """The largest share."""
        return max(self.shares, key=lambda share: share[1])


def groups_of(folder: Path, members: Sequence[Member]) -> tuple[list[Group], str]:
    """Return the groups by name, none if there is only one, and what is wrong with `participants.csv`.

    The people of one recording may be in several groups.
    """
    named, error = _named(folder, members)
    parts: dict[str, list[list[Mapping[str, float]]]] = {}
    for groups in named:
        for name, people in groups.items():
            parts.setdefault(name, []).append(people)
    names = sorted(parts, key=lambda name: (not name, name))
    return ([_group(name, parts[name]) for name in names] if len(names) > 1 else []), error


def _named(folder: Path, members: Sequence[Member]) -> tuple[list[dict[str, list[Mapping[str, float]]]], str]:
    """Return, for each recording, the seconds of its people by group."""
    table = folder / PARTICIPANTS
    if not (table.exists() or table.is_symlink()):
        folders = [m.recorded.path.parent.name if m.recorded.path != m.recorded.folder else "" for m in members]
        count = Counter(folders)
        if not 2 <= len(count) <= MOST_FOLDERS or max(count.values()) < 2:
            return [], ""
        return [{name: list(m.seconds.values())} for name, m in zip(folders, members, strict=True)], ""
    try:
        study = read_study(table, None, "")
    except EmobotError as error:
        return [], str(error)
    named = [_by_condition(study, member) for member in members]
    try:
        study.check([member.recorded for member in members])
        study.mistakes.raise_if_any()
    except EmobotError as error:
        return named, str(error)
    return named, "\n".join(study.absent)


def _by_condition(study: Study, member: Member) -> dict[str, list[Mapping[str, float]]]:
    """Return the seconds of a recording's people by condition."""
    if not member.seconds:
        return {study.describe(member.recorded, 0)["condition"]: []}
    found: dict[str, list[Mapping[str, float]]] = {}
    for track, seconds in member.seconds.items():
        found.setdefault(study.describe(member.recorded, track)["condition"], []).append(seconds)
    return found


def _group(name: str, recordings: Sequence[Sequence[Mapping[str, float]]]) -> Group:
    """Return a group of recordings, each a list of its people's seconds by label."""
    sums: list[Counter[str]] = []
    for people in recordings:
        added: Counter[str] = Counter()
        for seconds in people:
            added.update(seconds)
        sums.append(added)
    seen = [added for added in sums if added.total() > 0]
    shares = [
        (label, sum(one[label] / one.total() for one in seen) / len(seen), sum(one[label] for one in seen))
        for label in LABELS
        if any(label in one for one in seen)
    ]
    return Group(
        name=name,
        recordings=len(recordings),
        people=sum(map(len, recordings)),
        shares=[share for share in shares if share[1] > 0],
    )
