"""`emobot bench range` measures the program's own stages, on its demo faces and on the user's files."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.range import people, sources, study, trials
from benchmarks.range.range import Range
from benchmarks.range.sources import demo_clips
from benchmarks.range.study import Given, RangeStudy
from benchmarks.range.truth import find_faces
from pipeline.cli.bench import bench
from pipeline.errors import ConfigError, InputError
from tests.support.films import film

app = typer.Typer()
app.command()(bench)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show few frames."""
    monkeypatch.setattr(sources, "DEMO_SEEDS", range(1))
    monkeypatch.setattr(study, "VARIANTS", 1)
    monkeypatch.setattr(study, "EMPTY_FRAMES", 5)
    monkeypatch.setattr(trials, "LEAD_FRAMES", (3, 6))
    monkeypatch.setattr(trials, "PATIENCE_S", 0.5)
    monkeypatch.setattr(trials, "STILLS", 2)
    monkeypatch.setattr(study, "ANGLES_DEG", (0, 180))
    monkeypatch.setattr(study, "CROSSING_PX", (24,))
    monkeypatch.setattr(people, "STANDING_S", 0.3)
    monkeypatch.setattr(people, "WALKING_S", 2.0)
    monkeypatch.setattr(people, "SPEED", 4.0)
    monkeypatch.setattr(people, "WALKS", dict(list(people.WALKS.items())[:1]))
    monkeypatch.setattr(study, "QUARTERS", {0: "upright", 1: "turned left"})


