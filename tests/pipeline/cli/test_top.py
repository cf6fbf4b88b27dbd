"""`emobot top`, against an endpoint."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from pipeline.cli import top as command
from pipeline.cli.top import url_of_source
from pipeline.errors import ConfigError, InputError
from pipeline.metrics.health import Health

pytestmark = pytest.mark.process


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of an endpoint that knows one camera."""
    registry = CollectorRegistry()
    Counter("emobot_frames_in", "", ["stage", "camera"], registry=registry).labels("camera.hall", "hall").inc()
    Gauge("emobot_camera_state", "", ["camera", "state"], registry=registry).labels("hall", "offline").set(1)
    Gauge("emobot_camera_clock_offset_seconds", "", ["camera"], registry=registry).labels("hall").set(-0.0421)
    health = Health("127.0.0.1:0", registry, lambda: True, lambda: True)
    yield health.port
    health.close()


def start(repository: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start `emobot top` with its output in a pipe."""
    command = [sys.executable, "-m", "pipeline", "top", *arguments]
    return subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_one_table_into_a_pipe(repository: Path, port: int) -> None:
    """Plain text is printed once, then the command ends."""
    with start(repository, f"127.0.0.1:{port}", "--once") as program:
        output, errors = program.communicate(timeout=60)

    assert (program.returncode, errors) == (0, "")
    assert "hall" in output and "offline" in output and "-42 ms" in output
    assert "\x1b" not in output


def test_an_interrupt_is_a_clean_end(repository: Path, port: int) -> None:
    """Ctrl-C prints no traceback and exits with code 0."""
    with start(repository, f"127.0.0.1:{port}", "--every", "0.2") as program:
        assert program.stdout is not None
        while "hall" not in program.stdout.readline():
            assert program.poll() is None
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)

    assert (program.returncode, errors) == (0, "")


def test_without_a_run_one_line_says_so(repository: Path) -> None:
    """The line names the address that was tried."""
    with start(repository, "127.0.0.1:9", "--once") as program:
        _, errors = program.communicate(timeout=60)

    assert program.returncode == 1
    assert errors.startswith("emobot: expected the metrics of a run at http://127.0.0.1:9/metrics")


def test_without_a_run_on_this_machine_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not the address that nobody chose, nor a refused connection."""
    monkeypatch.setattr(command, "about_run", lambda name, directory: None)
    monkeypatch.setattr(command, "find_runs", dict)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text('[metrics]\nlisten = "127.0.0.1:9"\n')

    with pytest.raises(InputError, match="expected a run on this machine, found none: `emobot run` starts one"):
        command.top()


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1:9108", "http://127.0.0.1:9108/metrics"),
        ("0.0.0.0:80", "http://127.0.0.1:80/metrics"),
        (":8000", "http://127.0.0.1:8000/metrics"),
        ("[::]:8000", "http://[::1]:8000/metrics"),
    ],
)
def test_the_config_says_where_the_metrics_are(tmp_path: Path, listen: str, url: str) -> None:
    """An address that means every interface is asked on this machine."""
    (tmp_path / "c.toml").write_text(f'[metrics]\nlisten = "{listen}"\n')

    assert url_of_source(str(tmp_path / "c.toml")) == url


def test_a_run_without_metrics_cannot_be_watched(tmp_path: Path) -> None:
    """The line says what is missing."""
    (tmp_path / "c.toml").write_text('[metrics]\nlisten = ""\n')
    with pytest.raises(ConfigError, match="metrics"):
        url_of_source(str(tmp_path / "c.toml"))
