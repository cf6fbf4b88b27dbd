"""What `make demo` runs, shortened."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages.capture import Capture
from stages.media import gstreamer
from tests.support.ports import free_port
from tests.support.printed_client import write_client
from tests.support.waiting import until


@pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")
def test_the_demo_shows_faces_from_end_to_end(
    tmp_path: Path,
    repository: Path,
    emobot: Callable[..., Any],
    start: Callable[..., Any],
) -> None:
    """Two cameras leave videos, tables and timelines; the client in five lines receives their events."""
    config, port = (repository / "docs/demo.toml").read_text(), free_port()
    for old, new in (("seconds = 10", "seconds = 5"), ("demo-out", f"{tmp_path}/out"), (":5556", f":{port}")):
        assert old in config
        config = config.replace(old, new)
    (tmp_path / "demo.toml").write_text(config)
    write_client((repository / "docs/wire-format.md").read_text(), tmp_path / "client.py", port)
    reader = start(tmp_path / "client.py")
    program = emobot("run", tmp_path / "demo.toml")
    assert program.end() == 0, program.log()
    heard = ("appeared", "observation", "'camera': 'lobby'", "'camera': 'desk'")
    until(lambda: all(word in reader.log() for word in heard), known=lambda: program.log() + reader.log())

    for name, faces in (("lobby", 2), ("desk", 1)):
        assert name in program.log()
        with (tmp_path / "out" / name / "faces.csv").open(newline="") as file:
            tracks = {row["track"] for row in csv.DictReader(file)}
        assert len(tracks) == faces
        video = Capture(name="x", source=str(tmp_path / "out" / f"{name}.mp4")).process(())
        assert sum(frame.pixels is not None for frame in video) > 5
        assert (tmp_path / "out" / name / "timeline.png").exists()
