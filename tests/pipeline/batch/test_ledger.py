"""The ledger of a batch."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.batch.ledger import RECORD, Entry, Ledger, write_whole
from pipeline.batch.places import find_inputs
from pipeline.batch.wanted import camera_names
from pipeline.batch.workers import Settings, Worker
from pipeline.errors import ConfigError
from tests.pipeline.batch.claims import SETTINGS, die, is_done, make_file


def test_inputs_with_the_same_stem_get_folders_of_their_own(tmp_path: Path) -> None:
    """The first input's folder has the plain stem."""
    ledger = Ledger(tmp_path / "out")
    files = [make_file(tmp_path / "a", "x.mp4"), make_file(tmp_path / "b", "x.mp4"), make_file(tmp_path, "X.mkv")]

    assert [entry.directory for entry in ledger.enter(files)] == ["x", "x-2", "X-3"]


def test_a_ledger_remembers_in_any_order(tmp_path: Path) -> None:
    """Inputs keep their folder and state when they are given in another order."""
    files = [make_file(tmp_path / "a", "x.mp4"), make_file(tmp_path / "b", "x.mp4")]
    first = Ledger(tmp_path / "out")
    for entry in first.enter(files):
        entry.status = "done"
        first.settle(entry)
    again = Ledger(tmp_path / "out")

    assert [(e.directory, e.status) for e in again.enter(reversed(files))] == [("x-2", "done"), ("x", "done")]


def test_a_changed_input_is_new(tmp_path: Path) -> None:
    """It keeps its folder and is processed again."""
    file = make_file(tmp_path, "x.mp4")
    ledger = Ledger(tmp_path / "out")
    (entry,) = ledger.enter([file])
    entry.status = "done"
    ledger.settle(entry)
    assert ledger.enter([file]) == [entry]
    os.utime(file, (1, 1))
    (changed,) = ledger.enter([file])

    assert (changed.status, changed.directory) == ("waiting", "x")


def test_a_folder_means_its_files(tmp_path: Path) -> None:
    """A folder gives its files in order, once each, without hidden ones."""
    files = [make_file(tmp_path, name) for name in ("b.mp4", "a.mp4", ".hidden")]

    assert find_inputs([tmp_path, files[0]]) == ([str(tmp_path / "a.mp4"), str(tmp_path / "b.mp4")], [])


def test_camera_names_are_safe_and_unique() -> None:
    """Any file names give valid and different camera names; none is that of a process's lock in the same folder."""
    stems = ["Entretien n°1", "Entretien n_1", "x" * 80, "x" * 81, "...", "", "lock"]
    names = camera_names(Entry(source=f"/{i}", directory=stem) for i, stem in enumerate(stems))

    assert len(names) == len(stems)
    assert list(names)[:2] == ["Entretien_n_1", "Entretien_n_1-2"]
    assert "lock" not in names
    assert all(1 <= len(name) <= 40 for name in names)


def test_inputs_with_the_same_longest_name_get_folders_of_their_own(tmp_path: Path) -> None:
    """A file system has room for 255 bytes, and none for a number behind them; a character is not cut in two."""
    long = "\u00e9" * 127 + "x"
    entries = Ledger(tmp_path / "out").enter([make_file(tmp_path / name, long) for name in "abc"])
    cut = "\u00e9" * 126

    assert [entry.directory for entry in entries] == [long, f"{cut}-2", f"{cut}-3"]


def test_a_folder_with_another_batch_json_is_refused(tmp_path: Path) -> None:
    """The foreign file is not overwritten."""
    (tmp_path / "batch.json").write_text('{"jobs": [1]}')
    with pytest.raises(ConfigError, match="expected a folder for results"):
        Ledger(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Paris.mp4", "Paris-2"), ("...mp4", "recording"), ("....mp4", "recording"), ("index.html.mp4", "index.html-2")],
)
def test_no_folder_is_taken_that_is_not_ours(tmp_path: Path, name: str, expected: str) -> None:
    """Results never replace foreign files or the parent folder."""
    (tmp_path / "Paris").mkdir()

    (entry,) = Ledger(tmp_path).enter([make_file(tmp_path / "in", name)])
    assert entry.directory == expected


