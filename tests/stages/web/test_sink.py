"""The page refuses to be open to strangers, takes its port or says why not, and leaves nothing behind."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from pipeline.config.config import Privacy, load_config, parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError
from pipeline.messages import Fault, Language
from stages.web import uploads as recordings_module
from stages.web.access.credentials import hash_password
from stages.web.access.listener import listen
from stages.web.access.policy import Kind
from stages.web.sink import Web, may_control
from stages.web.texts.texts import TEXTS, choose_language
from stages.web.uploads import KEEP_S, Recordings
from stages.web.visitor import Reader
from tests.support.connections import kept_alive
from tests.support.waiting import until

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "emobot.lan", ""])
def test_others_are_let_in_with_credentials_only(host: str) -> None:
    """Any address but loopback needs a token or a password, and `emobot check` reports it."""
    with pytest.raises(ConfigError, match="host: expected a token, or a user and password"):
        Web.check(host=host)
    Web.check(host=host, token=TOKEN)
    Web.check(host=host, user="ann", password=hash_password("correct horse"))
    for loopback in ("127.0.0.1", "127.0.0.9", "::1", "localhost"):
        Web.check(host=loopback)


@pytest.mark.parametrize(
    ("host", "control", "expected"),
    [
        *(("127.0.0.1", None, True), ("localhost", None, True), ("127.0.0.1", False, False)),
        *(("0.0.0.0", None, False), ("192.168.1.7", None, False), ("0.0.0.0", True, True)),
    ],
)
def test_where_others_can_look_they_change_nothing_unless_told(host: str, control: bool | None, expected: bool) -> None:
    """Settings and `/api` are there by default on this machine alone."""
    assert may_control(host, control) == expected


def test_a_config_with_an_open_page_is_refused() -> None:
    """One line names the table and the key."""
    raw = {"camera": {"a": {"source": "demo"}}, "output": {"page": {"kind": "web", "host": "0.0.0.0"}}}

    with pytest.raises(ConfigError, match=r"\[output.page\] host: expected a token"):
        build_plan(parse_config(raw))


def test_a_port_in_use_is_told_in_one_line() -> None:
    """It names the address and the reason."""
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"found 127.0.0.1:{port} not available .Address already in use"):
            listen("127.0.0.1", port)


def test_only_this_machine_is_served_unless_told() -> None:
    """Without `host` nothing but loopback is listened at."""
    with closing(listen("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.settimeout(2)
        assert client.connect_ex(("127.0.0.2", listener.getsockname()[1])) != 0


def test_a_browser_without_network_is_noticed() -> None:
    """A phone that leaves in the middle of an upload sends nothing more; its place in the queue is free soon."""
    with closing(listen("127.0.0.1", 0)) as listener, closing(socket.create_connection(listener.getsockname())):
        accepted, _ = listener.accept()
        with closing(accepted):
            assert kept_alive(listener.getsockname()[1]) == {"listener"}


def test_checking_a_config_loads_no_server() -> None:
    """Importing the stage costs neither NiceGUI nor FastAPI."""
    program = "import sys, stages.web.sink; print({'nicegui', 'fastapi', 'uvicorn'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout == "set()\n"


def test_every_text_is_there_in_every_language() -> None:
    """All languages have the same keys, with the same values to fill in."""
    fields = {
        language: {key: {part[1] for part in _fields(text)} for key, text in texts.items()}
        for language, texts in TEXTS.items()
    }

    assert fields["fr"] == fields["en"]


def _fields(text: str) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    return (part for part in Formatter().parse(text) if part[1])


@pytest.mark.parametrize("language", TEXTS)
def test_every_kind_of_mistake_has_its_text(language: Language) -> None:
    """Of a source and of a change that is refused; what a program said of it never is a part of it."""
    reader = Reader(language, "auto", {})
    faults = [reader.fault(fault, "as it came") for fault in get_args(Fault)]
    refused = [reader(f"refused_{kind}", name="hall") for kind in get_args(Kind)]

    assert reader.fault("", "") == ("", "")
    assert all("as it came" not in text for text, _ in faults)
    assert {detail for _, detail in faults} == {"", "as it came"}
    assert len({text for text, _ in faults} | set(refused)) == len(faults) + len(refused)


@pytest.mark.parametrize(
    ("setting", "cookie", "accepted", "expected"),
    [
        ("auto", None, "", "en"),
        ("auto", None, "de-DE,fr-CA;q=0.8,en;q=0.5", "fr"),
        ("fr", None, "en", "fr"),
        ("fr", "en", "fr", "en"),
        ("auto", "xx", "fr", "fr"),
    ],
)
def test_the_language(setting: str, cookie: str | None, accepted: str, expected: str) -> None:
    """The reader's choice goes before the setting, the setting before the browser."""
    assert choose_language(setting, cookie, accepted) == expected


