"""The checks of `emobot doctor`, and what they report."""

import os
import re
import socket
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import psutil
import pytest

from models import engines
from models.fetch import landmarks_path
from pipeline.cli.doctor import examine as doctor
from pipeline.cli.doctor.examine import Finding, examine
from pipeline.cli.lens import Lens

pytestmark = pytest.mark.slow


def of(findings: list[Finding], what: str) -> list[Finding]:
    """Return the findings about one thing."""
    return [finding for finding in findings if finding.what == what]


def write(path: Path, tables: str = "") -> Path:
    """Write a config that works, and more tables."""
    path.write_text(
        '[camera.a]\nsource = "demo"\n[output.e]\nkind = "events"\naddress = "tcp://127.0.0.1:0"\n'
        f'[metrics]\nlisten = ""\n{tables}'
    )
    return path


def test_each_thing_that_is_not_good_comes_with_what_to_do() -> None:
    """Findings that are good need no action."""
    findings = list(examine(None))

    assert {"Python", "packages", "GPU", "/dev/shm", "disk", "detect", "emotion", "overlay"} <= {
        f.what for f in findings
    }
    assert all(bool(finding.todo) == (finding.state != "good") for finding in findings)
    assert all("\n" not in finding.text for finding in findings)


def test_a_camera_that_is_not_plugged_in_is_a_note(tmp_path: Path) -> None:
    """A run starts without it and opens it later; a misspelt path is seen here."""
    config = write(tmp_path / "c.toml", '[camera.b]\nsource = "/dev/no-such-camera"\n[camera.c]\nsource = "x.mp4"\n')
    (tmp_path / "x.mp4").touch()
    with chdir(tmp_path):
        found = [finding for finding in of(list(examine(config)), "USB cameras") if "[camera" in finding.text]

    assert [(one.state, one.text) for one in found] == [("note", "[camera.b] source: /dev/no-such-camera is not there")]