@pytest.mark.parametrize("name", [".partial.mp4", ".partial-1.mp4", ".batch.lock.mp4", "batch.json.mp4", ".mp4"])
def test_recordings_may_be_called_like_our_own_files(tmp_path: Path, name: str) -> None:
    """Their results are in other folders, and the next batch joins."""
    ledger = Ledger(tmp_path / "out")
    (entry,) = ledger.enter([make_file(tmp_path / "in", name)])
    (tmp_path / "out" / entry.directory).mkdir()
    ledger.leave(ledger.join(SETTINGS))
    ledger.leave(Ledger(tmp_path / "out").join(SETTINGS))

    assert (tmp_path / "out" / entry.directory).is_dir()


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Entries of both survive, though both read the ledger before the other wrote."""
    first, second = Ledger(tmp_path / "out"), Ledger(tmp_path / "out")
    (a,) = first.enter([make_file(tmp_path / "a", "x.mp4")])
    (b,) = second.enter([make_file(tmp_path / "b", "x.mp4")])
    for ledger, entry in ((first, a), (second, b)):
        entry.status = "done"
        ledger.settle(entry)

    assert first.entries() == second.entries() == [a, b]
    assert (a.directory, b.directory) == ("x", "x-2")


def test_every_input_is_claimed_once(tmp_path: Path) -> None:
    """Four processes claim each input once, and readers always find a complete `batch.json`."""
    out = tmp_path / "out"
    sources = [entry.source for entry in Ledger(out).enter(make_file(tmp_path, f"{i}.mp4") for i in range(20))]
    reading = True

    def work(_: int) -> list[str]:
        ledger = Ledger(out)
        worker = ledger.join(SETTINGS)
        mine = []
        for source in sources:
            if entry := ledger.claim(source, worker, is_done):
                entry.status = "done"
                ledger.settle(entry)
                mine.append(source)
        ledger.leave(worker)
        return mine

    def read() -> bool:
        while reading:
            assert len(json.loads((out / "batch.json").read_text())["files"]) == len(sources)
        return True

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        claimed = sorted(source for mine in pool.map(work, range(4)) for source in mine)
        reading = False
        assert reader.result()
    assert claimed == sorted(sources)
    assert {(entry.status, entry.claims) for entry in Ledger(out).entries()} == {("done", 1)}
    assert sorted(path.name for path in out.iterdir()) == [".batch.lock", "batch.json"]


def test_a_claim_holds_as_long_as_its_process_lives(tmp_path: Path) -> None:
    """Claims of a killed process are taken over, those of a living one are not, unless it releases them."""
    out = tmp_path / "out"
    ledger = Ledger(out)
    (entry,) = ledger.enter([make_file(tmp_path, "talk.mp4")])
    die(out)
    assert ledger.entries()[0].status == "working" and not ledger.is_held(ledger.entries()[0])

    first, second = ledger.join(SETTINGS), ledger.join(SETTINGS)
    assert [path.name for path in sorted((out / ".partial").iterdir())] == sorted([first.name, second.name])
    claimed = ledger.claim(entry.source, first, is_done)
    assert claimed and (claimed.worker, claimed.claims) == (first.name, 2)
    assert ledger.is_held(claimed) and ledger.claim(entry.source, second, is_done) is None
    os.utime(entry.source, (1, 1))
    assert ledger.enter([Path(entry.source)]) == [claimed]

    ledger.leave(first)
    assert ledger.entries()[0].status == "waiting"
    assert ledger.claim(entry.source, second, is_done)
    ledger.leave(second)
    assert not (out / ".partial").exists()


def test_results_of_a_process_that_died_after_they_were_in_place_count(tmp_path: Path) -> None:
    """Files are not processed twice because the ledger was not updated."""
    out = tmp_path / "out"
    ledger = Ledger(out)
    (entry,) = ledger.enter([make_file(tmp_path, "talk.mp4")])
    die(out)
    (out / "talk").mkdir()
    (died,) = ledger.entries()
    died.status = "done"
    write_whole(out / "talk" / RECORD, died)
    worker = ledger.join(SETTINGS)

    assert ledger.claim(entry.source, worker, is_done) is None
    assert ledger.entries() == [died]
    ledger.leave(worker)


def test_what_was_claimed_by_another_since_is_not_replaced(tmp_path: Path) -> None:
    """A process that was wrongly considered dead has lost its claim."""
    ledger = Ledger(tmp_path / "out")
    (entry,) = ledger.enter([make_file(tmp_path, "talk.mp4")])
    first = ledger.join(SETTINGS)
    lost = ledger.claim(entry.source, first, is_done)
    first.close()
    second = ledger.join(SETTINGS)
    assert ledger.claim(entry.source, second, is_done)
    assert lost is not None
    lost.status = "done"

    ledger.settle(lost, lambda: pytest.fail("results moved"))
    assert ledger.entries()[0].status == "working"
    ledger.leave(second)


def test_other_options_are_refused_while_a_batch_is_at_work(tmp_path: Path) -> None:
    """Results of both kinds would be mixed; after the batch they are accepted."""
    ledger = Ledger(tmp_path)
    worker = ledger.join(SETTINGS)
    with pytest.raises(ConfigError, match=f"expected the options of the batch that runs in .*{worker.name}"):
        ledger.join(Settings(options="2", language="en"))
    ledger.leave(worker)
    ledger.leave(ledger.join(Settings(options="2", language="en")))


@pytest.mark.parametrize("broken", [None, "", '{"files": [{"sou', '{"files": []}'])
def test_a_ledger_is_made_again_from_the_folders(tmp_path: Path, broken: str | None) -> None:
    """Whether it is missing, truncated or empty; a file that another program wrote is not changed."""
    out = tmp_path / "out"
    entries = Ledger(out).enter(make_file(tmp_path, f"{name}.mp4") for name in "ab")
    for entry in entries:
        entry.status = "done"
        (out / entry.directory).mkdir()
        (out / entry.directory / "summary.json").touch()
        write_whole(out / entry.directory / RECORD, entry)
    (out / "photographs").mkdir()
    (out / "batch.json").unlink()
    if broken is not None:
        (out / "batch.json").write_text(broken)

    assert Ledger(out, mend=True).entries() == entries
    assert (out / "batch.json.broken").exists() == (broken in ("", '{"files": [{"sou'))
    (out / "batch.json").write_text('{"jobs": [1]}')
    with pytest.raises(ConfigError):
        Ledger(out, mend=True)


def test_merging_keeps_what_only_the_ledger_knows(tmp_path: Path) -> None:
    """Unreadable files keep their entry; lost and abandoned results become `waiting`."""
    out = tmp_path / "out"
    ledger = Ledger(out)
    for entry, status in zip(
        ledger.enter(make_file(tmp_path, f"{name}.mp4") for name in "abc"), ("failed", "done", "working"), strict=True
    ):
        entry.status = status  # type: ignore[assignment]
        ledger.settle(entry)

    assert [entry.status for entry in Ledger(out, mend=True).entries()] == ["failed", "waiting", "waiting"]


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes would destroy each other's results there."""

    def flock(file: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(ConfigError, match="expected a file system with locks .* Operation not supported"):
        Ledger(tmp_path).enter([])
    with pytest.raises(OSError):
        Worker(tmp_path, SETTINGS)
