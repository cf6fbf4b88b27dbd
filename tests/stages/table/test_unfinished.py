"""What a killed process has left of a live camera's results: the next one completes it."""

import json
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from pipeline.batch.columns import COLUMNS
from pipeline.messages import Box, Face, Frame
from stages.results.reading import read_results
from stages.table import Table, stream
from stages.table.claim import UNFINISHED
from stages.table.unfinished import finish, left_behind

pytestmark = pytest.mark.slow

P = (0.1, 0.0, 0.0, 0.7, 0.1, 0.0, 0.1)
LEFT = ["faces.csv.partial", "faces.parquet.partial", UNFINISHED]
DONE = ["columns.json", "faces.csv", "faces.parquet", "summary.json", "timeline.png"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every row be in its file at once, and let drawing take no time."""
    monkeypatch.setattr(stream, "FLUSH_S", 0.0)
    monkeypatch.setattr("stages.table.people.draw_timeline", lambda *args: args[3].touch())


def frame(n: int, tracks: tuple[int, ...] = (1,), **changes: Any) -> Frame:
    """Return frame n of a live camera of 10 Hz."""
    faces = tuple(
        Face(
            track=track,
            box=Box(x=1, y=2, width=30, height=40),
            score=0.9,
            raw=P,
            fused=P,
            label="happy" if n % 20 < 10 else "sad",
            confidence=0.7,
            facing=n % 2 == 0,
        )
        for track in tracks
    )
    values = {"camera": "desk", "run": 1, "seq": n, "pts_ns": n * 10**8, "fps": 10.0, "width": 64, "height": 48}
    return Frame(**{**values, "faces": faces, "model": "fast-1", "started_ns": 5 * 10**9, **changes})


FRAMES = [frame(n, (1, 2) if n < 30 else (1,) if n < 60 or n > 90 else ()) for n in range(3, 120)]


def leave(folder: Path, name: str = "desk", frames: list[Frame] = FRAMES, **options: Any) -> Path:
    """Leave in a folder what a process that is killed after some frames leaves there; return it."""
    with closing(Table(path=f"{folder}/living/{{camera}}", **options)) as table:
        for one in frames:
            list(table.process([one]))
        shutil.copytree(folder / "living" / frames[0].camera, folder / name)
    shutil.rmtree(folder / "living")
    return folder / name


def files(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(one.name for one in folder.iterdir())


def test_it_is_what_an_orderly_end_leaves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The same files; only what has no row, such as the number of frames, may differ."""
    caplog.set_level("INFO")
    with closing(Table(path=f"{tmp_path}/orderly/{{camera}}")) as table:
        for one in FRAMES:
            list(table.process([one]))
    orderly, left = tmp_path / "orderly/desk", leave(tmp_path)
    assert files(left) == LEFT
    with closing(Table(path=f"{tmp_path}/{{camera}}")):
        pass

    assert set(files(left)) - {"timeline.png"} == set(DONE) - {"timeline.png"}
    for name in ("faces.csv", "columns.json"):
        assert (left / name).read_bytes() == (orderly / name).read_bytes()
    assert parquet.read_table(left / "faces.parquet") == parquet.read_table(orderly / "faces.parquet")
    expected, found = (json.loads((one / "summary.json").read_text()) for one in (orderly, left))
    assert found == expected
    assert [record.message for record in caplog.records if record.levelname == "INFO"] == [
        f"desk: the results in {left}, which a killed process had left, are complete"
    ]
    assert read_results(left).people == [1, 2]


def test_its_timeline_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the process ends meanwhile; then `emobot report` draws it."""
    left = leave(tmp_path)
    monkeypatch.undo()
    finish(left)

    assert (left / "timeline.png").read_bytes().startswith(b"\x89PNG")


def test_what_somebody_has_deleted_is_not_missed(tmp_path: Path) -> None:
    """The folder may be used again."""
    left = leave(tmp_path)
    (left / "faces.csv.partial").unlink()
    finish(left)

    assert files(left) == ["faces.parquet.partial"]


def test_where_it_was_killed_does_not_matter(tmp_path: Path) -> None:
    """In the middle of a row, before a frame, after some of its files were complete; a second time changes nothing."""
    torn = leave(tmp_path, "torn")
    with (torn / "faces.csv.partial").open("ab") as file:
        file.write(b"120,12000.000,1,1.0,2")
    zeros = leave(tmp_path, "zeros")
    with (zeros / "faces.csv.partial").open("ab") as file:
        file.write(bytes(5000))
    renamed = leave(tmp_path, "renamed")
    (renamed / "faces.csv.partial").rename(renamed / "faces.csv")
    faceless = leave(tmp_path, "faceless", [frame(n, ()) for n in range(3)])
    (faceless / "markers.csv.partial").write_text("pts_ms,at,stream,marker\n100.000,1.0,s,go\n200")
    for left in (torn, zeros, renamed, faceless):
        finish(left)
        before = {one: one.stat().st_mtime_ns for one in left.iterdir()}
        finish(left)
        assert {one: one.stat().st_mtime_ns for one in left.iterdir()} == before

    assert len({(one / "faces.csv").read_bytes() for one in (torn, zeros, renamed)}) == 1
    assert (faceless / "faces.csv").read_text().count("\n") == 1
    assert files(faceless) == sorted([*DONE, "markers.csv"])
    assert (faceless / "markers.csv").read_text().splitlines()[1:] == ["100.000,1.0,s,go"]


def test_every_frame_counts_where_each_has_a_row(tmp_path: Path) -> None:
    """A gap in their numbers is then no absence."""
    frames = [frame(n, () if n < 5 else (1,)) for n in range(20) if n % 3]
    left = leave(tmp_path, frames=frames, every_frame=True, parquet=False)
    finish(left)
    summary = json.loads((left / "summary.json").read_text())

    assert (summary["frames_in"], summary["frames_out"], summary["faces"]) == (13, 13, 10)
    assert files(left) == [name for name in DONE if name != "faces.parquet"]


def test_a_living_process_keeps_its_files(tmp_path: Path) -> None:
    """Another run may write there, and so may this one."""
    living = Table(path=f"{tmp_path}/{{camera}}")
    list(living.process([frame(0)]))
    with closing(Table(path=f"{tmp_path}/{{camera}}")):
        pass
    finish(tmp_path / "desk")
    assert files(tmp_path / "desk") == LEFT
    living.close()

    assert files(tmp_path / "desk") == DONE


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("faces.csv", "mine", "expected faces.csv or faces.csv.partial, found both"),
        ("markers.csv", "mine", "expected markers.csv or markers.csv.partial, found both"),
        ("faces.csv.partial", "", "expected a table with a line of names, found none in "),
        ("faces.csv.partial", "a,b\n1,2\n", "expected the columns of a table of faces, found a, b in "),
        ("faces.csv.partial", "what,is,this\n", "expected a row of a table of faces, found another in line 4 of "),
        ("faces.csv.partial", "track=x", "found another in line 4 of "),
        ("faces.csv.partial", "track=9999999999999999", "found another in line "),
        ("faces.csv.partial", "pts_ms=inf", "found another in line 4 of "),
        ("faces.csv.partial", "pts_ms=", "found another in line 4 of "),
    ],
)
def test_nothing_is_lost_or_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: str, found: str
) -> None:
    """What cannot be completed stays, with a line in the log."""
    left = leave(tmp_path)
    (left / "markers.csv.partial").write_text("pts_ms,at,stream,marker\n")
    if content.startswith(("what", "track", "pts")):
        lines = (left / name).read_text().splitlines(keepends=True)
        if "=" in content:
            column, value = content.split("=")
            cells = lines[3].split(",")
            cells[COLUMNS.index(column)] = value
            content = ",".join(cells)
        content = "".join([*lines[:3], content, *lines[4:]])
    (left / name).write_text(content)
    before = {one: one.read_bytes() for one in left.iterdir() if one.name != "faces.parquet.partial"}
    with closing(Table(path=f"{tmp_path}/{{camera}}")):
        pass

    assert {one: one.read_bytes() for one in left.iterdir() if one.name != "faces.parquet.partial"} == before
    assert [one for one in caplog.messages if found in one and str(left) in one] == caplog.messages != []


def test_numbered_folders_and_a_camera_that_is_gone(tmp_path: Path) -> None:
    """The folders of the path, not those of other outputs."""
    for name in ("a [1]/desk", "a [1]/desk-2", "a [1]/gone", "other/desk"):
        leave(tmp_path, name, [frame(0), frame(1)])
    for folder in left_behind(f"{tmp_path}/a [1]/{{camera}}"):
        finish(folder)

    assert {str(one.parent.relative_to(tmp_path)) for one in tmp_path.rglob("faces.csv")} == {
        "a [1]/desk",
        "a [1]/desk-2",
        "a [1]/gone",
    }


@pytest.mark.process
def test_a_process_that_is_killed(tmp_path: Path) -> None:
    """With -9: all rows up to the last second are in the table."""
    program = (
        "import sys\n"
        "from stages.table import Table, stream\n"
        "from pipeline.messages import Box, Face, Frame\n"
        "stream.FLUSH_S = 0.0\n"
        f"table = Table(path={str(tmp_path / '{camera}')!r})\n"
        "face = Face(track=1, box=Box(x=1, y=2, width=3, height=4), score=0.9)\n"
        "for n in range(50):\n"
        "    frame = Frame(camera='desk', run=1, seq=n, pts_ns=n * 10**8, faces=(face,), width=8, height=8)\n"
        "    list(table.process([frame]))\n"
        "print('now', flush=True)\n"
        "sys.stdin.read()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[3], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"now\n"
        process.send_signal(signal.SIGKILL)
    finish(tmp_path / "desk")

    assert (tmp_path / "desk/faces.csv").read_text().count("\n") == 51
    assert files(tmp_path / "desk") == DONE
