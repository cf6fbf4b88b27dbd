"""Whatever is wrong in what people write or in modules of others is said in one line, and the run goes on."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config.config import load_config, parse_config
from pipeline.config.graph import build_plan
from pipeline.config.plan import Plan
from pipeline.errors import ConfigError, InputError
from pipeline.supervision import control, planning
from pipeline.supervision.changes import Change, Tables, change, control_address
from pipeline.supervision.control import Control
from pipeline.supervision.planning import make_plan, plan_apart
from pipeline.transport.wire import Codec
from pipeline.worker.pulse import Beat
from tests.pipeline.broken import MODULES, write_modules
from tests.support.plans import STUBS, make_tables

UNSEEN = ("hangs", "ends_python", "crashes", "interrupts")
"""Modules that would take the tests with them."""
GOOD = ("fine", "annotated_text", "odd_default", "starts_threads", "cannot_travel")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a package of broken modules that can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield write_modules(tmp_path)
    for name in [name for name in sys.modules if name.startswith("foreign_stages")]:
        del sys.modules[name]


class _Supervisor:
    """Takes every plan."""

    plan: Plan | None = None
    changing = False
    outcome = ""

    def change(self, plan: Plan) -> None:
        """Take note."""
        self.plan = plan

    def sources(self) -> dict[str, str]:
        """Return nothing."""
        return {}


class Run:
    """Asks a `Control`, which answers in the same thread."""

    def __init__(self, folder: Path) -> None:
        self.supervisor = _Supervisor()
        supervisor: Any = self.supervisor
        self.file = folder / "c.toml"
        self.file.write_text("")
        self.control = Control(parse_config(make_tables()), self.file, folder, supervisor)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(control_address(folder))

    def ask(self, parts: list[bytes]) -> Tables:
        """Return the answer to a message."""
        self._socket.send_multipart(parts)
        while not self._socket.poll(5):
            self.control.answer()
        return Codec(Tables).decode(self._socket.recv_multipart())

    def change(self, table: str, keys: Any, save: bool = False) -> Tables:
        """Return the answer to a change."""
        return self.ask([msgspec.msgpack.encode({"table": table, "keys": keys, "save": save})])

    def close(self) -> None:
        """End."""
        self._socket.close()
        self.control.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a run whose plans are made in this process, which is quicker."""
    monkeypatch.setattr(control, "plan_apart", lambda source, where, level: make_plan(source, where))
    made = Run(tmp_path)
    yield made
    made.close()


def refused(run: Run, answer: Tables) -> None:
    """Check that one line says what was wrong, nothing was changed, and the next good change is made."""
    assert answer.error and "\n" not in answer.error, answer.error
    assert "expected" in answer.error or "unknown key" in answer.error
    assert len(answer.error) < 1100
    assert run.supervisor.plan is None
    assert list(answer.config["camera"]) == ["a", "b"]
    good = run.change("camera.new", {"use": f"{STUBS}:Numbers"})
    assert not good.error
    assert run.supervisor.plan is not None


DEEP: Any = []
for _ in range(150):
    DEEP = [DEEP]

