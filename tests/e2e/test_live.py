"""`emobot run` with network cameras that come and go, and stages that are killed."""

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq

from stages.capture import Capture
from stages.media import gstreamer
from tests.support.ports import free_port

SERVER = ("-m", "benchmarks.whole.camera_server")

pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


class Listener:
    """A subscriber that knows nothing of the program but `docs/wire-format.md`."""

    def __init__(self, address: str) -> None:
        self._socket = zmq.Context.instance().socket(zmq.SUB)
        self._socket.subscribe("")
        self._socket.connect(address)
        self.events: list[dict[str, Any]] = []

    def until(
        self, wanted: Callable[[dict[str, Any]], bool], seconds: float, known: Callable[[], str]
    ) -> dict[str, Any]:
        """Return the next event that is wanted; fail with what is known when it does not come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._socket.poll(100):
                topic, data = self._socket.recv_multipart()
                event = msgpack.unpackb(data)
                assert topic.decode().split(".")[1] == event["camera"]
                self.events.append(event)
                if wanted(event):
                    return event
        raise AssertionError(known())

    def close(self) -> None:
        """Stop listening."""
        self._socket.close(0)


def seen(camera: str, after: float = 0.0) -> Callable[[dict[str, Any]], bool]:
    """Return what recognises an observation of this camera in a frame captured after a time (Unix, seconds)."""
    return lambda e: e["type"] == "observation" and e["camera"] == camera and e["captured_at"] > after


@pytest.fixture
def deaf() -> Iterator[tuple[int, Callable[[], None]]]:
    """Return a port, and what connects a subscriber to it that never reads."""
    port = free_port()
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, 1)
    socket.subscribe("")
    yield port, lambda: socket.connect(f"tcp://127.0.0.1:{port}")
    socket.close(0)


def test_a_death_is_recovered_and_costs_the_others_nothing(
    tmp_path: Path,
    emobot: Callable[..., Any],
    start: Callable[..., Any],
    deaf: tuple[int, Callable[[], None]],
) -> None:
    """A camera that vanishes is reported as `offline` and reconnects; killed stages restart."""
    ports = {"one": free_port(), "two": free_port()}
    servers = {name: start(*SERVER, str(port)) for name, port in ports.items()}
    rtsp, (events, listen_and_never_read) = free_port(), deaf
    cameras = "\n".join(
        f'[camera.{name}]\nsource = "rtsp://127.0.0.1:{port}/camera"\nstall_s = 2.0\nmax_backoff_s = 0.5\nfps = 8'
        for name, port in ports.items()
    )
    config = tmp_path / "config.toml"
    config.write_text(
        f'{cameras}\n[output.e]\nkind = "events"\naddress = "tcp://127.0.0.1:{events}"\n'
        f'[output.r]\nkind = "rtsp"\nport = {rtsp}\n'
        f'[output.f]\nkind = "file"\npath = "{tmp_path}/{{camera}}.mp4"\nfragment_s = 0.2\n[metrics]\nlisten = ""\n'
    )
    program = emobot("run", config)
    listen_and_never_read()
    listener = Listener(f"tcp://127.0.0.1:{events}")
    try:
        for name in ports:
            listener.until(seen(name), 60, program.log)
        viewer = Capture(name="viewer", source=f"rtsp://127.0.0.1:{rtsp}/one").process(())
        assert next(frame for frame in viewer if frame.pixels is not None).width == 640
        viewer.close()

        servers["one"].process.kill()
        servers["one"].process.wait()
        gone = listener.until(lambda e: e["type"] == "camera" and e["state"] in ("offline", "stalled"), 30, program.log)
        assert (gone["camera"], bool(gone["error"])) == ("one", True)
        listener.until(seen("two", time.time()), 30, program.log)
        servers["one"] = start(*SERVER, str(ports["one"]))
        listener.until(
            lambda e: e["type"] == "camera" and e["camera"] == "one" and e["state"] == "live", 30, program.log
        )
        listener.until(seen("one", time.time()), 30, program.log)
        stages = program.stages()
        assert len(stages) == 8
        for name in stages:
            pid = program.pid(name)
            os.kill(pid, signal.SIGKILL)
            killed = time.time()
            for camera in ports:
                listener.until(seen(camera, killed + 0.1), 30, program.log)
    finally:
        listener.close()
    program.process.send_signal(signal.SIGTERM)
    # a run ends within five seconds, also where the machine is too busy for an end in order
    assert program.end() == 0 or "killing processes that did not stop in time" in program.log(), program.log()

    lost = defaultdict(set)
    for event in listener.events:
        assert event["v"] == 1
        lost[event["camera"]].add(event["type"])
    assert set(lost) == set(ports)
    for name in ports:
        files = sorted(tmp_path.glob(f"{name}*.mp4*"))
        assert len(files) == 3  # the recorder was killed, then it was asked that the camera's process was new
        for path in files:
            frames = Capture(name="x", source=str(path)).process(())
            assert sum(frame.pixels is not None for frame in frames) > 0
