"""Names from the page: written, then the report is made again in the reader's language."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.errors import InputError
from stages.results.reading import read_results
from stages.web.naming import name_people, seat_people
from stages.web.uploads import Recording, Recordings
from tests.stages.results.tables import rows_of, write_results
from tests.stages.web.parts import PNG


@pytest.fixture
def recording(client: TestClient, recordings: Recordings, tmp_path: Path) -> Recording:
    """Return an upload that was analysed."""
    id_ = client.put("/recordings?name=a.png", content=PNG + b"x" * 1000, headers={"accept-language": "fr"}).json()[
        "id"
    ]
    found = recordings.get(id_)
    assert found
    rows = [*rows_of(1, "hh"), *rows_of(2, "nn", 40)]
    found.results, found.status = write_results(tmp_path / "talk", rows, frames=50), "done"
    return found


def test_the_report_follows(recording: Recording, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the table of persons can be downloaded."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        commands.append(command[3:])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("subprocess.run", run)
    name_people(recording, {1: "Ann", 2: "Ann"})
    assert read_results(recording.results).people == [1]
    seat_people(recording, 1)

    assert read_results(recording.results).name(1) == "Person 1"
    assert commands == 2 * [["report", str(recording.results), "--language", "fr"]]
    answer = client.get(f"/recordings/{recording.id}/persons?download=true")
    assert answer.text.startswith("track,person,") and "a-persons.csv" in answer.headers["content-disposition"]


def test_a_report_that_fails_is_reported(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    failed = subprocess.CompletedProcess[bytes]([], 1, stderr=b"emobot: expected x, found y\n")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: failed)

    with pytest.raises(InputError, match=r"^expected x, found y$"):
        name_people(recording, {1: "Ann"})
