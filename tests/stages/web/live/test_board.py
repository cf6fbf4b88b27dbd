"""The board says honestly what each camera does."""

import numpy as np
import pytest

from pipeline.messages import Box, Face, Frame
from stages.web.live.board import Board
from stages.web.pages.sight import part_of
from tests.support.zones.zoned import ABOVE, INSIDE, zoned

START = 1_000_000.0


class Clock:
    """A clock that is set by hand."""

    time = START

    def __call__(self) -> float:
        """Return the time."""
        return self.time


def make_frame(clock: Clock, seq: int, run: int = 1, **changes: object) -> Frame:
    face = Face(track=1, box=Box(x=0, y=0, width=9, height=9), score=1.0, fused=(0, 0, 0, 1, 0, 0, 0), label="happy")
    values = {"faces": (face,), "width": 64, "height": 48, "pixels": np.zeros((72, 64), np.uint8)}
    values |= {"pts_ns": seq * 100_000_000} | changes
    captured_ns = int((clock.time - 0.05) * 1e9)
    return Frame(camera="hall", run=run, seq=seq, captured_ns=captured_ns, **values)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def play(board: Board, clock: Clock, seconds: float, **start: int) -> None:
    for seq in range(round(seconds * 10)):
        clock.time += 0.1
        board.take(make_frame(clock, seq, **start))


def test_the_part_in_which_faces_are_detected(clock: Clock) -> None:
    """It is the newest frame's: outlines of faces are drawn inside it."""
    board = Board(600.0, clock)
    parts = []
    for seq, region in enumerate((None, (0.5, 0.25, 0.25, 0.5))):
        board.take(make_frame(clock, seq, region=region, width=641))
        now = board.now("hall")
        assert now
        parts.append(part_of(now))

    assert parts == [(0, 0, 640, 48), (320, 12, 160, 24)]


def test_a_live_camera(clock: Clock) -> None:
    """Rate, age, people and their time in each emotion come from the frames."""
    board = Board(600.0, clock)
    play(board, clock, 3.0)
    now = board.now("hall")

    assert now
    assert (now.state, now.width, now.height, now.error) == ("live", 64, 48, "")
    assert now.fps == pytest.approx(10.0)
    assert now.age_ms == pytest.approx(50.0, abs=0.1)
    assert [(p.track, p.label, p.probabilities) for p in now.people] == [(1, "happy", (0, 0, 0, 1, 0, 0, 0))]
    assert now.people[0].seconds["happy"] == pytest.approx(2.9)


def test_silence_is_not_live(clock: Clock) -> None:
    """A camera whose process has died sends nothing; it stalls, then is offline, with the time of its last frame."""
    board = Board(600.0, clock)
    play(board, clock, 1.0)
    stopped = clock.time
    found = []
    for wait in (1.0, 3.0, 11.0):
        clock.time = stopped + wait
        now = board.now("hall")
        assert now
        found.append((now.state, now.picture_at, bool(now.people), now.fps > 0))

    assert found == [
        ("live", stopped, True, True),
        ("stalled", stopped, False, False),
        ("offline", stopped, False, False),
    ]


@pytest.mark.parametrize("step_s", [0.5, 1.0, 3.0])
def test_a_slow_camera_is_live_between_its_frames(clock: Clock, step_s: float) -> None:
    """It stalls when two of its frames are missing, but after two seconds at the earliest; its rate is shown."""
    board = Board(600.0, clock)
    for seq in range(8):
        clock.time += step_s
        board.take(make_frame(clock, seq, pts_ns=round(seq * step_s * 1e9)))
    stopped = clock.time
    found = []
    for wait_s in (0.9 * step_s, 1.9 * step_s, max(2.1, 2.6 * step_s)):
        clock.time = stopped + wait_s
        now = board.now("hall")
        assert now
        found.append((now.state, now.fps))

    assert found == [("live", pytest.approx(1 / step_s))] * 2 + [("stalled", 0.0)]


