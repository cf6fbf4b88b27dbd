"""`emobot batch` from URLs to a URL; a copy of a table is all that is processed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from typer.testing import CliRunner

from pipeline.batch import fetching
from pipeline.cli.cli import app
from pipeline.config.plan import Plan
from pipeline.supervision.run import Outcome
from tests.stages.results.tables import rows_of, write_results
from tests.support.waiting import POLL_S

pytestmark = pytest.mark.slow

NAMES = ("day/talk", "day/walk", "night/talk")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    """Recordings in memory, and a run that writes results of them."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    for name in NAMES:
        files.pipe(f"/films/{name}.mp4", b"x")
    monkeypatch.setattr(fetching, "run_plan", run)
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def run(plan: Plan, tick: Callable[[Path], None], *, admit: Callable[[str], bool | None], ended: Any) -> Outcome:
    """Replace `run_plan`."""
    for node in (node for node in plan.nodes if node.role == "source"):
        while (admitted := admit(node.name)) is None:
            fetching.threading.Event().wait(POLL_S / 20)
        if admitted:
            name = node.name.removeprefix("camera.")
            folder = Path(plan["output.table"].options["path"].replace("{camera}", name))
            write_results(folder, rows_of(1, "hhhnnn"), frames=6)
            (folder / "timeline.png").touch()
    tick(Path())
    return Outcome(code=0)


def batch(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and its output."""
    result = CliRunner().invoke(app, ["batch", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output + (str(result.exception) if result.exception else "")


def options(*places: str, shard: str = "") -> list[str]:
    """Return the arguments of a batch."""
    return [*places, "--out", "memory://out", "--no-video", "--no-parquet", *(["--shard", shard] if shard else [])]


def test_parts_and_a_merge_need_no_locks(store: fsspec.AbstractFileSystem) -> None:
    """Each file is in one part; the merge writes what concerns all of them."""
    places = ["memory://films/day", "memory://films/night"]
    for part in range(3):
        code, said = batch(*options(*places, shard=f"{part}/3"))
        assert code == 0, said
        assert "no locks" not in said
    folders = {Path(name).parent.name for name in store.find("/out") if name.endswith("source.json")}
    assert len(folders) == 3 and "walk" in folders and all(name.startswith(("walk", "talk-")) for name in folders)
    assert not store.exists("/out/batch.json") and not store.exists("/out/index.html")
    assert store.exists("/out/walk/report.html")

    store.pipe("/out/.partial/of-the-dead/talk/faces.csv", b"x")
    code, said = batch("--merge", "memory://out")
    assert code == 0 and "memory://out/index.html" in said, said
    entries = json.loads(store.cat("/out/batch.json"))["files"]
    assert {entry["source"] for entry in entries} == {f"memory://films/{name}.mp4" for name in NAMES}
    assert store.exists("/out/index.html") and not store.exists("/out/.partial")


def test_a_second_run_skips_what_is_done(store: fsspec.AbstractFileSystem) -> None:
    """Except an object that has changed; without a part, one line warns of other processes."""
    code, said = batch(*options("memory://films/day"))
    assert code == 0 and "memory://out has no locks: give each of several processes a part" in said
    store.pipe("/films/day/talk.mp4", b"longer")
    store.pipe("/films/day/sit.mp4", b"x")
    code, said = batch(*options("memory://films/day", "memory://films/none.mp4"))

    lines = {line.split()[1]: line for line in said.splitlines() if ".mp4" in line and "│" in line}
    assert "done before" in lines["walk.mp4"]
    assert all("done" in lines[name] and "before" not in lines[name] for name in ("talk.mp4", "sit.mp4"))
    assert code == 1 and "expected a file, found nothing: memory://films/none.mp4" in said


def test_a_place_that_cannot_be_reached_is_one_line() -> None:
    """Before anything is processed."""
    code, said = batch("memory://films/a.mp4", "--out", "nowhere://out")
    assert code and "expected to read nowhere://out, found ValueError: Protocol not known: nowhere" in said
