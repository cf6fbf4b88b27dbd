"""The stage: alerts in frames, their state in a file, across restarts and changes of the config."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.alerts.changes import AlertChanges
from pipeline.errors import ConfigError
from pipeline.messages import Alert, Frame
from stages.alerts import state as state_module
from stages.alerts.stage import Alerts
from tests.support.frames import make_face, make_frame

START_S = 1_764_288_000.0


class Run:
    """A stage whose clock is the frames', and what an output would read from them."""

    def __init__(self, path: Path, rules: dict[str, Any], **options: Any) -> None:
        zones = options.pop("zones", {"hall": [], "yard": []})
        self.stage = Alerts(
            state=str(path), rules=rules, zones=zones, cameras=options.pop("cameras", tuple(zones)), **options
        )
        self.clock = START_S
        self.stage.now = lambda: self.clock
        self.changes = AlertChanges(personal=not options.get("aggregate_only"))
        self.happened: list[tuple[float, str, str]] = []
        self.ids: list[str] = []

    def see(self, second: float, *labels: str, **more: Any) -> Frame:
        """Let the stage see a frame with people, at a second since the start."""
        self.clock = START_S + second
        faces = [make_face(track, label=label) for track, label in enumerate(labels, 1)]
        state = more.get("state", "live")
        values = {"captured_ns": int(self.clock * 1e9) if state == "live" else 0, "pts_ns": int(second * 1e9), **more}
        (frame,) = self.stage.process([make_frame(int(second * 10), faces if state == "live" else [], **values)])
        for alert in self.changes.read(frame):
            at_s = (alert.cleared_s or alert.raised_s) - START_S
            self.happened.append((round(at_s, 3), alert.camera, alert.reason or "raised"))
            self.ids.append(alert.id)
        return frame

    def watch(self, seconds: range, *labels: str, **more: Any) -> None:
        """Let the stage see a frame each second."""
        for second in seconds:
            self.see(second, *labels, **more)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Return what starts a stage with one state file; the one before has ended."""
    with ExitStack() as stack:

        def start(rules: dict[str, Any], **options: Any) -> Run:
            run = Run(tmp_path / "out" / "alerts.json", rules, **options)
            stack.callback(run.stage.close)
            return run

        yield start


SAD = {"sad": {"when": "share(sad) > 0.6 for 30s"}}


def test_an_alert_is_in_every_frame_of_its_camera(begin: Callable[..., Run]) -> None:
    """From when it is raised until a minute after it was cleared; people count from five seconds after the start."""
    run = begin(SAD)
    run.watch(range(60), "sad")
    assert run.see(60, "sad").alerts == run.see(61, "sad").alerts
    run.watch(range(62, 130), "happy")

    assert run.happened == [(35.0, "hall", "raised"), (pytest.approx(87, abs=2), "hall", "condition")]
    assert len(set(run.ids)) == 1
    run.see(200, "happy")
    assert run.see(201, "happy").alerts == ()


def test_a_restart_raises_nothing_twice(begin: Callable[..., Run]) -> None:
    """After `kill -9`, too: the state is written before a frame carries an alert."""
    first = begin({"crowd": {"when": "count > 1"}, "late": {"when": "dwell > 50s"}})
    first.watch(range(20), "sad", "sad")
    first.see(20, state="ended")  # as each camera at the end of its run
    assert [what for *_, what in first.happened] == ["raised"]
    first.stage.close()

    second = begin({"crowd": {"when": "count > 1"}, "late": {"when": "dwell > 50s"}})
    second.changes = first.changes
    second.see(25, state="connecting", run=2)
    second.watch(range(26, 28), run=2)  # nobody is found yet
    second.watch(range(28, 60), "sad", "sad", run=2)
    assert second.happened == []
    second.watch(range(60, 75), "sad", run=2)
    assert second.happened == [(61.0, "hall", "condition")]
    assert second.ids == first.ids


def test_an_output_that_restarts_reads_the_same_id(begin: Callable[..., Run]) -> None:
    """By which it knows what it has sent."""
    run = begin({"crowd": {"when": "count > 1"}})
    run.watch(range(20), "sad", "sad")
    frame = run.see(20, "sad", "sad")

    assert [alert.id for alert in AlertChanges().read(frame)] == run.ids


def test_a_change_keeps_unchanged_alerts_and_clears_others(begin: Callable[..., Run]) -> None:
    """A hold continues, and so does a stay: tracks are the same."""
    rules = {"hold": SAD["sad"], "stay": {"when": "dwell > 40s"}, "old": {"when": "count > 0"}}
    first = begin(rules)
    first.see(0)
    first.watch(range(10, 30), "sad")
    assert [what for *_, what in first.happened] == ["raised"]
    first.stage.close()

    second = begin({**rules, "old": {"when": "count > 5"}, "new": {"when": "count > 0"}})
    second.changes = first.changes
    second.watch(range(30, 70), "sad")

    assert second.happened[0] == (30.0, "hall", "removed")
    assert [at_s for at_s, *_ in second.happened[1:]] == [35.0, pytest.approx(45, abs=6), pytest.approx(51, abs=1)]


def test_a_removed_camera_clears_its_alerts(begin: Callable[..., Run]) -> None:
    """A paused one, too: the frames of the others carry it."""
    rules = {"away": {"when": "offline > 5s"}}
    first = begin(rules)
    for second in range(10):
        first.see(second, camera="yard", state="offline")
        first.see(second)
    assert first.happened == [(6.0, "yard", "raised")]
    first.stage.close()

    second = begin(rules, cameras=("hall",))
    second.changes = first.changes
    second.see(20)
    assert second.happened == [(20.0, "yard", "removed")]


def test_a_camera_that_sends_nothing_is_spoken_for(begin: Callable[..., Run]) -> None:
    """Its process has died: the frames of the others carry its alerts, and their time is the clock's."""
    run = begin({"away": {"when": "offline > 30s", "camera": ["yard"]}})
    run.see(0, camera="yard")
    run.watch(range(60))

    assert run.happened == [(31.0, "yard", "raised")]
    run.see(60, camera="yard")
    assert run.happened[1:] == [(60.0, "yard", "condition")]


