"""Names for the people of an uploaded recording: written into `persons.csv`, then its report is made again."""

import os
import subprocess
import sys
from collections.abc import Mapping

from pipeline.errors import InputError
from stages.results.persons.editing import join_by_place, rename
from stages.web.uploads import PROGRAM, Recording

REPORT_S = 60.0
"""Seconds to wait for the report; it takes two, and several on a busy machine."""


def name_people(recording: Recording, names: Mapping[int, str]) -> None:
    """Name tracks; may block for seconds.

    Raises:
        InputError: The recording was deleted, or its report cannot be made.
    """
    rename(recording.results, names)
    _report(recording)


def seat_people(recording: Recording, seats: int) -> None:
    """Join tracks by place; may block for seconds.

    Raises:
        InputError: The recording was deleted, or its report cannot be made.
    """
    join_by_place(recording.results, seats)
    _report(recording)


def _report(recording: Recording) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"}
    command = [sys.executable, "-c", PROGRAM, "report", str(recording.results), "--language", recording.language]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=REPORT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"expected a report, found {error}") from error
    if done.returncode:
        raise InputError(done.stderr.decode("utf-8", "replace").strip().removeprefix("emobot: "))
