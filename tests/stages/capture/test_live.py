"""A camera is reopened for ever, reports its state, and never sends an old frame as a new one."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.media import gstreamer
from stages.media.live.backoff import Backoff
from stages.media.reader import Reader
from stages.synthetic import read_clock
from tests.stages.capture.watching import decoders, is_state, needs_gstreamer, serving, until, watch
from tests.support import waiting

pytestmark = pytest.mark.slow


@needs_gstreamer
def test_a_camera_that_comes_back_goes_on() -> None:
    """When a server dies and returns, the state reports it, and numbers and times continue in the same run."""
    with serving() as (port, _):
        pass
    with watch(f"rtsp://127.0.0.1:{port}/hall") as frames:
        seen = until(frames, is_state("offline"))
        for _ in range(3):
            with serving(port):
                seen += until(frames, is_state("live"))
                seen += until(frames, lambda frame: frame.seq % 5 == 4)
            seen += until(frames, is_state("offline"))

    states = [frame.state for i, frame in enumerate(seen) if i == 0 or seen[i - 1].state != frame.state]
    live = [frame for frame in seen if frame.pixels is not None]
    assert states == ["connecting", *["offline", "live"] * 3, "offline"]
    assert [frame.seq for frame in live] == sorted({frame.seq for frame in live})
    assert [frame.pts_ns for frame in live] == sorted({frame.pts_ns for frame in live})
    assert {frame.run for frame in seen} == {live[0].run}
    assert not any(frame.lossless for frame in seen)
    assert all(frame.error for frame in seen if frame.state == "offline")
    clocks = [read_clock(frame.pixels) for frame in live]  # type: ignore[arg-type]
    assert None not in clocks
    assert clocks == sorted(set(clocks))  # type: ignore[type-var]


@needs_gstreamer
def test_a_camera_that_falls_silent_is_stalled() -> None:
    """Connected but without pictures for `stall_s` it is stalled, until they come again."""
    with serving() as (port, silent), watch(f"rtsp://127.0.0.1:{port}/hall", stall_s=0.4) as frames:
        until(frames, is_state("live"))
        silent.set()
        *_, last = until(frames, is_state("stalled"))
        assert (last.error, last.fault) == ("no frame for 0.4 s", "silent")

        silent.clear()
        *_, last = until(frames, is_state("live"), 30)
        clock = read_clock(last.pixels)  # type: ignore[arg-type]
        assert clock is not None
        assert last.captured_ns - clock < 3e9


@decoders
def test_a_refusing_host_is_offline_and_tried_again(monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """Each refused attempt is reported, without the credentials."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    with watch("rtsp://admin:secret@127.0.0.1:9/cam") as frames:
        seen = until(frames, is_state("offline"))
        seen += [next(frames) for _ in range(3)]

    assert seen[0].state == "connecting"
    assert {(frame.state, frame.fault) for frame in seen[-4:]} == {("offline", "unreachable")}
    assert all(frame.error and "secret" not in frame.error for frame in seen[-4:])


def test_waits_grow_and_are_limited() -> None:
    """From failure to failure the wait doubles up to the limit, shortened at random; a success resets it."""
    backoff = Backoff(4.0)
    waits = [backoff.wait_s(lived_s=0.0) for _ in range(8)]
    limits = [0.5, 1, 2, 4, 4, 4, 4, 4]

    assert all(limit / 2 <= wait <= limit for wait, limit in zip(waits, limits, strict=True))
    assert len(set(waits)) == 8
    assert backoff.wait_s(lived_s=1.0) > 1.9
    assert backoff.wait_s(lived_s=60.0) <= 0.5
    assert Backoff(0.1).wait_s(lived_s=0.0) <= 0.1
    assert Backoff(30.0).wait_s(lived_s=0.0, refused=True) >= 15.0


@needs_gstreamer
def test_a_slow_reader_gets_the_newest() -> None:
    """Pictures nobody took are left out, and counted by their numbers."""
    with watch("gst:videotestsrc is-live=true ! video/x-raw,width=64,height=64,framerate=100/1") as frames:
        first = until(frames, is_state("live"))[-1]
        threading.Event().wait(0.4)
        late = [until(frames, is_state("live"))[-1] for _ in range(2)]

    assert late[0].seq > first.seq + 2
    assert late[1].captured_ns - first.captured_ns > 300_000_000
    assert time.time_ns() - late[1].captured_ns < 5_000_000_000


def test_a_missing_device_is_offline() -> None:
    """A V4L2 camera that is not plugged in is waited for."""
    with watch("/dev/v4l/by-id/usb-nobody-index0") as frames:
        last = until(frames, is_state("offline"))[-1]

    assert last.error is not None
    assert last.fault == ("absent" if gstreamer.available() else "unreachable")


@needs_gstreamer
def test_leaving_and_reconnecting_leave_nothing_behind() -> None:
    """Sessions that end, whichever way, leave no thread and no open file."""

    def visit(port: int) -> None:
        with watch(f"rtsp://127.0.0.1:{port}/hall") as frames:
            until(frames, is_state("live"))

    with serving() as (port, _):
        for _ in range(3):
            visit(port)
        files = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(8):
            visit(port)

        # The server, which is in this process too, releases it a moment later.
        waiting.until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= files)
    assert not [thread for thread in threading.enumerate() if thread.name == "newest"]


@needs_gstreamer
def test_a_connection_that_has_ended_leaves_nothing_for_the_garbage_collector(
    readers: Callable[[], list[Reader | None]],
) -> None:
    """What ended a camera's connection does not keep its decoder."""
    with watch("gst: videotestsrc ! identity error-after=4 ! video/x-raw,width=64", max_backoff_s=0.01) as frames:
        for _ in range(3):
            until(frames, is_state("live"))
            until(frames, is_state("offline"))

        assert readers()[:2] == [None, None]