def test_time_in_which_nothing_was_received_does_not_count(begin: Callable[..., Run]) -> None:
    """The machine slept for an hour, or its clock was set, forward or back."""
    for jump in (3600, -3600):
        run = begin({"hold": SAD["sad"], "stay": {"when": "dwell > 5m"}})
        run.watch(range(10), "sad")
        run.watch(range(10 + jump, 30 + jump), "sad")

        assert run.happened == []
        run.stage.close()


def test_a_recording_is_evaluated_in_its_own_time(begin: Callable[..., Run]) -> None:
    """However fast it is read; its end clears its alerts."""
    run = begin({"sad": {"when": "share(sad) > 0.6 for 30s"}})
    captured_ns = int(START_S * 1e9)
    for second in range(60):
        run.see(0.001 * second, "sad", lossless=True, pts_ns=second * 10**9, captured_ns=captured_ns)
    run.see(0.1, lossless=True, pts_ns=60 * 10**9, captured_ns=captured_ns, state="ended")

    assert run.happened == [(35.0, "hall", "raised"), (60.0, "hall", "ended")]


def test_aggregate_only_knows_nothing_below_the_fewest_people(begin: Callable[..., Run]) -> None:
    """Neither that somebody came, nor how a few feel, nor a number."""
    rules = {"some": {"when": "count > 0"}, "sad": {"when": "share(sad) > 0.1"}, "few": {"when": "count < 3"}}
    run = begin(rules, aggregate_only=True)
    run.watch(range(20), "sad", "sad", "sad", "sad")
    assert run.happened == []
    frame = run.see(20, *["sad"] * 5)
    assert {alert.name: alert.values for alert in frame.alerts or ()} == {
        "some": {"count": 5},
        "sad": {"share(sad)": 1},
    }
    run.watch(range(21, 25), "sad")
    assert (20 + 1.0, "hall", "condition") not in run.happened

    assert list(AlertChanges(personal=False).read(frame)) != []
    with pytest.raises(ConfigError, match="stay: when: expected no quantity about single people"):
        Alerts.check(rules={"stay": {"when": "dwell > 5m"}}, zones={"hall": []}, aggregate_only=True)


