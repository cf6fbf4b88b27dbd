"""Results whose place is a URL."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import msgspec
import pytest

from pipeline.batch.ledger import RECORD, Entry, Ledger
from pipeline.batch.mirror import Mirror

OUT = "memory://results/out"


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    """An object store in memory, empty."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def make_results(folder: Path, name: str, **texts: str) -> Entry:
    """Write results into a folder; return their entry."""
    entry = Entry(source=f"/films/{name}.mp4", directory=name, status="done")
    (folder / name).mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / name / file.replace("_", ".")).write_text(text)
    (folder / name / RECORD).write_bytes(msgspec.json.encode(entry))
    return entry


def names(store: fsspec.AbstractFileSystem) -> list[str]:
    """Return the files in the store."""
    return sorted(name.removeprefix("/results/out/") for name in store.find("/results"))


def test_results_are_moved_whole_and_found_again(tmp_path: Path, store: fsspec.AbstractFileSystem) -> None:
    """What changes afterwards follows; what was only fetched is not written again."""
    first = Mirror(OUT, tmp_path / "1")
    entry = make_results(tmp_path / "1", "talk", faces_csv="1", summary_json="{}", annotated_mp4="large")
    first.put(entry)
    assert first.close()
    (tmp_path / "1/talk/report.html").write_text("report")
    (tmp_path / "1/index.html").write_text("index")
    (tmp_path / "1/.batch.lock").touch()
    first.put_changed(pages=True)
    in_talk = ["annotated.mp4", "faces.csv", "report.html", RECORD, "summary.json"]
    assert names(store) == ["index.html", *(f"talk/{name}" for name in in_talk)]

    second = Mirror(OUT, tmp_path / "2")
    second.fetch([entry.source], ledger=True)
    assert (tmp_path / "2/talk/faces.csv").read_text() == "1"
    assert (tmp_path / "2/talk/annotated.mp4").read_text() == ""
    assert [known.directory for known in Ledger(tmp_path / "2", mend=True).entries()] == ["talk"]
    assert second.close()
    second.put_changed(pages=False)
    assert store.cat("/results/out/talk/annotated.mp4") == b"large"
    assert "batch.json" not in names(store)


def test_results_without_their_record_are_incomplete(
    tmp_path: Path, store: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record goes first and comes last, so that a killed process leaves none."""
    seen: list[tuple[str, bool]] = []
    real = type(store).mv
    mirror = Mirror(OUT, tmp_path)
    for text in ("old", "new"):
        mirror.put(make_results(tmp_path, "talk", faces_csv=text))
        if text == "old":
            assert mirror.close()
            mirror = Mirror(OUT, tmp_path)

    def mv(self: fsspec.AbstractFileSystem, old: str, new: str, **options: object) -> None:
        seen.append((Path(new).name, self.exists(f"/results/out/talk/{RECORD}")))
        real(self, old, new, **options)

    monkeypatch.setattr(type(store), "mv", mv)
    mirror.put(make_results(tmp_path, "talk", faces_csv="newest"))
    assert mirror.close()
    assert seen[-2:] == [("faces.csv", False), (RECORD, False)]
    assert store.cat("/results/out/talk/faces.csv") == b"newest"


def test_all_processes_choose_the_same_folders(tmp_path: Path, store: fsspec.AbstractFileSystem) -> None:
    """Those of results that are there stay, also when files are added."""
    sources = ["s3://a/x.mp4", "s3://b/x.mp4", "s3://a/y.mp4"]
    mirror = Mirror(OUT, tmp_path / "1")
    found = mirror.directories(sources)
    assert found == Mirror(OUT, tmp_path / "2").directories(reversed(sources))
    assert found["s3://a/y.mp4"] == "y" and len(set(found.values())) == 3
    long = mirror.directories([f"s3://{bucket}/{'x' * 255}" for bucket in "ab"])
    assert [len(name) for name in long.values()] == [255, 255] and len(set(long.values())) == 2

    entry = make_results(tmp_path / "1", "y")
    mirror.put(entry)
    assert mirror.close()
    later = Mirror(OUT, tmp_path / "3")
    later.fetch([], ledger=False)
    found = later.directories([entry.source, "s3://c/y.mp4"])
    assert found[entry.source] == "y" and found["s3://c/y.mp4"].startswith("y-")
    later.close()


def test_what_cannot_be_written_is_one_line(
    tmp_path: Path, store: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried twice; the process continues."""
    tried: list[str] = []

    def put_file(self: object, here: str, there: str, **options: object) -> None:
        tried.append(there)
        raise PermissionError("no credentials\nat all")

    monkeypatch.setattr(type(store), "put_file", put_file)
    mirror = Mirror(OUT, tmp_path)
    mirror.put(make_results(tmp_path, "talk", faces_csv="1"))
    assert not mirror.close()
    assert mirror.errors == [f"expected to write to {OUT}, found PermissionError: no credentials\\nat all"]
    assert len(tried) == 2
