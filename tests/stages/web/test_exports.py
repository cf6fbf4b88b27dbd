"""Results of uploads in the formats of other programs."""

import io
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from pipeline.batch.results import DICTIONARY, PARQUET
from stages.results.export.formats import Format
from stages.web.texts.texts import TEXTS
from stages.web.uploads import RESULTS, Recording, Recordings
from tests.stages.results.tables import rows_of, write_results


@pytest.fixture
def recording(recordings: Recordings) -> Recording:
    """An upload whose analysis has ended."""
    recording = recordings.begin(r"C:\films\été <1>.mkv", "mkv", "me", "en")
    assert recording
    rows = [*rows_of(1, "hu"), *rows_of(2, ".s")]
    recording.results = write_results(recording.folder / "out/talk", rows, frames=2, source=recording.source)
    recording.status = "done"
    return recording


@pytest.mark.parametrize("name", Format)
def test_every_format_can_be_downloaded(client: TestClient, recording: Recording, name: Format) -> None:
    """Under the name of the upload; no path of this machine is in it."""
    answer = client.get(f"/recordings/{recording.id}/export/{name}")

    assert answer.status_code == 200
    assert f'filename="{recording.source.stem}' in answer.headers["content-disposition"]
    assert str(recording.folder).encode() not in answer.content and b"/out/talk" not in answer.content


def test_the_media_file_has_the_name_that_its_sender_gave_it(client: TestClient, recording: Recording) -> None:
    """So that ELAN finds it beside the downloaded file."""
    text = client.get(f"/recordings/{recording.id}/export/eaf").text

    assert 'RELATIVE_MEDIA_URL="./été &lt;1&gt;.mkv"' in text


def test_several_files_are_an_archive(client: TestClient, recording: Recording) -> None:
    """FaceReader's log has one per person."""
    answer = client.get(f"/recordings/{recording.id}/export/facereader")
    stem = recording.source.stem

    assert f'filename="{stem}-facereader.zip"' in answer.headers["content-disposition"]
    with ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.namelist() == [f"{stem}_1_detailed.txt", f"{stem}_2_detailed.txt"]


@pytest.mark.parametrize("language", TEXTS)
def test_the_table_can_be_downloaded_as_parquet_with_its_dictionary(
    client: TestClient, recording: Recording, language: str
) -> None:
    """Whatever a result has is offered under a text of its own."""
    for what, file in (("parquet", PARQUET), ("columns", DICTIONARY)):
        (recording.results / file).write_text(what)
        answer = client.get(f"/recordings/{recording.id}/{what}?download=true")

        assert (answer.status_code, answer.text) == (200, what)
        assert f"{recording.source.stem}-{file}" in answer.headers["content-disposition"]
    said = [TEXTS[language][f"download_{what}"] for what in RESULTS]  # type: ignore[index]
    assert len(set(said)) == len(RESULTS)


def test_what_is_not_there_cannot_be_exported(client: TestClient, recording: Recording, recordings: Recordings) -> None:
    """Unknown recordings and formats, unfinished and deleted ones."""
    address = f"/recordings/{recording.id}/export"

    assert client.get("/recordings/nobody/export/eaf").status_code == 404
    assert client.get(f"{address}/elan").status_code == 422
    recording.status = "working"
    assert client.get(f"{address}/eaf").status_code == 404
    recording.status = "done"
    (recording.results / "faces.csv").unlink()
    assert client.get(f"{address}/eaf").status_code == 404


def test_damage_is_named_without_the_folder(
    client: TestClient, recording: Recording, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a recording that was deleted meanwhile is called so."""
    (recording.results / "markers.csv").write_text("nonsense")
    address = f"/recordings/{recording.id}/export/eaf"
    damaged = client.get(address)
    assert damaged.status_code == 404 and damaged.text.endswith("found nonsense, in row 1 of markers.csv\n")
    found = iter([recording, None])
    monkeypatch.setattr(recordings, "get", lambda _: next(found))
    assert client.get(address).text == "no such recording\n"


def test_every_format_has_a_button_in_every_language() -> None:
    """None is forgotten."""
    assert [(language, name) for language in TEXTS for name in Format if f"export_{name}" not in TEXTS[language]] == []
