"""Projects of BORIS."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from stages.results.coding.reading import read_coding
from tests.stages.results.coding.files import boris, plain, write_boris


def state(start: float, end: float, subject: str = "anna", code: str = "happy", modifier: str = "") -> list[Any]:
    """Return the two rows of a state."""
    return [[at, subject, code, modifier, "", "NA"] for at in (start, end)]


def test_a_state_is_two_rows(tmp_path: Path) -> None:
    """Rows may be in any order; points in time are left out; who has no name has BORIS's name for that."""
    events = [*state(3.0, 4.0), *state(0.5, 2.0), *state(1.0, 1.5, ""), [0.7, "anna", "blink", "", "", 17]]
    path = write_boris(tmp_path / "study.boris", boris(*events))

    assert plain(read_coding(path)) == [
        ("No focal subject", 1.0, 1.5, "happy"),
        ("anna", 0.5, 2.0, "happy"),
        ("anna", 3.0, 4.0, "happy"),
    ]


def test_a_compressed_project_is_read(tmp_path: Path) -> None:
    """BORIS saves as .boris.gz, and writes NaN, which JSON does not know."""
    project = json.dumps(boris(*state(0.5, 1.0))).replace('"NA"', "NaN")
    path = tmp_path / "study.boris.gz"
    path.write_bytes(gzip.compress(project.encode()))

    assert plain(read_coding(path)) == [("anna", 0.5, 1.0, "happy")]


def test_the_observation_is_that_of_the_recording(tmp_path: Path) -> None:
    """It plays the file of this name, also one of Windows, or is named."""
    project = boris(*state(0.5, 1.0), name="one", media="C:\\films\\talk.mp4")
    project["observations"] |= boris(*state(2.5, 3.0), name="two", media="/films/walk.mp4")["observations"]
    path = write_boris(tmp_path / "study.boris", project)

    assert plain(read_coding(path, "talk"))[0][1] == 0.5
    assert plain(read_coding(path, "walk"))[0][1] == 2.5
    assert plain(read_coding(path, "talk", observation="two"))[0][1] == 2.5
    with pytest.raises(InputError, match="expected --observation with one of one, two, found none"):
        read_coding(path, "unknown")
    with pytest.raises(InputError, match="expected one of one, two, found the observation 'three'"):
        read_coding(path, observation="three")


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (["no project"], "expected a BORIS project"),
        ({"observations": {}}, "missing required field `behaviors_conf`"),
        (boris(*state(0.5, 1.0), file=[]) | {"observations": {}}, "expected --observation with one of none"),
        (
            boris([0.5, "anna", "happy", "", ""]),
            "expected a stop of each state, found 'happy' of anna started at 0.500 s",
        ),
        (boris(["soon", "anna", "happy", "", ""]), "expected events of BORIS, found could not convert"),
        (boris([0.5, "anna"]), "expected events of BORIS, found not enough values"),
        (boris([]), "expected events of BORIS, found list index out of range"),
        (boris(), "expected coded intervals, found none"),
        (boris(*state(0.5, 2.0), *state(1.0, 3.0, code="sad")), "expected one code at a time, found 'happy' and 'sad'"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, project: object, said: str) -> None:
    """It names the file."""
    path = write_boris(tmp_path / "study.boris", project)

    with pytest.raises(InputError) as error:
        read_coding(path)
    assert said in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\x1f\x8bbroken", b"[" * 100_000])
def test_what_is_no_json_is_one_line(tmp_path: Path, content: bytes) -> None:
    """Also a file that was cut off, and one that would exhaust the parser."""
    path = tmp_path / "study.boris"
    path.write_bytes(content)

    with pytest.raises(InputError, match="expected a BORIS project"):
        read_coding(path)
