"""The options of `emobot batch --ray`."""

import importlib
import signal
import sys
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.batch.places import Found
from pipeline.cli.cli import app

MODULE = importlib.import_module("pipeline.cli.recordings.batch")


@pytest.mark.parametrize(
    ("arguments", "address", "files"),
    [
        (["a.mp4", "--ray"], "auto", ["a.mp4"]),
        (["--ray", "a.mp4"], "auto", ["a.mp4"]),
        (["--ray", "10.0.0.1:6379", "a.mp4"], "10.0.0.1:6379", ["a.mp4"]),
        (["--ray=[::1]:6379", "a.mp4"], "[::1]:6379", ["a.mp4"]),
        (["--ray", "local", "a.mp4"], "local", ["a.mp4"]),
        (["--ray", "--jobs", "1", "a.mp4"], "auto", ["a.mp4"]),
        (["a.mp4", "--", "--ray"], "", ["a.mp4", "--ray"]),
    ],
)
def test_the_address_may_be_left_out(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], address: str, files: list[str]
) -> None:
    """What follows `--ray` is an address only if it looks like one."""
    given: dict[str, Any] = {}

    @contextmanager
    def cluster(address: str, *share: Any) -> Any:
        # a signal after the recordings, while reports are written
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        given["address"] = address
        raise ZeroDivisionError
        yield

    def find(files: list[str]) -> Found:
        given["files"] = files
        return Found([], [])

    monkeypatch.setattr(MODULE, "on_cluster", cluster)
    monkeypatch.setattr(MODULE, "find_inputs", find)
    CliRunner().invoke(app, ["batch", "--out", "out", *arguments])
    assert given == {"address": address, "files": files}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--ray=ray://host:10001"], "--ray: expected HOST:PORT, auto or local, found 'ray://host:10001'"),
        (["--ray=host"], "--ray: expected HOST:PORT, auto or local, found 'host'"),
        (["--ray", "--ray-cores", "0"], "--ray-cores: expected a part of one core, or whole cores, found 0"),
        (["--ray", "--ray-cores", "1.5"], "--ray-cores: expected a part of one core, or whole cores, found 1.5"),
        (["--ray", "--ray-gpu", "-1"], "--ray-gpu: expected a part of one graphics card, or whole ones, found -1"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], error: str) -> None:
    """One line says what was expected."""
    assert error in str(CliRunner().invoke(app, ["batch", "a.mp4", "--out", "out", *arguments]).exception)


def test_a_missing_ray_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """With how to install it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_AUTH_MODE", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        monkeypatch.setenv(name, "0")
    (tmp_path / "a.mp4").touch()
    arguments = ["batch", str(tmp_path / "a.mp4"), "--out", str(tmp_path / "out"), "--ray"]
    error = str(CliRunner().invoke(app, arguments).exception)
    assert error == "expected the package ray for --ray, found none: pip install 'emobot[ray]'"