def run(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run it and return its JSON."""
    arguments = "range", "--seconds", "1", *arguments, "--json", str(tmp_path / "out.json")
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    return report


def test_the_demo_faces(tmp_path: Path) -> None:
    """Large faces are found, exactly and at once; faces of a few pixels never, and each number is there."""
    shown = ("--trial=sizes", "--height", "360", "--size", "80", "--size", "10", "--background", "plain")
    report = run(tmp_path, *shown, "--plot", str(tmp_path / "out.png"))
    large, small = report["sizes"]

    assert (large["width"], large["height"], large["face_px"], large["background"]) == (640, 360, 80, "plain")
    assert large["faces"] > 20
    assert large["found_recording"] > 0.95 and large["found_live"] > 0.9
    assert large["centre_off"]["p50"] < 0.1 and large["side_off"]["p50"] < 0.1
    assert large["until_found_p50_s"] < 0.5
    assert large["same_label_recording"] == 1.0
    assert large["same_label_live"] > 0.9
    assert large["false_per_minute_recording"] == 0
    assert small["found_recording"] < 0.1
    assert small["until_found_p50_s"] is None
    assert small["centre_off"] is None or small["found_recording"] > 0
    assert report["demo"] is True
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_a_wide_shot() -> None:
    """All of five people at three distances are found, in recordings as well as live, each under one number."""
    given = Given(None, None, ("people",), ("plain",), (64,), (720,), 0.2, 0, {}, {})
    clips = given.clips()
    with closing(RangeStudy(given, find_faces(clips), clips)) as all_trials:
        found = all_trials.measure(f"people, 720p, {people.CROWD}, 0")

    assert found["people"] == 5 and found["faces"] > 300
    assert found["found_recording"] == found["faces"]
    # the smallest are found within two seconds
    assert found["found_live"] > 0.5 * found["faces"]
    assert {found[f"{what}_{pace}"] for what in ("swapped", "split") for pace in ("recording", "live")} == {0}


def test_parts_are_measured_one_by_one(tmp_path: Path) -> None:
    """And not again; other options do not mix with them."""
    clip = film(tmp_path / "clip.mp4", width=320, height=240, size=0.4, seconds=1.0, fps=5.0)
    arguments = (
        "--faces",
        str(clip),
        "--height",
        "360",
        "--trial",
        "heads",
        "--trial",
        "clips",
        "--resume",
        str(tmp_path / "parts"),
    )
    first = run(tmp_path, *arguments)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").iterdir()}
    second = run(tmp_path, *arguments)

    assert [row["found_recording"] for row in first["own"]] == [1.0, 1.0]
    assert [(row["same_label_recording"], row["refused_recording"]) for row in first["own"]] == [(1.0, 0.0)] * 2
    assert first["own"] == second["own"]
    assert first["close_ups"] == second["close_ups"]
    assert [row["border"] for row in first["close_ups"]] == [0.0, 0.1]
    upright, upside_down = first["turned"]
    assert upright["found"] == 1.0
    assert upright["faces"] == upside_down["faces"] >= 2
    assert kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").iterdir()}
    with pytest.raises(ConfigError, match=r"expected seed = 3, found seed = 0, in .*of\.json"):
        run(tmp_path, *arguments, "--seed", "3")


def test_files_and_options_of_the_user(tmp_path: Path) -> None:
    """Faces, footage without them and a background; an option changes what is found."""
    faces, empty = tmp_path / "faces", tmp_path / "empty"
    faces.mkdir()
    film(faces / "clip.mp4", width=640, height=480, size=0.4, seconds=1.0)
    empty.mkdir()
    film(empty / "room.mp4", faces=0, width=320, height=240, seconds=1.0)
    assert cv2.imwrite(str(empty / "wall.png"), np.full((48, 64, 3), 90, np.uint8))
    given = ("--faces", str(faces), "--empty", str(empty), "--background", str(empty / "wall.png"))
    trials = [f"--trial={name}" for name in ("sizes", "clips", "empty")]
    options = ("--height", "360", "--size", "90", "--set", "detect.min_face_px=180")
    report = run(tmp_path, *given, *trials, *options, "--plot", str(tmp_path / "out.png"))

    assert report["options"]["detect"] == {"min_face_px": 180.0}
    assert report["sizes"][0]["background"] == "given"
    assert report["sizes"][0]["faces"] > 0
    assert report["sizes"][0]["found_recording"] == 0
    assert report["empty"][0]["false_per_minute_recording"] == report["empty"][0]["false_per_minute_live"] == 0
    assert [row["what"] for row in report["empty"]] == [
        "given, 360p",
        "things, 360p",
        "clips, painted over",
        "room",
        "wall",
    ]
    # its own face is smaller than that, too
    assert [row["found_recording"] for row in report["own"]] == [0.0, 0.0]
    assert all(row["faces"] > 0 for row in report["own"])
    assert report["empty"][3]["minutes"] == pytest.approx(1 / 60, rel=0.1)
    assert str(tmp_path) not in json.dumps({key: value for key, value in report.items() if key != "command"})


def test_the_true_boxes_are_the_faces() -> None:
    """One in every frame, and it moves little from one to the next."""
    (clip,) = demo_clips(0.2)[:1]
    (frames,) = find_faces([clip])
    spots = [spot for frame in frames for spot in frame]

    assert [len(frame) for frame in frames] == [1] * 6
    assert all(a.off(b) < 0.1 and abs(a.side / b.side - 1) < 0.1 for a, b in zip(spots, spots[1:], strict=False))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"set": {"detect": {"hz": 3}}}, r"\[detect\] unknown key hz"),
        (
            {"set": {"detect": {"min_score": 3}}},
            r"\[detect\] min_score: expected a number",
        ),
        ({"set": {"overlay": {"boxes": True}}}, r"\[overlay\] expected a table of detect, emotion"),
        ({"faces": Path("/nowhere")}, "expected a file or folder.*, found /nowhere"),
        (
            {"background": ("plane",)},
            "expected a file or folder, or a background of plain, busy, things, clips, found plane",
        ),
    ],
)
def test_mistakes_are_said_at_once(options: dict[str, Any], error: str) -> None:
    """In one line each, before anything is measured."""
    with pytest.raises(ConfigError, match=error):
        Range(**options)


@pytest.mark.parametrize("pair", ["detect", "min_score=1", "detect.x", "=.=", "a=b.c"])
def test_an_option_is_a_table_a_key_and_a_value(pair: str) -> None:
    """Anything else is refused."""
    result = CliRunner().invoke(app, ["range", "--set", pair])

    assert isinstance(result.exception, ConfigError)
    assert "=value, found" in str(result.exception)


def test_footage_without_a_face_cannot_be_measured(tmp_path: Path) -> None:
    """It says what it expected, and where."""
    film(tmp_path / "room.mp4", faces=0, width=320, height=240, seconds=0.5)
    with pytest.raises(InputError, match="expected clips with faces, found none, in .*"):
        Range(faces=tmp_path, seconds=1.0).run()
