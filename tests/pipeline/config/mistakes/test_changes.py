"""Any mistake in a change or a file is reported in one line, and the run continues."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError, InputError
from pipeline.supervision import control
from pipeline.supervision.changes import Change, change
from pipeline.supervision.planning import make_plan
from tests.pipeline.config.mistakes.asking import Run, refused
from tests.support.plans import STUBS, make_tables

pytestmark = pytest.mark.slow

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
    """Extra parts are ignored, and a request without a table changes nothing."""
    answer = run.ask(parts)
    if parts[0] != b"\x80":
        refused(run, answer)


@pytest.mark.parametrize("text", ["[camera", "camera = 3", "[camera.a]\nsource = 1" + "0" * 5000, "a = " + "[" * 5000])
def test_a_file_that_cannot_be_saved_to_changes_nothing(run: Run, text: str) -> None:
    """A change that cannot be saved is not applied either."""
    run.file.write_text(text)
    answer = run.change("camera.new", {"use": f"{STUBS}:Numbers"}, save=True)
    refused(run, answer)
    assert run.file.read_text() == text


def test_what_nobody_thought_of_is_answered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors in the supervisor, and replies that cannot be sent, are answered too."""

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
    """Each line begins with the name of the file."""
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        make_plan(file, str(file))

    assert all(str(file) in line for line in str(refusal.value).splitlines())
    assert len(str(refusal.value)) < 5000


def test_what_cannot_be_sent_is_not(tmp_path: Path) -> None:
    """One line reports it before anything is sent."""
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
    """Otherwise the process is killed before it reports `stalled`; the default counts as well."""
    table: dict[str, Any] = {"source": "0"} | ({"stall_s": stall_s} if stall_s else {})
    config = parse_config(make_tables(camera={"hall": table}, run={"hang_s": 3.0}))
    with pytest.raises(ConfigError, match=rf"\[camera.hall\] stall_s: .*hang_s in \[run\], 3, found {stall_s or 5:g}$"):
        build_plan(config)
