"""What privacy promises holds for the processes that run and for the files they write."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from pipeline.events import AggregateEvent, CameraEvent
from pipeline.messages import Frame
from pipeline.transport.pubsub import Subscriber
from stages.capture import Capture
from stages.media import gstreamer
from tests.support.films import film, rows
from tests.support.ports import free_port

FRAMES = 20
"""Frames of the recording."""

pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def mapped_rings(pid: int) -> bool:
    """Return whether a process can see pixels."""
    return ".ring" in Path(f"/proc/{pid}/maps").read_text()


def open_files(pid: int) -> list[str]:
    """Return the regular files a process has open."""
    return [file.path for file in psutil.Process(pid).open_files()]


def test_no_process_opens_an_output_of_frames(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """Only cameras and `detect` see pixels, and no published event concerns a person."""
    port = free_port()
    config = tmp_path / "c.toml"
    config.write_text(
        f"""
        [camera.hall]
        source = "demo"
        width = 320
        height = 240
        fps = 10
        [output.events]
        kind = "events"
        address = "tcp://127.0.0.1:{port}"
        aggregate_s = 1
        [privacy]
        no_pictures = true
        aggregate_only = true
        min_people = 1
        [metrics]
        listen = ""
        """
    )
    program = emobot("run", config)
    with Subscriber(f"tcp://127.0.0.1:{port}", timeout_s=60) as events:
        told = []
        for _, event in events:
            told.append(event)
            if isinstance(event, AggregateEvent) and event.people:
                break
    stages = program.stages()
    seeing = {name for name, pid in stages.items() if mapped_rings(pid)}
    files = {file for pid in stages.values() for file in open_files(pid)}
    program.process.send_signal(signal.SIGINT)

    assert program.end() == 0, program.log()
    assert set(stages) == {"camera.hall", "detect", "emotion", "output.events"}
    assert seeing <= {"camera.hall", "detect"}
    assert not [file for file in files if file.endswith((".mp4", ".partial", ".jpg", ".png"))]
    assert all(isinstance(event, AggregateEvent | CameraEvent) for event in told) and told


def test_an_output_of_frames_is_refused(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """`emobot check` names the output and the reason; a batch without `--no-video` does not start."""
    config = tmp_path / "c.toml"
    config.write_text('[camera.hall]\nsource = "demo"\n[output.video]\nkind = "file"\n[privacy]\nno_pictures = true\n')
    film(tmp_path / "talk.mp4", faces=1, width=320, height=240)
    check = emobot("check", config)
    batch = emobot("batch", tmp_path / "talk.mp4", "--out", tmp_path / "out", "--config", config)

    assert check.end() == 2
    assert "[output.video] expected no output that shows pictures" in check.log()
    assert batch.end() == 2
    assert not list((tmp_path / "out").rglob("*.mp4"))


def live(path: Path) -> list[Frame]:
    """Return the frames of a recording."""
    return [frame for frame in Capture(name="x", source=str(path)).process(()) if frame.pixels is not None]


def detail(frame: Frame, face: dict[str, str]) -> NDArray[np.float64]:
    """Return the detail finer than a sixteenth of a face, by which people are recognised."""
    x, y, width, height = (round(float(face[name])) for name in ("x", "y", "width", "height"))
    assert frame.pixels is not None
    part = frame.pixels[y : y + height, x : x + width].astype(np.float64)
    return np.asarray(part - cv2.GaussianBlur(part, (0, 0), width / 16)).ravel()


def test_blurred_faces_keep_no_detail(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """The annotated video has no detail of a blurred face, and all of it without blurring."""
    film(tmp_path / "talk.mp4", faces=1, width=640, height=480, seconds=1.0)
    plain = "[overlay]\nboxes = false\nbars = false\nstatus = false\n"
    (tmp_path / "hidden.toml").write_text(f"[privacy]\nblur_faces = true\n{plain}")
    (tmp_path / "shown.toml").write_text(plain)
    alike = {}
    programs = {
        name: emobot("batch", tmp_path / "talk.mp4", "--out", tmp_path / name, "--config", tmp_path / f"{name}.toml")
        for name in ("hidden", "shown")
    }
    for name, program in programs.items():
        assert program.end() == 0, program.log()
        made = tmp_path / name / "talk"
        faces = {int(face["frame"]): face for face in rows(made / "faces.csv")}
        pairs = list(zip(live(tmp_path / "talk.mp4"), live(made / "annotated.mp4"), strict=True))
        alike[name] = [
            float(np.corrcoef(detail(pairs[i][0], face), detail(pairs[i][1], face))[0, 1]) for i, face in faces.items()
        ]

    assert len(alike["hidden"]) > 0.9 * FRAMES
    assert max(alike["hidden"]) < 0.3
    assert min(alike["shown"]) > 0.9