class Clock:
    """A clock that is set by hand."""

    time = 1e9

    def __call__(self) -> float:
        """Return the time."""
        return self.time


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_uploads_are_gone_after_an_hour_and_at_the_end(root: Path) -> None:
    """What has expired is deleted by itself, the rest when the page is closed."""
    clock = Clock()
    recordings = Recordings("", now=clock)
    with closing(recordings):
        old = recordings.begin("old.mp4", "mp4", "me", "en")
        assert old
        old.source.write_bytes(b"x")
        old.status = "failed"
        clock.time += KEEP_S / 2
        new = recordings.begin("new.mp4", "mp4", "me", "en")
        assert new
        clock.time += KEEP_S / 2 + 1
        recordings.submit(old)  # wakes the thread
        until(lambda: recordings.get(old.id) is None and not old.folder.exists())

        assert recordings.get(old.id) is None
        assert not old.folder.exists()
        assert new.folder.exists()
    assert list(root.iterdir()) == []


def test_uploads_are_kept_for_an_hour_whatever_the_clock_says(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hour is one of the time since the machine started: the clock of the day may be set meanwhile."""
    passed_s = 1000.0
    monkeypatch.setattr("time.clock_gettime", lambda clock: passed_s)
    with closing(Recordings("")) as recordings:
        recording = recordings.begin("old.mp4", "mp4", "me", "en")
        assert recording
        recording.status = "failed"
        passed_s += KEEP_S + 1
        recordings.submit(recording)  # wakes the thread
        until(lambda: recordings.get(recording.id) is None, seconds=10.0)


def test_what_a_killed_process_left_is_removed_by_the_next(root: Path) -> None:
    """Folders nobody holds any more go; one that is in use stays."""
    used, lock = recordings_module.make_root()
    (root / f"{recordings_module.PREFIX}dead").mkdir()
    (root / f"{recordings_module.PREFIX}dead" / "lock").touch()
    with closing(Recordings("")) as mine:
        assert sorted(path.name for path in root.iterdir()) == sorted([used.name, mine.root.name])
    os.close(lock)


def test_a_folder_that_was_cleaned_away_is_made_again(root: Path) -> None:
    """Systems delete what lay unused in the temporary folder for ten days; each upload would find no room then."""
    with closing(Recordings("")) as recordings:
        first = recordings.root
        shutil.rmtree(first)
        upload = recordings.begin("a.mp4", "mp4", "me", "en")

        assert upload and upload.folder.is_dir()
        with closing(Recordings("")) as other:
            assert sorted(root.iterdir()) == sorted([recordings.root, other.root])
    assert list(root.iterdir()) == []


def test_a_config_for_uploads_has_to_be_there() -> None:
    """One line names it, also when the config of the run is checked."""
    for refuse in (lambda: Recordings("nowhere.toml"), lambda: Web.check(config="nowhere.toml")):
        with pytest.raises(ConfigError, match="config: expected a readable config file, found nowhere.toml"):
            refuse()


def test_uploads_are_examined_with_the_privacy_of_the_run(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the run asks for goes before what the config of uploads says, and beside what it asks for itself."""
    config = tmp_path_factory.mktemp("config") / "uploads.toml"
    config.write_text('[privacy]\nblur_faces = false\naggregate_only = true\nnotice = "Seen"\n[camera.x]\n')
    monkeypatch.setattr(recordings_module, "PROGRAM", "")
    with closing(Recordings(str(config), {"blur_faces": True, "notice": ""})) as recordings:
        upload = recordings.begin("a.mp4", "mp4", "me", "en")
        assert upload
        recordings.submit(upload)
        until(lambda: upload.status == "failed")
        told = load_config(upload.folder / "config.toml")

    assert told.privacy == Privacy(blur_faces=True, aggregate_only=True, notice="Seen")
    assert not told.camera
