"""Several viewers can watch an RTSP stream, share one encoder, and come and go."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.rtsp import Rtsp
from stages.synthetic import Synthetic, read_clock
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")]


@contextmanager
def feeding(rtsp: Rtsp, camera: str = "hall", **options: int) -> Iterator[None]:
    """Give a synthetic camera's pictures to `rtsp` all the time, from before the stream is asked for."""
    size = {"width": 320, "height": 240, "faces": 0, **options}
    begun, stop = threading.Event(), threading.Event()

    def work() -> None:
        for frame in Synthetic(name=camera, clock=True, **size).process(()):  # type: ignore[arg-type]
            rtsp.process([frame])
            begun.set()
            if stop.is_set():
                return

    thread = threading.Thread(target=work)
    thread.start()
    try:
        # a stream has an address once it has a frame: before, viewers receive "Not Found"
        assert begun.wait(60)
        yield
    finally:
        stop.set()
        thread.join()


def watch(url: str, count: int, **options: object) -> list[Frame]:
    """Return the first pictures a viewer sees, who comes again when told that the stream is not there yet."""
    frames = []
    refusals = []
    source = Capture(name="viewer", source=url, **options).process(())  # type: ignore[arg-type]
    with closing(source):  # type: ignore[type-var]
        for frame in source:
            if frame.state == "offline":
                # GStreamer's server answers 503 in the moment in which the viewer before is leaving
                refusals.append(frame.error)
            assert len(refusals) < 3, refusals
            if frame.pixels is not None:
                frames.append(frame)
            if len(frames) == count:
                return frames
    raise AssertionError("the stream ended")


@pytest.fixture
def rtsp() -> Iterator[Rtsp]:
    """Return a server on a free port."""
    with closing(Rtsp(port=0)) as server:
        yield server


def test_two_viewers_see_the_pictures(rtsp: Rtsp) -> None:
    """Over TCP and UDP at once, viewers see different pictures of the present, in order."""
    seen: dict[str, list[Frame]] = {}
    with feeding(rtsp):

        def view(transport: str) -> None:
            seen[transport] = watch(f"rtsp://127.0.0.1:{rtsp.port}/hall", 20, transport=transport)

        viewers = [threading.Thread(target=view, args=(transport,)) for transport in ("tcp", "udp")]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join()

    assert sorted(seen) == ["tcp", "udp"]
    for frames in seen.values():
        clocks = [read_clock(frame.pixels) for frame in frames]  # type: ignore[arg-type]
        assert None not in clocks
        assert clocks == sorted(set(clocks))  # type: ignore[type-var]
        assert {(frame.width, frame.height, frame.lossless) for frame in frames} == {(320, 240, False)}


