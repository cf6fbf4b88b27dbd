"""Finds out which of a coder's words and persons are which of Emobot's."""

from collections.abc import Mapping, Sequence

from pipeline.errors import ConfigError, InputError
from stages.results.coding.coded import Coded, listed
from stages.results.export.document import one_line
from stages.results.given import composed
from stages.results.reading import LABELS, Results

OTHER = "other"
"""Label of everything that a coder who marks only some expressions does not mark."""


def pairs_of(options: Sequence[str], option: str, *, unnamed: bool = False) -> dict[str, str]:
    """Return the left and right sides of options such as `joy=happy`.

    Args:
        options: Their values.
        option: Name of the option.
        unnamed: Whether the left side may be empty: some codings name nobody.

    Raises:
        ConfigError: One has no `=`, or no left side.
    """
    pairs = {}
    for text in options:
        left, equals, right = composed(text).partition("=")
        if not equals or not (left.strip() or unnamed):
            raise ConfigError(f"{option}: expected CODER=EMOBOT, found {text!r}")
        pairs[left.strip()] = right.strip()
    return pairs


def label_codes(coded: Sequence[Coded], names: Mapping[str, str]) -> dict[str, str]:
    """Return the label of each code that a coder used; "" for codes that do not count.

    Args:
        coded: The coder's intervals.
        names: Code to label, in any case; an empty label leaves the code out. Emobot's own labels need no entry.

    Raises:
        ConfigError: A label does not exist.
        InputError: A code has no label; all of them are listed.
    """
    known = {label.casefold(): label for label in LABELS}
    if wrong := [label for label in names.values() if label and label.casefold() not in known]:
        raise ConfigError(f"--map: expected one of {', '.join(LABELS)}, found {listed(wrong)}")
    given = {code.casefold(): known.get(label.casefold(), "") for code, label in names.items()}
    codes = {one.code: (known | given).get(one.code.casefold()) for one in coded}
    if unknown := [code for code, label in codes.items() if label is None]:
        raise InputError(
            f"expected codes among {', '.join(LABELS)}, found {listed(unknown)}; give each a label with --map "
            f"{min(unknown)}=happy, leave it out with --map {min(unknown)}=, or choose tiers with --tier"
        )
    return {code: label or "" for code, label in codes.items()}


def match_people(coded: Sequence[Coded], results: Results, given: Mapping[str, str]) -> dict[str, int]:
    """Return the track of each person that a coder names.

    A person is found by Emobot's name or number for them, or because there is only one on each side.

    Args:
        coded: The coder's intervals.
        results: Emobot's.
        given: The coder's name to Emobot's name or number.

    Raises:
        ConfigError: A given name does not exist on its side.
        InputError: Nobody can be matched.
    """
    theirs = sorted({one.person for one in coded})
    ours = {name: track for track in results.people for name in (str(track), f"person {track}")}
    # somebody may be called by another's number; exports write names in one line
    ours |= {one_line(results.name(track)).casefold(): track for track in results.people}
    names = [results.name(track) for track in results.people]
    if missing := [name for name in given if name not in theirs]:
        raise ConfigError(f"--person: expected the coder's {listed(theirs)}, found {listed(missing)}")
    if missing := [name for name in given.values() if name.casefold() not in ours]:
        raise ConfigError(f"--person: expected Emobot's {listed(names)}, found {listed(missing)}")
    matched = {name: given.get(name, name).casefold() for name in theirs}
    found = {name: ours[place] for name, place in matched.items() if place in ours}
    if not found and len(theirs) == len(ours_once := set(ours.values())) == 1:
        return {theirs[0]: ours_once.pop()}
    if not names:
        raise InputError(f"expected a person in the recording, found none, in {results.folder}")
    if not found:
        raise InputError(
            f"expected a person of the recording ({listed(names)}), found {listed(theirs)} in the coding; "
            f"say who is who with --person '{theirs[0]}={names[0]}'"
        )
    if len(set(found.values())) < len(found):
        raise InputError(f"expected one tier for each person, found {listed(found)}; choose one with --tier")
    return found