@pytest.mark.parametrize(("content", "text"), [(None, "make setup"), (b"half", "found .*tflite")])
def test_a_second_opinion_that_cannot_be_asked_is_a_note(
    content: bytes | None, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run works without it: its file is missing, or damaged. With it all is well."""
    assert doctor.second_opinion().state == "good"

    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    if content:
        landmarks_path().write_bytes(content)
    finding = doctor.second_opinion()

    assert finding.state == "note" and finding.todo == "make setup"
    assert re.search(text, finding.text)


def test_a_config_that_works_is_good(tmp_path: Path) -> None:
    """No finding would stop a run."""
    findings = list(examine(write(tmp_path / "c.toml")))

    assert [finding.state for finding in of(findings, "config")] == ["good"]


def test_how_far_faces_are_found(tmp_path: Path) -> None:
    """For a lens, by the options of the run; a wider lens sees less far; without a lens nothing is said."""

    def far(config: Path | None, fov: float, width: int = 1920) -> float:
        """Return the largest distance."""
        (finding,) = of(list(examine(config, Lens(fov, width, width * 9 // 16))), "range of sight")
        assert finding.state == "good"
        return float(finding.text.split(" to ")[1].split(" m")[0])

    config = write(tmp_path / "c.toml", "[detect]\nmin_face_px = 48\n")

    assert far(None, 40) > far(None, 80) > far(None, 120) > 0
    assert far(config, 40) == pytest.approx(far(None, 40) / 2, abs=0.1)
    assert of(list(examine(None)), "range of sight") == []


def test_a_detector_of_the_users_own_has_no_known_range(tmp_path: Path) -> None:
    """It is a note and stops nothing."""
    config = write(tmp_path / "c.toml", '[detect]\nuse = "tests.pipeline.stubs:Pass"\n')
    (finding,) = of(list(examine(config, Lens(80, 1920, 1080))), "range of sight")

    assert finding.state == "note"


def test_each_mistake_of_a_config_is_found(tmp_path: Path) -> None:
    """Each mistake is a finding that would stop a run."""
    findings = of(list(examine(write(tmp_path / "c.toml", "[detect]\nx = 1\n[overlay]\ny = 2\n"))), "config")

    assert [finding.state for finding in findings] == ["missing", "missing"]
    assert "[detect] unknown key x" in findings[0].text and "[overlay] unknown key y" in findings[1].text


def test_a_config_that_is_not_there_is_one_finding(tmp_path: Path) -> None:
    """The finding suggests a config that exists."""
    (finding,) = of(list(examine(tmp_path / "c.toml")), "config")

    assert finding.state == "missing" and "demo.toml" in finding.todo


def test_a_port_in_use_would_stop_a_run(tmp_path: Path) -> None:
    """The finding names the table and the address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        config = tmp_path / "c.toml"
        config.write_text(write(config).read_text().replace('listen = ""', f'listen = "127.0.0.1:{port}"'))
        (finding,) = of(list(examine(config)), "port")

    assert finding.state == "missing" and f"[metrics] listen 127.0.0.1:{port}" in finding.text


def test_who_has_a_port_is_said(tmp_path: Path) -> None:
    """The finding names the process and how to end it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        config = write(tmp_path / "c.toml", f'[output.page]\nkind = "web"\nport = {one.getsockname()[1]}\n')
        (finding,) = of(list(examine(config)), "port")

    assert f"held by process {os.getpid()}: " in finding.text
    assert finding.todo.startswith(f"kill {os.getpid()} stops it")


def test_a_run_that_is_on_is_recognised(tmp_path: Path) -> None:
    """A run is recognised by its process names, and its supervisor is named."""
    program = (
        "import os, socket, time; from setproctitle import setproctitle\n"
        "one = socket.socket(); one.bind(('127.0.0.1', 0)); one.listen()\n"
        "pid = os.fork()\n"
        "if pid: os.waitpid(pid, 0)\n"
        "else:\n"
        "    setproctitle('emobot: output.page'); print(one.getsockname()[1], flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        try:
            port = int(run.stdout.readline())
            config = write(tmp_path / "c.toml", f'[output.page]\nkind = "web"\nport = {port}\n')
            (finding,) = of(list(examine(config)), "port")
        finally:
            for child in psutil.Process(run.pid).children():
                child.kill()

    assert finding.todo.startswith(f"a run is active: kill {run.pid} stops it")


def test_whose_port_is_not_known_can_be_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root can see other users' processes, so the finding names a command."""
    monkeypatch.setattr(doctor, "who_listens", lambda port: None)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        config = write(tmp_path / "c.toml", f'[output.page]\nkind = "web"\nport = {port}\n')
        (finding,) = of(list(examine(config)), "port")

    assert finding.state == "missing" and finding.todo.startswith(f"sudo ss -ltnp 'sport = :{port}'")


def test_one_address_for_two_would_stop_a_run(tmp_path: Path) -> None:
    """The finding names both tables."""
    both = '[output.one]\nkind = "web"\nport = 5556\n[output.two]\nkind = "events"\n'
    (taken,) = of(list(examine(write(tmp_path / "c.toml", both))), "config")

    assert taken.state == "missing" and "[output.two]" in taken.text and "[output.one]" in taken.text


def test_a_folder_that_cannot_be_written_to_would_stop_a_run(tmp_path: Path) -> None:
    """Every output's folder is checked; a missing folder is fine."""
    (tmp_path / "file").touch()
    kinds = {"history": "h.sqlite", "file": "{camera}.mp4", "table": "{camera}"}
    outputs = "".join(
        f'[output.{kind}-{place}]\nkind = "{kind}"\npath = "{tmp_path}/{place}/{name}"\n'
        for kind, name in kinds.items()
        for place in ("new", "file")
    )
    found = of(list(examine(write(tmp_path / "c.toml", outputs))), "output")

    assert [finding.state for finding in found] == ["good", "missing"] * 3
    assert f"found {tmp_path}/file: Not a directory" in found[1].text and "another path" in found[1].todo
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.toml", "file"]


def test_an_address_of_another_machine_would_stop_a_run(tmp_path: Path) -> None:
    """The finding names the address, not the port."""
    page = '[output.page]\nkind = "web"\nhost = "192.0.2.1"\ntoken = "0123456789abcdef"\n'
    (finding,) = of(list(examine(write(tmp_path / "c.toml", page))), "port")

    assert finding.state == "missing" and "address of this machine" in finding.todo


def test_the_ports_of_outputs_are_looked_at(tmp_path: Path) -> None:
    """Default ports are checked too, such as the page's."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        config = write(tmp_path / "c.toml", f'[output.page]\nkind = "web"\nport = {port}\n')
        (finding,) = of(list(examine(config)), "port")

    assert finding.state == "missing" and f"[output.page] 127.0.0.1:{port}" in finding.text


def test_a_network_that_was_not_fetched_would_stop_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding says how to download it."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    (finding,) = of(list(examine(None)), "detect")

    assert finding.state == "missing" and "make setup" in finding.todo


def test_a_package_of_another_version_would_stop_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding gives the expected and the found version."""
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda _: ["numpy>=99", "nothing-of-this-name"])
    found = of(list(examine(None)), "packages")

    assert [finding.state for finding in found] == ["missing", "missing"]
    assert "numpy>=99" in found[0].text and found[1].text.endswith("found none")


@pytest.mark.parametrize("installed", [1, 2])
def test_several_opencvs_are_noted(monkeypatch: pytest.MonkeyPatch, installed: int) -> None:
    """They overwrite each other's files."""
    names = ["opencv-contrib-python", "opencv-python"][:installed]
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda _: [])
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "4.11" if name in names else "")
    found = of(list(examine(None)), "OpenCV")

    assert [finding.state for finding in found] == ["note"] * (installed - 1)
    assert all("opencv-contrib-python, opencv-python, which overwrite" in finding.text for finding in found)


def test_little_shared_memory_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a note, because a run of few cameras works."""
    usage = doctor.shutil.disk_usage("/")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    (finding,) = of(list(examine(None)), "/dev/shm")

    assert finding.state == "note" and "remount" in finding.todo


@pytest.mark.parametrize(
    ("card", "engine", "state", "text"),
    [
        (False, "openvino", "note", "none: the network runs on the processor"),
        (True, "openvino", "note", "an NVIDIA card, which neither JAX nor TensorFlow can use here"),
        (True, "jax", "good", "an NVIDIA card, through jax"),
    ],
)
def test_a_card_is_worth_what_can_use_it(
    monkeypatch: pytest.MonkeyPatch, card: bool, engine: str, state: str, text: str
) -> None:
    """A GPU that no library can use is a note that says what to install."""
    monkeypatch.setattr(engines, "gpu_names", lambda: ["an NVIDIA card"] if card else [])
    monkeypatch.setattr(engines, "best_engine", lambda: engine)
    (finding,) = of(list(examine(None)), "GPU")

    assert (finding.state, finding.text) == (state, text)
    assert ("jax[cuda13]" in finding.todo) == (card and state == "note")
