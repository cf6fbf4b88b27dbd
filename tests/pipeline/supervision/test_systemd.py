"""Messages to systemd."""

import socket
from pathlib import Path

import pytest

from pipeline.supervision.systemd import notify


def test_systemd_hears_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is sent to the socket that systemd names."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        notify("READY=1")

        assert systemd.recv(100) == b"READY=1"


def test_without_systemd_nobody_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket is created."""
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    monkeypatch.delattr(socket, "socket")
    notify("WATCHDOG=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "@somebody")

    with pytest.raises(AttributeError):
        notify("WATCHDOG=1")


@pytest.mark.parametrize("address", ["/nonexistent/notify", "@nobody-listens-here"])
def test_a_systemd_that_has_gone_is_asked_again(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost messages cause no error, and later ones are sent as usual."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("WATCHDOG=1")

    test_systemd_hears_the_state(tmp_path, monkeypatch)


def test_a_systemd_that_reads_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its queue is full after a few messages, and the supervisor continues."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        for _ in range(2000):
            notify("WATCHDOG=1")


def test_without_a_free_file_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next message may find a free descriptor."""

    def fail(*arguments: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setenv("NOTIFY_SOCKET", "@somebody")
    monkeypatch.setattr(socket, "socket", fail)
    notify("WATCHDOG=1")