def test_outputs_with_sums_alone_read_no_alert_about_people(begin: Callable[..., Run]) -> None:
    """Unless `[privacy]` held for its evaluation."""
    run = begin({"some": {"when": "count > 0"}, "away": {"when": "offline < 1s"}})
    run.watch(range(9), "sad")
    frame = run.see(9, "sad")

    assert [alert.name for alert in AlertChanges(personal=False).read(frame)] == ["away"]


def test_two_runs_need_two_files(begin: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line; a file that is broken, or a disk that is full, costs only the memory."""
    monkeypatch.setattr(state_module, "REPLACED_S", 0.0)
    begin(SAD).see(0)
    with pytest.raises(ConfigError, match="state: expected a file of this run alone, found .*which another run uses"):
        begin(SAD).see(0)


def test_a_broken_state_is_logged(tmp_path: Path, begin: Callable[..., Run], caplog: pytest.LogCaptureFixture) -> None:
    """And replaced."""
    path = tmp_path / "out" / "alerts.json"
    path.parent.mkdir()
    path.write_bytes(b"\xff{")
    run = begin({"some": {"when": "count > 0"}})
    run.watch(range(10), "sad")

    assert "expected the state of alerts, found" in caplog.text
    assert run.happened == [(5.0, "hall", "raised")]
    assert msgspec.json.decode(path.read_bytes())["v"] == 1


def test_an_output_that_missed_frames_learns_of_both(begin: Callable[..., Run]) -> None:
    """An alert that was raised and cleared in between."""
    alert = Alert(id="1", name="it", camera="hall", when="count > 0", raised_s=1.0, cleared_s=2.0, reason="condition")
    changes = AlertChanges()
    found = list(changes.read(make_frame(alerts=(alert,))))

    assert [(one.raised_s, one.cleared_s, one.reason) for one in found] == [(1.0, 0.0, None), (1.0, 2.0, "condition")]
    assert list(changes.read(make_frame(alerts=(alert,)))) == []
    assert list(changes.read(make_frame())) == []
    assert list(changes.read(make_frame(camera="yard", alerts=()))) == []


def test_a_restart_of_detection_clears_nothing(begin: Callable[..., Run]) -> None:
    """Its people are lost at once, and found again under other numbers."""
    run = begin({"crowd": {"when": "count > 1"}})
    run.watch(range(20), "sad", "sad")
    run.see(22, counted_ns=7)
    run.watch(range(23, 40), "sad", "sad", counted_ns=7)

    assert run.happened == [(5.0, "hall", "raised")]


def test_an_hour_set_back_is_no_negative_time(begin: Callable[..., Run]) -> None:
    """An alert that is raised meanwhile is cleared later than it was raised, or at once; never before."""
    run = begin(SAD)
    run.watch(range(60), "sad")
    seen = [alert for second in range(-3600, -3500) for alert in run.see(second, "happy").alerts]
    alert = next(alert for alert in seen if alert.cleared_s)

    assert [what for _, _, what in run.happened] == ["raised", "condition"]
    assert alert.cleared_s < alert.raised_s
    assert alert.lasted_s == 0.0


def test_a_camera_whose_process_died_is_offline_though_the_clock_was_set_back(begin: Callable[..., Run]) -> None:
    """Nothing is heard of it; the frames of another one must not wait for the old time to come again."""
    run = begin({"gone": {"when": "offline > 30s"}})
    for second in range(20):
        run.see(second, "happy"), run.see(second, "happy", camera="yard")
    run.watch(range(-3600, -3500), "happy", camera="yard")

    assert [(camera, what) for _, camera, what in run.happened] == [("hall", "raised")]
    assert -3600 < run.happened[0][0] < -3550


def test_a_camera_with_few_frames_a_minute_is_not_offline_between_them(begin: Callable[..., Run]) -> None:
    """It is when two of them are missing."""
    run = begin({"gone": {"when": "offline > 15s"}})
    for second in range(160):
        run.see(second, camera="yard")
        if second in (0, 25, 50, 75):
            run.see(second, camera="hall", fps=0.04)

    assert run.happened == [(pytest.approx(75 + 62.5, abs=1.0), "hall", "raised")]