def test_nothing_is_encoded_while_nobody_looks(rtsp: Rtsp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are handed to an encoder only between the first viewer's coming and the last one's going."""
    handed = []
    buffer_of: Callable[..., object] = gstreamer.buffer_of
    monkeypatch.setattr(gstreamer, "buffer_of", lambda pixels: handed.append(1) or buffer_of(pixels))
    frame = Frame(camera="hall", width=320, height=240, fps=30, pixels=np.full((360, 320), 128, np.uint8))
    rtsp.process([frame] * 10)
    assert not handed

    with feeding(rtsp):
        watch(f"rtsp://127.0.0.1:{rtsp.port}/hall", 3)
    assert handed

    until(lambda: (handed.clear(), rtsp.process([frame] * 10), not handed)[2])


def test_viewers_may_come_again(rtsp: Rtsp) -> None:
    """After the last viewer left, the next one sees the stream."""
    with feeding(rtsp):
        for _ in range(3):
            assert len(watch(f"rtsp://127.0.0.1:{rtsp.port}/hall", 3)) == 3


def test_cameras_have_a_stream_each(rtsp: Rtsp) -> None:
    """Each camera is served in its own size under its own name."""
    with feeding(rtsp), feeding(rtsp, "yard", width=642, height=358):
        hall = watch(f"rtsp://127.0.0.1:{rtsp.port}/hall", 2)
        yard = watch(f"rtsp://127.0.0.1:{rtsp.port}/yard", 2)

    assert (hall[0].width, hall[0].height) == (320, 240)
    assert (yard[0].width, yard[0].height) == (642, 358)


def test_the_stream_goes_on_after_a_pause_and_in_another_size(rtsp: Rtsp) -> None:
    """A viewer who stays sees the frames of a camera that returns, larger than before."""
    sizes = set()
    source = Capture(name="viewer", source=f"rtsp://127.0.0.1:{rtsp.port}/hall", stall_s=10.0).process(())
    with closing(source):  # type: ignore[type-var]
        with feeding(rtsp):
            next(frame for frame in source if frame.pixels is not None)
        rtsp.process([Frame(camera="hall", state="offline", error="gone")])
        with feeding(rtsp, width=640, height=480):
            for frame in source:
                assert frame.state == "live"
                sizes.add((frame.width, frame.height))
                if frame.width == 640:
                    break

    assert (640, 480) in sizes


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_the_stream_of_a_removed_camera_ends(rtsp: Rtsp, transport: str) -> None:
    """Its viewers are disconnected and then find nothing, until a camera has this name again. Others stay."""
    url = f"rtsp://127.0.0.1:{rtsp.port}/hall"
    with feeding(rtsp, "yard"):
        source = Capture(name="viewer", source=url, transport=transport).process(())
        with closing(source):  # type: ignore[type-var]
            with feeding(rtsp):
                next(frame for frame in source if frame.pixels is not None)
                rtsp.keep({"hall", "yard"})
                next(frame for frame in source if frame.pixels is not None)
            rtsp.keep({"yard"})
            errors = (frame.error or "" for frame in source if frame.state == "offline")
            assert next(errors) == "the camera ended the stream"
            assert "404" in next(error for error in errors if error != "the camera ended the stream")
            with feeding(rtsp):
                next(frame for frame in source if frame.pixels is not None)
        watch(f"rtsp://127.0.0.1:{rtsp.port}/yard", 1)


def test_a_camera_without_pictures_is_not_found(rtsp: Rtsp) -> None:
    """A name nobody sends is refused at once."""
    source = Capture(name="viewer", source=f"rtsp://127.0.0.1:{rtsp.port}/nobody").process(())
    with closing(source):  # type: ignore[type-var]
        frame = next(frame for frame in source if frame.state != "connecting")

    assert frame.state == "offline"
    assert frame.error


def test_a_port_in_use_is_refused(rtsp: Rtsp) -> None:
    """One line names the address."""
    with pytest.raises(ConfigError, match=f"found 127.0.0.1:{rtsp.port} not available"):
        Rtsp(port=rtsp.port)


def test_only_this_machine_is_served_unless_told(rtsp: Rtsp) -> None:
    """Without `host` nothing but loopback is listened at."""
    with socket.socket() as client:
        client.settimeout(2)
        assert client.connect_ex(("127.0.0.1", rtsp.port)) == 0
    with socket.socket() as client:
        client.settimeout(2)
        assert client.connect_ex(("127.0.0.2", rtsp.port)) != 0


def test_closing_frees_the_port_and_ends_the_threads() -> None:
    """After `close` the same port can be used again, and no thread of the server runs."""
    port, threads = 0, threading.active_count()
    for _ in range(3):
        server = Rtsp(port=port)
        port = server.port
        with feeding(server):
            watch(f"rtsp://127.0.0.1:{port}/hall", 1)
        server.close()
        server.close()

    assert threading.active_count() == threads


def test_an_unknown_encoder_is_refused_when_a_config_is_checked() -> None:
    """Not when the run starts, which it would end."""
    with pytest.raises(ConfigError, match="expected encoder to be auto or one of .*, found 'h265enc'"):
        Rtsp.check(encoder="h265enc")
    Rtsp.check(encoder="auto")
