"""BORIS's projects."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.results.export.boris import write
from stages.results.export.document import Document
from stages.results.reading import LABELS
from tests.stages.results.export.kit import NASTY, document_of
from tests.stages.results.tables import rows_of


def read(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a document's project and its observation."""
    project = json.loads(write(document)[".boris"])
    (observation,) = project["observations"].values()
    return project, observation


def test_each_episode_is_a_start_and_a_stop(tmp_path: Path) -> None:
    """In seconds; every person's states are pairs, and rows are in order of time."""
    _, observation = read(document_of(tmp_path, [*rows_of(1, "nh.h"), *rows_of(2, ".s")], 4))
    events = observation["events"]
    pairs: dict[tuple[str, str], list[float]] = {}
    for at, subject, code, *rest in events:
        assert rest == ["", "", "NA"]
        pairs.setdefault((subject, code), []).append(at)

    assert [row[0] for row in events] == sorted(row[0] for row in events)
    assert pairs == {
        ("Person 1", "neutral"): [0.0, 0.04],
        ("Person 1", "happy"): [0.04, 0.08, 0.12, 0.16],
        ("Person 2", "sad"): [0.04, 0.08],
    }


def test_behaviours_subjects_and_media_are_defined(tmp_path: Path) -> None:
    """Labels exclude each other, each has a key of its own, and players are 1 to 8."""
    source = tmp_path / "film.mp4"
    project, observation = read(document_of(tmp_path, rows_of(1, "h"), 50, source=source))
    behaviours = list(project["behaviors_conf"].values())

    assert project["project_format_version"] == "7.0"
    assert [one["code"] for one in behaviours] == list(LABELS)
    assert len({one["key"] for one in behaviours}) == len(LABELS)
    assert {one["type"] for one in behaviours} == {"State event"}
    assert behaviours[0]["excluded"].split(",") == list(LABELS[1:])
    assert [one["name"] for one in project["subjects_conf"].values()] == ["Person 1"]
    assert observation["file"] == {"1": [str(source)]} | {str(number): [] for number in range(2, 9)}
    assert observation["media_info"]["length"] == {str(source): 2.0}
    assert observation["media_info"]["fps"] == {str(source): 25.0}


def test_the_media_is_as_long_as_its_file(tmp_path: Path) -> None:
    """Not as the part that was processed."""
    source = tmp_path / "film.mp4"
    _, observation = read(document_of(tmp_path, rows_of(1, "h"), 50, source=source, media_s=12.5))

    assert observation["media_info"]["length"] == {str(source): 12.5}


def test_a_recording_without_faces_or_file_is_a_project(tmp_path: Path) -> None:
    """Without events and media."""
    project, observation = read(document_of(tmp_path, [], 25))

    assert project["subjects_conf"] == {} and observation["events"] == []
    assert observation["file"]["1"] == [] and observation["media_info"]["length"] == {}


@pytest.mark.parametrize(("name", "shown"), NASTY)
def test_any_name_survives_any_encoding(tmp_path: Path, name: str, shown: str) -> None:
    """BORIS opens a project in the encoding of the machine."""
    document = document_of(tmp_path, rows_of(1, "h"), 1, names={1: name})

    assert write(document)[".boris"].isascii()
    assert read(document)[1]["events"][0][1] == shown
