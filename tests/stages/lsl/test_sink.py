"""What an LSL inlet gets of the output."""

import sys
from collections.abc import Iterator
from math import isnan
from typing import Any

import pytest

from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import EMOTIONS, Face, Frame
from pipeline.stream_clock import unix_offset
from stages.lsl.channels import CHANNELS, LABELS
from stages.lsl.sink import Lsl
from tests.support.frames import make_face, make_frame

WAIT_S = 20.0


@pytest.fixture
def stage(lsl: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lsl]:
    """Return an output that does not wait at its end."""
    monkeypatch.setattr("stages.lsl.sink.LINGER_S", 0.0)
    stage = Lsl(network=True)
    yield stage
    stage.close()


def send(stage: Lsl, *frames: Frame) -> None:
    """Let the output see frames."""
    assert list(stage.process(frames)) == []


def connect(lsl: Any, source_id: str, **options: Any) -> Any:
    """Return an inlet that is connected to a stream."""
    (info,) = lsl.resolve_byprop("source_id", source_id, timeout=WAIT_S)
    inlet = lsl.StreamInlet(info, **options)
    inlet.open_stream(WAIT_S)
    return inlet


def heard(inlet: Any, count: int) -> list[tuple[dict[str, float], float]]:
    """Return values by channel and the stamp of this many samples, after which there are no more."""
    found = [inlet.pull_sample(WAIT_S) for _ in range(count)]
    assert inlet.pull_sample(0.0) == (None, None)
    names = [name for name, _, _ in CHANNELS]
    return [(dict(zip(names, values, strict=True)), stamp) for values, stamp in found]


def recording(n: int, **changes: Any) -> Frame:
    """Return a frame of a recording of variable rate that is read much faster than it plays."""
    pts_ns = (n * 40 + n * n) * 10**6
    return make_frame(n, **{"lossless": True, "pts_ns": pts_ns, "captured_ns": 10**18 + n * 10**6, **changes})


def test_an_inlet_gets_every_sample_at_the_distances_of_pts(lsl: Any, stage: Lsl) -> None:
    """Within a microsecond, although the recording is read faster than it plays."""
    send(stage, make_frame(state="connecting", run=0))
    inlet = connect(lsl, "hall")
    frames = [recording(n, faces=[make_face(1)]) for n in range(200)]
    send(stage, *frames)
    found = heard(inlet, 200)

    assert [values["frame"] for values, _ in found] == list(range(200))
    since = [stamp - found[0][1] for _, stamp in found]
    assert since == pytest.approx([frame.pts_ns / 1e9 for frame in frames], abs=1e-6)


def test_blendshapes_are_channels_where_they_are_measured(lsl: Any, stage: Lsl) -> None:
    """Known at the first frame; NaN while the face is covered or absent."""
    send(stage, make_frame(state="connecting", run=0, blendshapes=True))
    inlet = connect(lsl, "hall")
    scores = tuple(n / 64 for n in range(52))
    faces: list[list[Face]] = [[make_face(1, blendshapes=scores)], [make_face(1)], []]
    send(stage, *(make_frame(n, given, blendshapes=True) for n, given in enumerate(faces)))
    found = [inlet.pull_sample(WAIT_S)[0] for _ in range(3)]

    assert inlet.info().channel_count() == len(CHANNELS) + 52
    assert found[0][-52:] == list(scores)
    assert all(isnan(value) for values in found[1:] for value in values[-52:])


def test_a_live_frame_has_its_time_on_the_clock_of_lsl(lsl: Any, stage: Lsl) -> None:
    """A UNIX stamp would be half a century off."""
    send(stage, make_frame())
    inlet = connect(lsl, "hall")
    offset_s = unix_offset(lsl.local_clock)
    captured_s = lsl.local_clock() - 0.25 + offset_s
    send(stage, make_frame(7, faces=[make_face(1)], captured_ns=int(captured_s * 1e9)))
    ((_, stamp),) = heard(inlet, 1)

    assert stamp == pytest.approx(captured_s - offset_s, abs=1e-3)


def test_a_frame_has_the_time_of_its_camera(lsl: Any, stage: Lsl) -> None:
    """Where the camera's clock is known (`ntp`), its time of arrival says less."""
    send(stage, make_frame())
    inlet = connect(lsl, "hall")
    offset_s = unix_offset(lsl.local_clock)
    taken_s = lsl.local_clock() - 0.4 + offset_s
    times = {"taken_ns": int(taken_s * 1e9), "captured_ns": int((taken_s + 0.3) * 1e9), "clock": "ntp"}
    send(stage, make_frame(7, faces=[make_face(1)], **times))
    ((_, stamp),) = heard(inlet, 1)

    assert stamp == pytest.approx(taken_s - offset_s, abs=1e-3)


