"""Changes to a run while it runs."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.cameras.camera import set_camera, set_stage, show
from pipeline.cli.cameras.keys import parse_changes, parse_keys, parse_table
from pipeline.config.config import Config, Fleet, Metrics, tables_of
from pipeline.config.plan import Plan
from pipeline.errors import ConfigError, InputError
from pipeline.metrics import names
from pipeline.metrics.counters import Counts
from pipeline.metrics.metrics import STATE, set_state
from pipeline.supervision import control
from pipeline.supervision.changes import Change, Tables, control_address
from pipeline.supervision.control import changed
from pipeline.supervision.planning import Planned, stage_defaults
from pipeline.transport.ask import ask

CONFIG: dict[str, Any] = {
    "camera": {"a": {"source": "demo", "fps": 5.0}},
    "detect": {"detector": "haar"},
    "landmarks": {"max_faces": 2},
    "emotion": {},
    "overlay": {},
    "stage": {},
}


@pytest.mark.parametrize(
    ("wanted", "path", "expected"),
    [
        (Change(table="camera.a", keys={"fps": 9.0}), ("camera", "a"), {"source": "demo", "fps": 9.0}),
        (Change(table="camera.a", keys={"fps": None}), ("camera", "a"), {"source": "demo"}),
        (Change(table="camera.b", keys={"source": "x"}), ("camera", "b"), {"source": "x"}),
        (Change(table="camera.a", keys=None), ("camera",), {}),
        (Change(table="detect", keys={"workers": 2}), ("detect",), {"detector": "haar", "workers": 2}),
        (Change(table="landmarks", keys={"facing_deg": 30.0}), ("landmarks",), {"max_faces": 2, "facing_deg": 30.0}),
        (Change(table="overlay", keys={"labels": "fr"}), ("overlay",), {"labels": "fr"}),
        (Change(table="camera.a", keys=None, others={"camera.b": {"fps": 1}}), ("camera",), {"b": {"fps": 1}}),
        (Change(table="camera.b", keys={"source": "x"}, instead="camera.a"), ("camera",), {"b": {"source": "x"}}),
    ],
)
def test_tables_change(wanted: Change, path: tuple[str, ...], expected: object) -> None:
    """Only the named table changes, and the given tables stay unchanged."""
    before = str(CONFIG)
    found: Any = changed(CONFIG, wanted)
    for part in path:
        found = found[part]

    assert found == expected
    assert str(CONFIG) == before


@pytest.mark.parametrize("table", ["run", "output.e", "camera", "detect.x", "camera.nobody", "metrics", "."])
def test_other_tables_cannot_be_changed(table: str) -> None:
    """The error names the table."""
    with pytest.raises(ConfigError, match=table.replace(".", r"\.")):
        changed(CONFIG, Change(table=table, keys=None))


def test_a_step_that_does_not_run_cannot_be_changed() -> None:
    """The line says what to do; its defaults are those of a run that has it."""
    with pytest.raises(ConfigError, match=r"expected a run with \[landmarks\], found none: .* restart"):
        changed(tables_of(Config()), Change(table="landmarks", keys={"facing_deg": 30.0}))

    assert "landmarks" not in stage_defaults(Config())
    assert stage_defaults(Config(landmarks={}))["landmarks"] == {"model_path": "", "facing_deg": 20.0, "max_faces": 8}


def test_options_are_read_as_in_a_config() -> None:
    """A value that is not TOML is text; an empty one removes the key."""
    pairs = ["fps=5", "loop=true", "source=rtsp://x/1?a=b", 'label="7"', "width="]

    assert parse_keys(pairs) == {"fps": 5, "loop": True, "source": "rtsp://x/1?a=b", "label": "7", "width": None}
    with pytest.raises(ConfigError, match="key=value"):
        parse_keys(["fps"])
    assert parse_table(pairs) == {"fps": 5, "loop": True, "source": "rtsp://x/1?a=b", "label": "7"}
    assert parse_table(None) == {}
    assert parse_changes(pairs) == parse_keys(pairs)


def test_a_change_of_nothing_is_refused() -> None:
    """It may be half of what was meant, such as `emobot camera set hall` for its options; no run is asked."""
    for change in (lambda: set_camera("hall"), lambda: set_stage("emotion", [])):
        with pytest.raises(ConfigError, match="expected at least one option as key=value, or key= for its default"):
            change()


def test_the_list_is_there_for_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The list is JSON, without logins; a camera whose process runs may be offline."""
    tables = Tables(config={"camera": {"a": {"source": "rtsp://x:y@z", "fps": 5.0}}}, states={"a": "runs"})
    counts = Counts({names.STATE: {frozenset({("camera", "a"), ("state", "offline")}): 1.0}})
    monkeypatch.setattr("pipeline.cli.cameras.camera.read_counts", lambda directory: counts)
    monkeypatch.setattr("pipeline.cli.cameras.camera.change", lambda directory, wanted: tables)
    monkeypatch.setattr("pipeline.cli.cameras.camera.find_run", lambda directory, run: Path(directory))
    show("/run/x", as_json=True)

    expected = [{"name": "a", "state": "offline", "process": "runs", "options": {"source": "rtsp://***@z", "fps": 5.0}}]
    assert json.loads(capsys.readouterr().out) == expected


