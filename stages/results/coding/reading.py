"""Reads an annotation file of any known format."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import InputError
from stages.results.coding.boris import read_boris
from stages.results.coding.coded import Coded, checked, listed
from stages.results.coding.eaf import read_eaf
from stages.results.coding.tabular import read_table
from stages.results.coding.textgrid import read_textgrid
from stages.results.given import composed

ENDINGS = (".eaf", ".boris", ".boris.gz", ".textgrid", ".csv", ".tsv", ".txt")
"""Endings of file names that are read, in any case."""


def read_coding(
    path: Path,
    recording: str = "",
    tiers: Sequence[str] = (),
    observation: str = "",
    left_out: Collection[str] = (),
) -> list[Coded]:
    """Return a coder's intervals by person and time.

    Args:
        path: The file; its ending names the format.
        recording: Name of the recording without its ending, to choose between media files or observations.
        tiers: Names of tiers, subjects or persons to read; empty for all.
        observation: Observation of a BORIS project.
        left_out: Codes that do not count, in any case: they may be at the same time as others.

    Raises:
        InputError: The file cannot be read, or has mistakes, with a line for each.
    """
    name, recording = path.name.lower(), composed(recording)
    try:
        if name.endswith(".eaf"):
            found = read_eaf(path, recording)
        elif name.endswith((".boris", ".boris.gz")):
            found = read_boris(path, recording, observation)
        elif name.endswith(".textgrid"):
            found = read_textgrid(path)
        elif name.endswith(ENDINGS):
            found = read_table(path)
        else:
            raise InputError(f"expected a coding that ends with {', '.join(ENDINGS)}, found {path}")
    except OSError as error:
        raise InputError(f"expected a coding, found {path}: {error.strerror}") from error
    found = [
        (composed(tier), replace(one, person=composed(one.person), code=composed(one.code))) for tier, one in found
    ]
    tiers = [composed(tier) for tier in tiers]
    known = {tier for tier, _ in found}
    if missing := [tier for tier in tiers if tier not in known]:
        raise InputError(f"expected tiers among {listed(known)}, found {listed(missing)}, in {path}")
    return checked(
        (one for tier, one in found if not tiers or tier in tiers), path, [composed(code) for code in left_out]
    )