CHANGES: list[tuple[str, Any]] = [
    ("camera.films", {"source": "videos/**.mp4"}),
    ("camera.films", {"source": "**.mp4"}),
    ("camera.films", {"source": "[.mp4"}),
    ("camera.films", {"source": "a\0b.mp4"}),
    ("camera.films", {"source": "x" * 5000}),
    ("camera.films", {"source": "~no-such-person/x.mp4"}),
    ("camera.films", {"source": "two\nlines.mp4"}),
    ("camera.films", {"source": "rtsp://[::1"}),
    ("camera.films", {"source": "rtsp://x:99999999/"}),
    ("camera.films", {"source": "file://%00"}),
    ("camera.films", {"source": 2**63}),
    ("camera.films", {"source": []}),
    ("camera.films", {"source": {}}),
    ("camera.films", {"source": "demo", "seed": 2**64 - 1}),
    ("camera.films", {"source": "demo", "fps": float("nan")}),
    ("camera.films", {"source": "demo", "fps": float("inf")}),
    ("camera.films", {"source": "demo", "fps": DEEP}),
    ("camera.films", {"source": "demo", "fps": {"a": DEEP}}),
    ("camera.films", {"source": "demo", "a\nb": 1}),
    ("camera.films", {"source": "demo", "x" * 100_000: 1}),
    ("camera.films", {"source": "demo", "enabled": "no"}),
    ("camera.films", {"source": "demo", "fps": b"bytes"}),
    ("camera.films", {"source": "demo", "fps": msgspec.msgpack.Ext(5, b"x")}),
    ("camera.films", {"source": "0", "stall_s": 20.0}),
    ("camera.films", {"use": f"{STUBS}:Numbers", "sizes": ["x", 2**63]}),
    ("camera.films", {"use": f"{STUBS}:Numbers", "sizes": [1, None]}),
    ("camera.films", {"use": "."}),
    ("camera.films", {"use": "..x:Y"}),
    ("camera.films", {"use": ":"}),
    ("camera.films", {"use": "os:path"}),
    ("camera.films", {"use": "no such module:X"}),
    ("camera.films", {"use": "a.\0:X"}),
    ("camera.films", {"use": 5}),
    ("camera.films", {"use": []}),
    ("camera.", {"source": "demo"}),
    ("camera.a b", {"source": "demo"}),
    ("camera.a\nb", {"source": "demo"}),
    ("camera." + "x" * 10_000, {"source": "demo"}),
    ("camera.x.y", {"source": "demo"}),
    ("camera", None),
    ("stage.mine", {"use": f"{STUBS}:Pass", "after": []}),
    ("stage.mine", {"use": f"{STUBS}:Pass", "after": "nowhere"}),
    ("stage.camera", {"use": f"{STUBS}:Pass", "after": "detect"}),
    ("stage.detect", {"use": f"{STUBS}:Pass", "after": "camera"}),
    ("output.x", {"kind": []}),
    ("run", {"hang_s": 0}),
    ("detect", {"workers": 10**9}),
    ("detect", {"slow_s": "soon"}),
    ("emotion", {"use": f"{STUBS}:Model", "batch": -1}),
    ("overlay", {"use": "tests.pipeline.stubs"}),
    ("nonsense", {}),
    ("\0", {}),
]


@pytest.mark.parametrize(("table", "keys"), CHANGES, ids=range(len(CHANGES)))
def test_a_mistake_in_a_change_is_said_in_one_line(run: Run, table: str, keys: Any) -> None:
    """Nothing changes, and the next change is made."""
    refused(run, run.change(table, keys))


@pytest.mark.parametrize("name", [name for name in MODULES if name not in (*UNSEEN, *GOOD)])
def test_a_module_that_fails_is_said_in_one_line(run: Run, package: str, name: str) -> None:
    """Whatever it raises, wherever."""
    keys = {"x": 1} if name == "odd_type" else {}
    answer = run.change("detect", {"use": f"{package}.{name}:Broken", **keys})
    assert "[detect]" in answer.error
    refused(run, answer)


@pytest.mark.parametrize("name", GOOD)
def test_a_module_may_be_unusual(run: Run, package: str, name: str) -> None:
    """Defaults that cannot be sent are left out of what can be told."""
    if name != "starts_threads":
        answer = run.change("detect", {"use": f"{package}.{name}:Broken"})
        assert not answer.error
        assert (set(answer.defaults["detect"]) == {"x"}) == (name in ("annotated_text", "cannot_travel"))


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"\xc1"],
        [b"GET / HTTP/1.1\r\n"],
        [b"\x91" * 100_000 + b"\x90"],
        [b"\x81\xa4keys\x81\xa1a" + b"\x91" * 100_000 + b"\x90"],
        [b"\x80", b"more", b""],
        [msgspec.msgpack.encode({"table": 5})],
        [msgspec.msgpack.encode({"table": "a" * 10**6})],
        [msgspec.msgpack.encode({"table": "camera.a", "keys": [1]})],
        [msgspec.msgpack.encode({"table": "camera.a", "keys": {"a": 1}, "nonsense": 1})],
        [b"\x81\xa4keys\x81\x01\x02"],
        [b"\x82\xa5table\xa6detect\xa4keys\x81\xa1x\xc7\x0c\xff" + b"\xff" * 12],
        [b"\x81\xa5table\xa2\xff\xfe"],
    ],
    ids=range(13),
)
def test_a_message_that_is_none_is_answered(run: Run, parts: list[bytes]) -> None:
    """Parts after the first are no question's; a question without a table changes nothing."""
    answer = run.ask(parts)
    if parts[0] != b"\x80":
        refused(run, answer)