def test_nobody_answers_where_nothing_runs(tmp_path: Path) -> None:
    """One line reports it, in time."""
    with pytest.raises(InputError, match="expected an answer"):
        ask(control_address(tmp_path), Change(), Tables, timeout_s=0.2)


class _Supervisor:
    """Notes that it was asked to end."""

    ended = False
    changing = False

    def end(self) -> None:
        """Record the call."""
        self.ended = True

    def change(self, plan: Plan) -> None:
        """Apply it at once."""

    outcome = ""


def test_a_plan_that_was_applied_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the run's events are found at a new address; a change that is refused is not."""
    plans: list[Plan] = []
    planned = Planned(Config(), Plan(nodes=()), {})
    told: Any = _Supervisor()
    monkeypatch.setattr(control, "plan_apart", lambda path, where, level: planned)
    (tmp_path / "c.toml").touch()
    answering = control.Control(Config(), tmp_path / "c.toml", tmp_path, told, plans.append)
    try:
        for told.outcome in ("refused", ""):
            signal.raise_signal(signal.SIGHUP)
            answering.answer()
            answering.answer()
    finally:
        answering.close()

    assert plans == [planned.plan]


def test_cameras_that_no_longer_run_are_paused_or_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The metrics say which; their processes said that the stream ended."""
    cameras: dict[str, dict[str, Any]] = {name: {"source": "demo"} for name in ("goes-on", "rests", "left")}
    after = {"goes-on": cameras["goes-on"], "rests": {"source": "demo", "enabled": False}}
    planned = Planned(Config(camera=after), Plan(nodes=()), {})
    monkeypatch.setattr(control, "plan_apart", lambda path, where, level: planned)
    told: Any = _Supervisor()
    (tmp_path / "c.toml").touch()
    answering = control.Control(Config(camera=cameras), tmp_path / "c.toml", tmp_path, told)
    for name in cameras:
        set_state(name, "ended" if name != "goes-on" else "live")
    try:
        signal.raise_signal(signal.SIGHUP)
        answering.answer()
        answering.answer()
    finally:
        answering.close()
    states = {s.labels["camera"]: s.labels["state"] for m in STATE.collect() for s in m.samples if s.value}

    assert {name: states[name] for name in cameras} == {"goes-on": "live", "rests": "paused", "left": "removed"}


def test_what_is_read_only_at_the_start_is_named_at_each_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also at the second one: it is still not in effect. What is no file changes nothing, in one line, at once."""
    planned = Planned(Config(metrics=Metrics(listen=""), fleet=Fleet(box="x")), Plan(nodes=()), {})
    monkeypatch.setattr(control, "plan_apart", lambda path, where, level: planned)
    told: Any = _Supervisor()
    answering = control.Control(Config(), path := tmp_path / "c.toml", tmp_path, told)
    try:
        for _ in range(2):
            path.touch()
            caplog.clear()
            signal.raise_signal(signal.SIGHUP)
            answering.answer()
            answering.answer()
            lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
            assert lines == [f"[{it}] is unchanged: it is read only when a run starts" for it in ("metrics", "fleet")]
        path.unlink()
        for make, found in ((None, "no"), (path.mkdir, "no file:"), (lambda: os.mkfifo(path), "no file:")):
            if make:
                make()
            caplog.clear()
            signal.raise_signal(signal.SIGHUP)
            answering.answer()
            assert [it.getMessage() for it in caplog.records] == [
                f"nothing changed: expected a config file, found {found} {path}"
            ]
            if path.is_dir():
                path.rmdir()
    finally:
        answering.close()


@pytest.mark.parametrize(
    ("terminal", "nohup", "gone", "ends"),
    [(True, False, True, True), (True, False, False, False), (False, False, True, False), (True, True, True, False)],
)
def test_a_run_ends_with_its_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool, nohup: bool, gone: bool, ends: bool
) -> None:
    """SIGHUP of a closed terminal ends the run; any other SIGHUP reloads the config."""
    supervisor, reread = _Supervisor(), []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
    monkeypatch.setattr(control, "has_terminal", lambda: terminal)
    planned = Planned(Config(), Plan(nodes=()), {})
    monkeypatch.setattr(control, "plan_apart", lambda path, where, level: reread.append(True) or planned)
    told: Any = supervisor
    (tmp_path / "c.toml").touch()
    answering = control.Control(Config(), tmp_path / "c.toml", tmp_path, told)
    try:
        monkeypatch.setattr(control, "has_terminal", lambda: terminal and not gone)
        signal.raise_signal(signal.SIGHUP)
        answering.answer()
    finally:
        answering.close()
        signal.signal(signal.SIGHUP, before)

    assert supervisor.ended is ends
    assert bool(reread) is not ends