def test_a_camera_with_few_frames_a_minute_is_live_between_them(clock: Clock) -> None:
    """From the first one on: its rate says when the next one comes."""
    board = Board(600.0, clock)
    found = []
    for seq in range(2):
        board.take(make_frame(clock, seq, fps=0.04, pts_ns=seq * 25_000_000_000))
        clock.time += 24.9
        now = board.now("hall")
        assert now
        found.append(now.state)
        clock.time += 0.1
    for wait_s in (40.0, 65.0):
        clock.time += wait_s
        now = board.now("hall")
        assert now
        found.append(now.state)

    assert found == ["live", "live", "stalled", "offline"]


def test_silence_is_not_live_when_the_clock_is_set_back(clock: Clock) -> None:
    """A camera whose process died meanwhile was shown with its last faces for as long as the clock was set back."""
    board = Board(600.0, clock)
    play(board, clock, 1.0)
    clock.time -= 3600
    found = []
    for _ in range(3):
        now = board.now("hall")
        assert now
        found.append((now.state, bool(now.people), now.picture_at <= clock.time))
        clock.time += 5.1

    assert found == [("live", True, True), ("stalled", False, True), ("offline", False, True)]


def test_what_the_source_says_goes_before(clock: Clock) -> None:
    """Its state and reason are shown; a stream that has ended stays ended however long it is silent."""
    board = Board(600.0, clock)
    play(board, clock, 1.0)
    board.take(Frame(camera="hall", run=1, state="offline", error="no route to host", fault="unreachable"))
    offline = board.now("hall")
    board.take(Frame(camera="hall", run=1, state="ended"))
    clock.time += 60
    ended = board.now("hall")

    assert offline and (offline.state, offline.error, offline.people) == ("offline", "no route to host", ())
    assert offline.fault == "unreachable"
    assert ended and ended.state == "ended"


@pytest.mark.parametrize("start", [{"run": 2}, {"counted_ns": 7}])
def test_a_new_start_starts_new_people(clock: Clock, start: dict[str, int]) -> None:
    """Track 1 after a restart of the camera, or of tracking, is another person, and the history keeps both."""
    board = Board(600.0, clock)
    play(board, clock, 2.0)
    play(board, clock, 1.0, **start)
    now, samples = board.now("hall"), board.history("hall", 600.0)

    assert now and now.people[0].seconds["happy"] == pytest.approx(0.9)
    assert samples is not None and len(np.unique(samples["person"])) == 2


def test_no_picture_is_kept(clock: Clock) -> None:
    """The board holds no pixels, because their memory is reused."""
    board = Board(600.0, clock)
    frame = make_frame(clock, 0)
    board.take(frame)

    held = board.cameras["hall"].frame
    assert held and held.pixels is None


def test_an_unknown_camera() -> None:
    """A name that no camera has is unknown."""
    board = Board(600.0)

    assert (board.now("x"), board.history("x", 1.0), board.names()) == (None, None, [])


def test_the_rate_is_the_cameras_and_shedding_is_told(clock: Clock) -> None:
    """Where every second frame is skipped, and they come in bursts, the camera still sends ten per second."""
    board = Board(600.0, clock)
    frames = []
    for seq in range(40):
        clock.time += 0.1
        if seq % 2:
            frames.append(make_frame(clock, seq, saving=3))
        if len(frames) == 4:
            for frame in frames:
                board.take(frame)
            frames.clear()
    now = board.now("hall")

    assert now
    assert now.fps == pytest.approx(10.0)
    assert now.saving == 3


def test_zones_are_counted() -> None:
    """People in them, and crossings of lines since the page has been running, also across a restart of the camera."""
    board = Board(60.0)
    for n, place in enumerate([ABOVE, INSIDE]):
        board.take(zoned(n, {1: place}))
    now = board.now("hall")
    assert now and (now.zones, now.lines) == ({"desk": 1}, {"door": (1, 0)})

    for n, place in enumerate([INSIDE, ABOVE]):
        board.take(zoned(n, {1: place}, run=2))
    now = board.now("hall")
    assert now and (now.zones, now.lines) == ({"desk": 0}, {"door": (1, 1)})