@pytest.mark.parametrize("text", ["[camera", "camera = 3", "[camera.a]\nsource = 1" + "0" * 5000, "a = " + "[" * 5000])
def test_a_file_that_cannot_be_saved_to_changes_nothing(run: Run, text: str) -> None:
    """What was to be kept and cannot be is not made either."""
    run.file.write_text(text)
    answer = run.change("camera.new", {"use": f"{STUBS}:Numbers"}, save=True)
    refused(run, answer)
    assert run.file.read_text() == text


def test_what_nobody_thought_of_is_answered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the supervisor itself fails, and where the answer cannot be sent."""

    def fail(*arguments: Any) -> None:
        raise KeyError("x")

    monkeypatch.setattr(run.supervisor, "change", fail)
    answer = run.change("camera.new", {"use": f"{STUBS}:Numbers"})
    monkeypatch.undo()
    monkeypatch.setattr(control, "plan_apart", lambda source, where, level: make_plan(source, where))
    assert "KeyError" in answer.error
    monkeypatch.setattr(run.supervisor, "sources", lambda: {"camera.a": 2**70})
    assert "found OverflowError" in run.ask([b"\x80"]).error
    monkeypatch.undo()
    assert not run.ask([b"\x80"]).error


@pytest.mark.parametrize(
    "text",
    [
        "x = 1" + "0" * 5000,
        "x = " + "[" * 3000 + "]" * 3000,
        "x = {a = " * 500 + "1" + "}" * 500,
        "[run]\nhang_s = nan",
        "[run]\nmax_age_ms = inf",
        "[run]\njobs = 99999999999999999999",
        '[run]\ndir = "a\\u0000b"',
        "[run]\ndir = 1979-05-27",
        "x = 1979-13-45",
        "camera = [1, 'a', {}]",
        '[camera."a\\nb"]\nsource = "demo"',
        '["\\u0000"]',
        "[output.a]\nkind = []\n[camera.a]\nsource = 'demo'",
        "[output.a]\nkind = {}\n[camera.a]\nsource = 'demo'",
        "\ufeff[run]",
        "[run]\n[run]",
        "[stage.camera]\nafter = 'detect'\n[stage.detect]\nafter = 'camera'",
    ],
)
def test_a_mistake_in_a_file_is_said_in_lines(tmp_path: Path, text: str) -> None:
    """Each begins with the file's name."""
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        make_plan(file, str(file))

    assert all(str(file) in line for line in str(refusal.value).splitlines())
    assert len(str(refusal.value)) < 5000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hangs", "expected a plan within"),
        ("ends_python", "ended Python: exit code 0"),
        ("crashes", "ended Python: signal 11"),
        ("interrupts", "raises KeyboardInterrupt"),
    ],
)
def test_a_module_cannot_take_the_run_with_it(
    package: str, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """It is imported in a process of its own, and not waited for for ever."""
    if name == "hangs":
        monkeypatch.setattr(planning, "LIMIT_S", 1.0)
    with pytest.raises(ConfigError, match=said):
        plan_apart(make_tables(detect={"use": f"{package}.{name}:Broken"}), "change")


def test_a_module_is_read_again(tmp_path: Path, package: str) -> None:
    """One that was broken and one that was fine, without a restart of the run."""
    file = tmp_path / package / "fine.py"
    tables = make_tables(detect={"use": f"{package}.fine:Broken"})
    first = plan_apart(tables, "change")
    file.write_text("1 / 0")
    with pytest.raises(ConfigError, match=r"found ZeroDivisionError: division by zero \(.*fine.py:1\)"):
        plan_apart(tables, "change")
    file.write_text(MODULES["starts_threads"])

    again = plan_apart(tables, "change")
    assert again.plan == first.plan


def test_what_cannot_be_sent_is_not(tmp_path: Path) -> None:
    """One line says so before anything is sent."""
    for keys in ({"fps": 2**64}, {"fps": float("nan")}, {"source": "\udcff"}, {"\udcff": 1}, {"fps": [[2**70]]}):
        with pytest.raises(ConfigError, match=r"^\[camera.a\] .*expected") as refusal:
            change(tmp_path, Change(table="camera.a", keys=keys))
        assert "\n" not in str(refusal.value)
    with pytest.raises(InputError, match="expected an answer"):
        # null takes a key away
        change(tmp_path, Change(table="camera.a", keys={"fps": None}), timeout_s=0.01)
    with pytest.raises(ConfigError, match="expected text in UTF-8"):
        change(tmp_path, Change(table="camera.\udcff", keys={}))


@pytest.mark.parametrize("stall_s", [None, 3.0, 7.0])
def test_a_stall_must_be_shorter_than_a_hang(stall_s: float | None) -> None:
    """Else the process is killed before it can say that its camera is silent; the default counts as well."""
    table: dict[str, Any] = {"source": "0"} | ({"stall_s": stall_s} if stall_s else {})
    config = parse_config(make_tables(camera={"hall": table}, run={"hang_s": 3.0}))
    with pytest.raises(ConfigError, match=rf"\[camera.hall\] stall_s: .*hang_s in \[run\], 3, found {stall_s or 5:g}$"):
        build_plan(config)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.sampled_from(["demo", "events", "web", "camera", "detect", f"{STUBS}:Pass", "a:b", "**.mp4", "rtsp://a@b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8)
            | st.sampled_from(["source", "use", "kind", "after", "enabled", "workers", "path", "fps"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
GROUPS = st.sampled_from(["run", "camera", "detect", "emotion", "overlay", "stage", "output", "privacy", "metrics"])
CONFIGS = st.dictionaries(GROUPS | st.text(max_size=5), VALUES | st.dictionaries(st.text(max_size=8), VALUES))


@settings(max_examples=150, deadline=None)
@given(CONFIGS)
def test_tables_of_any_kind_are_planned_or_refused(raw: dict[str, Any]) -> None:
    """With a ConfigError, and nothing else."""
    for tables in (raw, make_tables(**{k: v for k, v in raw.items() if isinstance(v, dict)})):
        try:
            build_plan(parse_config(tables))
        except ConfigError as error:
            assert all(line.isprintable() for line in str(error).splitlines())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_files_of_any_kind_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    """With a ConfigError, and nothing else."""
    file = tmp_path / "c.toml"
    file.write_bytes(data)
    with contextlib.suppress(ConfigError):
        load_config(file)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([Change, Tables, Beat]), st.lists(st.binary(max_size=40), max_size=3), VALUES)
def test_messages_of_any_kind_are_read_or_refused(kind: Any, parts: list[bytes], value: Any) -> None:
    """With an InputError, and nothing else."""
    try:
        sent = msgspec.msgpack.encode({"table": "camera.a", "keys": value})
    except (OverflowError, TypeError):
        sent = b""
    for message in (parts, [sent, *parts]):
        try:
            Codec(kind).decode(message)
        except InputError as error:
            assert str(error).isprintable()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["camera.a", "camera.z", "detect", "emotion", "overlay", "stage.x"]) | st.text(max_size=9), VALUES
)
def test_changes_of_any_kind_are_answered(run: Run, table: str, keys: Any) -> None:
    """In lines that can be printed."""
    try:
        question = msgspec.msgpack.encode({"table": table, "keys": keys})
    except (OverflowError, UnicodeEncodeError):
        return
    answer = run.ask([question])
    assert all(line.isprintable() for line in answer.error.splitlines())
