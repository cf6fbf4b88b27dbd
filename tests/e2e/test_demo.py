"""What `make demo` runs, shortened."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.capture import Capture
from stages.media import gstreamer


@pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")
def test_the_demo_shows_faces_from_end_to_end(
    tmp_path: Path, repository: Path, emobot: Callable[..., object], free_port: Callable[[], int]
) -> None:
    """Two cameras, their videos, tables and timelines, and a summary that says where they are."""
    config = (repository / "docs/demo.toml").read_text()
    for old, new in (("seconds = 10", "seconds = 3"), ("demo-out", f"{tmp_path}/out"), (":5556", f":{free_port()}")):
        assert old in config
        config = config.replace(old, new)
    (tmp_path / "demo.toml").write_text(config)
    program = emobot("run", tmp_path / "demo.toml")
    assert program.end() == 0, program.log()

    for name, faces in (("lobby", 2), ("desk", 1)):
        assert name in program.log()
        with (tmp_path / "out" / name / "faces.csv").open(newline="") as file:
            tracks = {row["track"] for row in csv.DictReader(file)}
        assert len(tracks) == faces
        video = Capture(name="x", source=str(tmp_path / "out" / f"{name}.mp4")).process(())
        assert sum(frame.state == "live" for frame in video) > 30
        assert (tmp_path / "out" / name / "timeline.png").exists()
