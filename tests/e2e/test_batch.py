"""`emobot batch` on good files and bad ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from stages.capture import Capture
from stages.media import gstreamer
from tests.support.films import film, rows
from tests.support.program import EMOBOT, Program

FRAMES = 20
"""Frames of each recording."""

pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def report(*arguments: object) -> None:
    """Make a report again."""
    result = CliRunner().invoke(app, ["report", *map(str, arguments)])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two recordings of one name, one cut off, a text, and nothing at all; they are only read."""
    tmp_path = tmp_path_factory.mktemp("films")
    named = [tmp_path / "a" / "talk.mp4", tmp_path / "b" / "talk.mp4"]
    film(named[0], faces=1, width=480, height=360, seconds=1.0)
    film(named[1], faces=2, width=640, height=360, seconds=1.0)
    bad = [tmp_path / name for name in ("cut.mp4", "text.mp4", "empty.mp4", "absent.mp4")]
    whole = named[0].read_bytes()
    bad[0].write_bytes(whole[: len(whole) // 2])
    bad[1].write_text("no video at all\n")
    bad[2].touch()
    return [bad[0], named[0], bad[1], bad[2], named[1], bad[3]]


def test_good_files_keep_every_frame_and_bad_ones_are_reported(
    tmp_path: Path, files: list[Path], emobot: Callable[..., object]
) -> None:
    """Nothing is lost or overwritten, results are reproducible, and finished files are skipped."""
    out = tmp_path / "out"
    program = emobot("batch", *files, "--out", out)
    other = emobot(
        "batch", files[1], "--out", tmp_path / "other", "--no-video", "--pictures", "--jobs", "1", "--export", "srt"
    )
    assert program.end() == 1, program.log()

    found = {Path(entry["source"]): entry for entry in json.loads((out / "batch.json").read_text())["files"]}
    assert list(found) == files
    for path in files:
        entry = found[path]
        good = path.parent.name in "ab"
        assert entry["status"] == ("done" if good else "failed")
        assert bool(entry["error"]) != good
        assert bool(entry["fault"]) != good
        assert str(path) in program.log() or good
        if not good:
            continue
        made = out / entry["directory"]
        assert entry["frames_in"] == entry["frames_out"] == FRAMES
        video = Capture(name="x", source=str(made / "annotated.mp4")).process(())
        assert sum(frame.pixels is not None for frame in video) == FRAMES
        table = rows(made / "faces.csv")
        tracks = {row["track"] for row in table}
        assert len(tracks) == (1 if path.parent.name == "a" else 2)
        assert len(table) > 0.9 * FRAMES * len(tracks)
        assert (made / "timeline.png").read_bytes().startswith(b"\x89PNG")
        assert json.loads((made / "summary.json").read_text())
        assert "talk.mp4" in (made / "report.html").read_text()
        assert not (made / "moments").exists()
    index = (out / "index.html").read_text()
    assert all(path.name in index for path in files)

    before = {path: path.stat().st_mtime_ns for path in out.rglob("faces.csv")}
    assert len(before) == 2
    again = emobot("batch", files[1], files[4], files[5], "--out", out)
    assert again.end() == 1
    assert again.log().count("done before") == 2
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("faces.csv")}

    assert other.end() == 0, other.log()
    first = out / found[files[1]]["directory"]
    assert (tmp_path / "other/talk/faces.csv").read_bytes() == (first / "faces.csv").read_bytes()
    assert not (tmp_path / "other/talk/annotated.mp4").exists()
    assert (tmp_path / "other/talk/moments").is_dir()
    assert "--> 00:00:01,000" in (tmp_path / "other/talk/talk.srt").read_text()
    (tmp_path / "other/talk/report.html").unlink()
    report(tmp_path / "other")
    assert (tmp_path / "other/talk/report.html").exists()


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Path:
    """Return the results of a French batch of a recording and a text, with one detection per second."""
    folder = tmp_path_factory.mktemp("french")
    options = ("--out", folder / "out", "--no-video", "--language", "fr", "--detect-hz", "1")
    program = Program([*EMOBOT, "batch", files[1], files[2], *options], folder / "log.txt")
    assert program.end() == 1, program.log()
    return folder / "out"


def test_detect_hz_limits_detections(tmp_path: Path, files: list[Path], french: Path) -> None:
    """With `--detect-hz` every frame still has its row, most with a tracked box; an invalid rate is refused."""
    table = rows(french / "talk/faces.csv")
    scores = [row["score"] for row in table]
    assert len(table) > 0.9 * FRAMES
    assert {row["track"] for row in table} == {"1"}
    # a followed face keeps the score it was found with
    assert len(set(scores)) < 0.5 * len(scores)

    command = ["batch", str(files[1]), "--out", str(tmp_path / "wrong")]
    assert "'eaf'" in str(CliRunner().invoke(app, [*command, "--export", "elan"], standalone_mode=False).exception)
    assert not (tmp_path / "wrong").exists()
    assert "detect_hz: expected" in str(CliRunner().invoke(app, [*command, "--detect-hz", "-3"]).exception)


def test_reports_are_in_the_chosen_language(files: list[Path], french: Path, emobot: Callable[..., object]) -> None:
    """Pages and timeline are French, and stay so in later commands until another language is chosen."""
    out = french

    def pages() -> list[str]:
        return [path.read_text() for path in (out / "index.html", *sorted(out.glob("*/report.html")))]

    assert "format vidéo illisible" in pages()[0] and "Moments marquants" in pages()[1]
    assert json.loads((out / "talk/summary.json").read_text())["language"] == "fr"
    drawn = (out / "talk/timeline.png").read_bytes()

    again = emobot("batch", files[4], "--out", out, "--no-video")
    assert again.end() == 0, again.log()
    assert len(pages()) == 3 and all('<html lang="fr">' in page for page in pages())
    assert (out / "talk/timeline.png").read_bytes() == drawn

    report(out, "--language", "en")
    assert all('<html lang="en">' in page for page in pages())
    assert (out / "talk/timeline.png").read_bytes() != drawn
