"""Configs, files, messages and changes of any kind are read or refused."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config.config import load_config, parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError, InputError
from pipeline.supervision.changes import Change, Tables
from pipeline.transport.wire import Codec
from pipeline.worker.pulse import Beat
from tests.pipeline.config.mistakes.asking import Run
from tests.support.plans import STUBS, make_tables

pytestmark = pytest.mark.slow

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


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(CONFIGS)
def test_tables_of_any_kind_are_planned_or_refused(raw: dict[str, Any]) -> None:
    """Any table gives a plan or a ConfigError."""
    for tables in (raw, make_tables(**{k: v for k, v in raw.items() if isinstance(v, dict)})):
        try:
            build_plan(parse_config(tables))
        except ConfigError as error:
            assert all(line.isprintable() for line in str(error).splitlines())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_files_of_any_kind_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    """Any file gives tables or a ConfigError."""
    file = tmp_path / "c.toml"
    file.write_bytes(data)
    with contextlib.suppress(ConfigError):
        load_config(file)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([Change, Tables, Beat]), st.lists(st.binary(max_size=40), max_size=3), VALUES)
def test_messages_of_any_kind_are_read_or_refused(kind: Any, parts: list[bytes], value: Any) -> None:
    """Any bytes give a message or an InputError."""
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
    """Any change gets an answer in printable lines."""
    try:
        question = msgspec.msgpack.encode({"table": table, "keys": keys})
    except (OverflowError, UnicodeEncodeError):
        return
    answer = run.ask([question])
    assert all(line.isprintable() for line in answer.error.splitlines())