def test_each_face_is_a_sample_and_nobody_is_one_too(lsl: Any, stage: Lsl) -> None:
    """Two faces have one stamp; unknown values are NaN."""
    send(stage, make_frame())
    inlet = connect(lsl, "hall")
    measured = {"facing": False, "eye_left": 0.25, "eye_right": 0.5, "mouth": 0.0, "blinks": 3}
    other = make_face(2, fused=None, label="uncertain", yaw=12.0, pitch=-3.0, roll=1.0, **measured)
    send(stage, make_frame(1, faces=[make_face(1), other]), make_frame(2), make_frame(3, state="offline"))
    (one, stamp), (two, same), (none, _) = heard(inlet, 3)

    assert stamp == same
    assert (one["track"], one["x"], one["height"]) == (1, 1, 40)
    assert [one[name] for name in EMOTIONS] == pytest.approx([0.1, 0, 0, 0.7, 0.1, 0, 0.1])
    assert (LABELS[int(one["label"])], LABELS[int(two["label"])]) == ("happy", "uncertain")
    assert isnan(one["yaw"]) and isnan(two["happy"])
    assert (two["yaw"], two["pitch"], two["roll"]) == (12, -3, 1)
    assert {name: two[name] for name in measured} == measured
    assert all(isnan(one[name]) for name in measured)
    assert (none["frame"], none["track"]) == (2, 0) and isnan(none["confidence"])


def test_events_are_markers(lsl: Any, stage: Lsl) -> None:
    """Words that split at blanks; the camera's state is none."""
    send(stage, make_frame())
    inlet = connect(lsl, "hall-markers")
    send(stage, make_frame(1, faces=[make_face(1)]), make_frame(2, faces=[make_face(1, label="sad")]), make_frame(20))
    found = [inlet.pull_sample(WAIT_S)[0][0] for _ in range(3)]

    assert found == ["appeared 1 happy", "changed 1 happy sad", "lost 1"]


@pytest.mark.parametrize("lossless", [True, False])
def test_the_end_of_a_stream_has_a_time(lossless: bool, lsl: Any, stage: Lsl) -> None:
    """Its frame has none: a recording ends with its last frame, a camera now."""
    send(stage, make_frame(lossless=lossless))
    inlet = connect(lsl, "hall-markers")
    before = lsl.local_clock()
    live = make_frame(1, faces=[make_face(1)], lossless=lossless)
    send(stage, live, make_frame(2, lossless=lossless, state="ended", captured_ns=0))
    (_, appeared), (values, lost) = (inlet.pull_sample(WAIT_S) for _ in range(2))

    assert values == ["lost 1"]
    assert lost == appeared if lossless else before <= lost <= lsl.local_clock()


def test_the_streams_of_a_removed_camera_end(lsl: Any, stage: Lsl) -> None:
    """Its people are lost; readers do not find it any more, and do not wait for it. Another camera stays."""
    send(stage, make_frame(), make_frame(camera="yard"))
    inlet = connect(lsl, "hall-markers", recover=False)
    send(stage, make_frame(1, faces=[make_face(1)]))
    stage.keep({"hall", "yard"})
    assert inlet.pull_sample(WAIT_S)[0] == ["appeared 1 happy"]
    stage.keep({"yard"})

    assert stage.counts["markers"] == 2
    with pytest.raises(lsl.util.LostError):
        while inlet.pull_sample(WAIT_S)[0]:
            pass
    assert {info.source_id() for info in lsl.resolve_streams(0.5)} == {"yard", "yard-markers"}


def test_channels_are_described(lsl: Any, stage: Lsl) -> None:
    """Name, type and unit of each, and an irregular rate."""
    send(stage, make_frame())
    inlet = connect(lsl, "hall")
    info = inlet.info(WAIT_S)
    child, described = info.desc().child("channels").child("channel"), []
    while not child.empty():
        described.append(tuple(child.child_value(key) for key in ("label", "type", "unit")))
        child = child.next_sibling("channel")

    assert (info.name(), info.type(), info.nominal_srate()) == ("Emobot hall", "Face", 0.0)
    assert tuple(described) == CHANNELS


@pytest.mark.slow
def test_an_inlet_may_come_and_go(lsl: Any, stage: Lsl) -> None:
    """The output does not notice; nor does another inlet, also when the output restarts."""
    send(stage, make_frame())
    stays, goes = connect(lsl, "hall"), connect(lsl, "hall")
    send(stage, make_frame(1))
    goes.close_stream()
    del goes
    send(stage, make_frame(2))
    assert [values["frame"] for values, _ in heard(stays, 2)] == [1, 2]

    stage.close()
    again = Lsl(network=True)
    send(again, make_frame(3))
    n, found = 3, None
    while not found:
        # samples of the time before the inlet has found the new stream are lost, as on any network
        n += 1
        send(again, make_frame(n))
        found = stays.pull_sample(0.05)[0]
        assert n < 400
    assert found[0] <= n
    again.close()


def test_ports_are_opened_only_when_told_to() -> None:
    """LSL cannot listen on the loopback interface alone."""
    with pytest.raises(ConfigError, match="network: expected true, because LSL opens its ports on every"):
        Lsl.check()


def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was found and how to install it."""
    monkeypatch.setitem(sys.modules, "pylsl", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(
        MissingPart, match=r"expected pylsl .*, found that it is not installed: \.venv/bin/pip install pylsl"
    ):
        Lsl.check(network=True)


def test_a_library_that_does_not_load_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the system's C library is older."""

    def broken(name: str) -> None:
        raise OSError("GLIBC_2.34 not\nfound")

    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    monkeypatch.setattr("importlib.import_module", broken)
    with pytest.raises(MissingPart, match=r"found GLIBC_2\.34 not\\nfound"):
        Lsl(network=True)


def test_the_clocks_are_compared_between_interruptions() -> None:
    """A reading that took long does not count."""
    local = iter([0.0, 0.5, 1.0, 1.00001])
    unix = iter([100.0, 101.0])

    assert unix_offset(lambda: next(local), lambda: next(unix)) == pytest.approx(100.0, abs=1e-4)
