"""Several `emobot batch` with one output folder: at once, one after the other, and as in docs/cluster.md."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.batch.shards import Shard
from stages.media import gstreamer
from tests.support.films import film
from tests.support.waiting import until

FILES = 6
KINDS = 2
FRAMES = 20
"""Frames of each file."""
pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two short recordings, each three times; they are only read."""
    folder = tmp_path_factory.mktemp("films")
    for kind in range(KINDS):
        film(folder / f"{kind:02}.mp4", width=320, height=240 + 16 * kind, seconds=1.0)
        for copy in range(kind + KINDS, FILES, KINDS):
            shutil.copy(folder / f"{kind:02}.mp4", folder / f"{copy:02}.mp4")
    return sorted(folder.iterdir())


def files(out: Path) -> list[dict[str, Any]]:
    """Return what the ledger says; it is whole whenever it is read."""
    try:
        text = (out / "batch.json").read_text()
    except FileNotFoundError:
        return []
    found: list[dict[str, Any]] = json.loads(text)["files"]
    assert len(found) == FILES
    return found


@contextmanager
def watched(out: Path) -> Iterator[None]:
    """Read the ledger all the time."""
    ended, wrong = threading.Event(), []

    def watch() -> None:
        while not ended.wait(0.01):
            try:
                files(out)
                if (index := out / "index.html").exists():
                    assert index.read_text().rstrip().endswith("</html>")
            except Exception as error:
                wrong.append(error)
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert not wrong


def test_others_take_over_from_a_killed_process(tmp_path: Path, films: list[Path], emobot: Callable[..., Any]) -> None:
    """Of three processes one is killed, one ends and one joins later: every file is processed exactly once."""
    out = tmp_path / "out"

    def working(program: Any) -> list[str]:
        """Return what a process has claimed."""
        claimed = [entry for entry in files(out) if entry["status"] == "working"]
        return [e["source"] for e in claimed if f"-{program.process.pid}-" in e["worker"]]

    with watched(out):
        killed, ended, last = (emobot("batch", *films, "--out", out, "--no-video", "--jobs", "1") for _ in range(3))
        until(lambda: working(killed), known=killed.log)
        killed.process.send_signal(signal.SIGKILL)
        killed.end()
        until(lambda: working(ended), known=ended.log)
        ended.process.send_signal(signal.SIGTERM)
        assert ended.end() == 130, ended.log()
        later = emobot("batch", *films, "--out", out, "--no-video", "--jobs", "1")
        for program in (last, later):
            assert program.end() == 0, program.log()
            table = [line for line in program.log().splitlines() if ".mp4" in line]
            assert len(table) == FILES and all("done" in line for line in table)

    found = files(out)
    assert {entry["status"] for entry in found} == {"done"}
    begun_twice = [entry for entry in found if entry["claims"] > 1]
    assert len(begun_twice) <= 2 and all(entry["claims"] <= 3 for entry in begun_twice)
    assert {(entry["frames_in"], entry["frames_out"]) for entry in found} == {(FRAMES, FRAMES)}
    tables = defaultdict(list)
    for entry in found:
        folder = out / entry["directory"]
        assert (folder / "report.html").exists()
        tables[json.loads((folder / "summary.json").read_text())["height"]].append((folder / "faces.csv").read_bytes())
    # copies have the same table, no matter which process completed them
    assert sorted(map(len, tables.values())) == [FILES // KINDS] * KINDS
    assert all(len(set(copies)) == 1 for copies in tables.values())
    assert all(path.name in (out / "index.html").read_text() for path in films)
    assert not list(out.rglob("*partial*"))
    assert sorted(path.name for path in out.iterdir() if path.name[0] == ".") == [".batch.lock", ".reports.lock"]


@pytest.fixture
def shell(tmp_path: Path, repository: Path) -> Callable[..., str]:
    """Return what runs a script of docs/cluster.md, and returns what it prints."""
    program = tmp_path / "bin" / "emobot"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pipeline "$@"\n')
    program.chmod(0o755)

    def run(script: str, **variables: str) -> str:
        path = f"{program.parent}:{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(repository), **variables}
        command = ["bash", "-euc", script]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_documented_slurm_array_works(
    tmp_path: Path, films: list[Path], shell: Callable[..., str], repository: Path
) -> None:
    """Every file is in exactly one task; the merge rebuilds the ledger, the reports and the index."""
    scripts = re.findall(r"```bash\n(.*?)```", (repository / "docs/cluster.md").read_text(), re.DOTALL)
    task, merge = (next(text for text in scripts if word in text) for word in ("#SBATCH --array", "--merge"))
    merge = re.findall(r'--wrap "(.*?)"', merge)[0]
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for path in films[:2]:
        shutil.copy(path, recordings)
    places = {"RECORDINGS": str(recordings), "RESULTS": str(tmp_path / "results")}

    said = [shell(task, SLURM_ARRAY_TASK_ID=str(i), SLURM_ARRAY_TASK_COUNT="2", **places) for i in range(2)]
    for path in films[:2]:
        assert sum(path.name in text for text in said) == 1
    (tmp_path / "results/batch.json").unlink()
    assert "done" in shell(merge, **places)

    results = tmp_path / "results"
    assert all(path.name in (results / "index.html").read_text() for path in films[:2])
    found = json.loads((results / "batch.json").read_text())["files"]
    assert [(entry["status"], entry["frames_in"]) for entry in found] == [("done", FRAMES)] * 2
    assert all(entry["fps"] > 0 for entry in found)


def test_the_documented_kubernetes_job_works(
    tmp_path: Path, films: list[Path], shell: Callable[..., str], repository: Path
) -> None:
    """The pod of a file's index processes it, that of another index has nothing to do, and the merge finds it."""
    text = (repository / "docs/cluster.md").read_text()
    (script,) = re.findall(r"args:\n +- (emobot batch .*)\n", text)
    completions = int(re.findall(r"completions: (\d+)", text)[0])
    merge = re.findall(r"Then run once: `(.*?)`", text)[0]
    recordings = tmp_path / "data/recordings"
    recordings.mkdir(parents=True)
    film = Path(shutil.copy(films[0], recordings))
    (own,) = (number for number in range(completions) if Shard(number, completions).has(film))
    said = {
        index: shell(script.replace("/data/", f"{tmp_path}/data/"), JOB_COMPLETION_INDEX=str(index))
        for index in (own, (own + 1) % completions)
    }

    assert [film.name in text for text in said.values()] == [True, False]
    assert film.name in shell(merge.replace("/data/", f"{tmp_path}/data/"))
    assert (tmp_path / f"data/results/{film.stem}/report.html").exists()
