"""Snapshots and clips: what the page shows, for who may control the run, and nothing that was redrawn meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi import FastAPI
from msgspec.structs import replace as changed
from starlette.testclient import TestClient

from pipeline.messages import Frame
from pipeline.supervision.changes import Tables
from stages.media import gstreamer
from stages.web.control.control import Control
from stages.web.live import capture_route
from stages.web.live.clips import CLIP_S, Busy, Clips
from stages.web.routes import add_routes
from stages.web.site import Site
from tests.stages.web.parts import make_frame

needs_gstreamer = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


class Run:
    """A run whose overlay a test changes."""

    def __init__(self) -> None:
        self.blurred = [False]

    def ask(self) -> Tables:
        """Return the tables; each answer is the next of `blurred`, the last one for ever."""
        blur = self.blurred.pop(0) if len(self.blurred) > 1 else self.blurred[0]
        return Tables(config={"overlay": {"blur_faces": blur}}, defaults={"overlay": {"blur_faces": False}})


def frame_at(second: float, camera: str = "hall", width: int = 64) -> Frame:
    pixels = np.full((72, width), 128, np.uint8)
    return changed(make_frame(), camera=camera, pts_ns=round(second * 1e9), pixels=pixels, fps=10.0)


@needs_gstreamer
def test_a_clip_has_the_next_ten_seconds_of_its_camera(tmp_path: Path) -> None:
    """At most at the page's rate, from the first frame on, whatever the other cameras send; then another may begin."""
    clips = Clips(5.0, now=lambda: 0.0)
    clip = clips.begin("hall")
    with pytest.raises(Busy):
        clips.begin("yard")
    for number in range(120):
        clips.take(frame_at(7 + number / 10), lambda: True)
        clips.take(frame_at(number / 10, "yard"), lambda: True)

    assert clip.full
    content = clips.end(clip)
    assert content[4:8] == b"ftyp"
    assert clip.frames == 5 * CLIP_S
    (tmp_path / "clip.mp4").write_bytes(content)
    reader = cv2.VideoCapture(str(tmp_path / "clip.mp4"))
    assert (reader.get(cv2.CAP_PROP_FRAME_WIDTH), reader.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (64, 48)
    assert reader.get(cv2.CAP_PROP_FRAME_COUNT) == clip.frames
    assert clips.end(clips.begin("yard")) == b""


@needs_gstreamer
def test_a_clip_ends_where_the_size_changes_and_outlives_a_restart() -> None:
    """The position of a source that restarts begins again; overwritten frames are skipped."""
    clips = Clips(100.0, now=lambda: 0.0)
    clip = clips.begin("hall")
    for second in (5.0, 5.1, 0.0, 0.1):
        clips.take(frame_at(second), lambda: True)
    assert (clip.frames, clip.full) == (4, False)
    clips.take(frame_at(0.2, width=128), lambda: True)
    assert (clip.frames, clip.full) == (4, True)
    assert clips.end(clip)


@contextmanager
def asked(site: Site, run: Run) -> Iterator[TestClient]:
    """Return a client of a page whose camera sends frames."""
    app, stop, clips = FastAPI(), threading.Event(), Clips(50.0)
    add_routes(app, replace(site, control=Control(run, any_source=False), clips=clips))  # type: ignore[arg-type]
    site.board.take(frame_at(0.0))

    def feed() -> None:
        number = 0
        while not stop.wait(0.002):
            number += 1
            frame = frame_at(number / 2)
            assert frame.pixels is not None
            site.pictures.publish("hall", frame.pixels, time.monotonic())
            clips.take(frame, lambda: True)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        with TestClient(app) as client:
            yield client
    finally:
        stop.set()
        thread.join()


@needs_gstreamer
def test_a_clip_that_was_redrawn_is_discarded(site: Site) -> None:
    """After an applied change no frame drawn before it leaves; the next clip does."""
    run = Run()
    run.blurred = [False, True]
    with asked(site, run) as client:
        refused, clip = client.post("/cameras/hall/clip"), client.post("/cameras/hall/clip")

    assert refused.status_code == 409
    assert refused.json() == {"error": "The clip was discarded because the overlay has changed. Try again."}
    assert clip.status_code == 200
    assert clip.headers["content-type"] == "video/mp4"
    assert clip.headers["cache-control"] == "no-store"
    assert clip.content[4:8] == b"ftyp"


def test_a_snapshot(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next frame in full size; not two at once, none of a camera that is not there or sends nothing."""
    monkeypatch.setattr(capture_route, "WAIT_S", 60.0)
    site.board.take(frame_at(0.0, "yard"))
    with asked(site, Run()) as client:
        snapshot, second = client.post("/cameras/hall/snapshot"), client.post("/cameras/hall/snapshot")
        monkeypatch.setattr(capture_route, "SNAPSHOT_EVERY_S", 0.0)
        monkeypatch.setattr(capture_route, "WAIT_S", 0.05)
        absent = client.post("/cameras/<b>/snapshot")
        silent = client.post("/cameras/yard/snapshot", headers={"accept-language": "fr"})

    assert snapshot.headers["content-disposition"].startswith('attachment; filename="hall-2')
    image = cv2.imdecode(np.frombuffer(snapshot.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None and image.shape == (48, 64, 3)
    assert (second.status_code, second.headers["retry-after"]) == (429, "1")
    assert absent.status_code == 404
    assert silent.json() == {"error": "La caméra n’envoie pas d’image en ce moment."}


def test_who_may_not_control_the_run_gets_neither(client: TestClient, site: Site) -> None:
    """The addresses do not exist."""
    site.board.take(frame_at(0.0))
    with closing(client):
        codes = [client.post(f"/cameras/hall/{what}").status_code for what in ("snapshot", "clip")]
    assert codes == [404, 404]
