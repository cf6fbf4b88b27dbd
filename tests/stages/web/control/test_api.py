"""`/api` in front of the part of a run that answers; only the processes are missing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.config.config import load_config
from pipeline.config.plan import Plan
from pipeline.errors import ConfigError
from pipeline.messages import Frame, Language
from pipeline.supervision.changes import Change
from pipeline.supervision.control import Control as Answering
from stages.web.access.credentials import Door
from stages.web.access.guard import Guard
from stages.web.control.api import MOST_BYTES, create_api
from stages.web.control.control import Control
from stages.web.control.run import Run
from stages.web.live.board import Board
from stages.web.visitor import Reader

TOKEN = "0123456789abcdef"
CONFIG = """\
[camera.desk]    # by the window
source = "demo"
fps = 5.0

[camera.door]
source = "rtsp://ann:secret@10.0.0.1/a"

[overlay]
bars = false

[output.events]
kind = "events"
"""


class Processes:
    """Stands in for the supervisor: every camera of the plan runs."""

    changing = False
    outcome = ""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    def change(self, plan: Plan) -> None:
        """Apply another plan at once."""
        self.plans.append(plan)

    def sources(self) -> dict[str, str]:
        """Return what each camera's process does."""
        nodes = self.plans[-1].nodes if self.plans else ()
        return {node.name: "runs" for node in nodes if node.role == "source"}


@pytest.fixture
def privacy() -> str:
    return ""


@pytest.fixture
def config(tmp_path: Path, privacy: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + (f"[privacy]\n{privacy}\n" if privacy else ""))
    return path


@pytest.fixture
def processes() -> Processes:
    return Processes()


@pytest.fixture
def run(config: Path, tmp_path: Path, processes: Processes) -> Iterator[Run]:
    answering = Answering(load_config(config), config, tmp_path, processes)  # type: ignore[arg-type]
    stop = threading.Event()

    def answer() -> None:
        while not stop.wait(0.001):
            answering.answer()

    thread = threading.Thread(target=answer)
    thread.start()
    with closing(Run(tmp_path, Board(60.0))) as run:
        run.ask(Change(table="detect", keys={}))
        yield run
    stop.set()
    thread.join()
    answering.close()


@pytest.fixture
def client(run: Run) -> Iterator[TestClient]:
    with TestClient(create_api(Control(run, any_source=False), run._board)) as client:
        yield client


def sources(processes: Processes) -> dict[str, dict[str, Any]]:
    """Return the options with which the cameras run now."""
    return {node.name: node.options for node in processes.plans[-1].nodes if node.role == "source"}


def test_the_cameras(client: TestClient, run: Run) -> None:
    """Each with its process, its state, why, and its table without the login."""
    run._board.take(
        Frame(camera="door", state="offline", error="no answer from rtsp://ann:secret@10.0.0.1/a", fault="unreachable")
    )
    desk, door = client.get("/cameras").json()

    assert desk["options"] == {"source": "demo", "fps": 5.0}
    assert (desk["process"], desk["state"]) == ("runs", "")
    assert door == {
        "name": "door",
        "process": "runs",
        "state": "offline",
        "error": "no answer from rtsp://***@10.0.0.1/a",
        "fault": "unreachable",
        "fps": 0.0,
        "options": {"source": "rtsp://***@10.0.0.1/a"},
    }
    assert client.get("/cameras/door").json() == door
    assert client.get("/cameras/nobody").status_code == 404


def test_a_camera_is_added(client: TestClient, processes: Processes, config: Path) -> None:
    """It runs; nothing is written."""
    answered = client.post("/cameras", json={"name": "hall", "options": {"source": "demo", "width": 640}})

    assert (answered.status_code, answered.json()["options"]) == (201, {"source": "demo", "width": 640})
    assert sources(processes)["camera.hall"]["width"] == 640
    assert config.read_text() == CONFIG
    again = client.post("/cameras", json={"name": "hall", "options": {"source": "demo"}})
    assert (again.status_code, again.json()) == (
        409,
        {"error": "name: expected a new one, found hall, which there is already"},
    )


def test_a_camera_is_paused_resumed_and_changed(client: TestClient, processes: Processes) -> None:
    """By keys of its table; null gives an option its default, and the other camera is left alone."""
    before = sources(processes)["camera.door"]
    paused = client.patch("/cameras/desk", json={"options": {"enabled": False}}).json()
    assert paused["process"] == "paused"
    assert "camera.desk" not in sources(processes)
    client.patch("/cameras/desk", json={"options": {"enabled": None, "fps": None, "seed": 3}})

    assert sources(processes) == {"camera.door": before, "camera.desk": {"name": "desk", "seed": 3}}


def test_a_camera_is_replaced(client: TestClient, processes: Processes) -> None:
    """What is not named is gone, but for a login that was hidden."""
    read = client.get("/cameras/door").json()["options"]
    assert client.put("/cameras/door", json={"options": read | {"width": 640}}).status_code == 200
    assert sources(processes)["camera.door"] == {"name": "door", "source": "rtsp://ann:secret@10.0.0.1/a", "width": 640}
    client.put("/cameras/desk", json={"options": {"source": "demo", "seed": 1}})
    assert sources(processes)["camera.desk"] == {"name": "desk", "seed": 1}


def test_a_camera_is_renamed(client: TestClient, processes: Processes, config: Path) -> None:
    """Its table, login included, stands under the new name; there is never a moment without it. Comments are kept."""
    answered = client.patch("/cameras/door", json={"name": "gate"})

    assert answered.json()["name"] == "gate"
    assert sources(processes)["camera.gate"]["source"] == "rtsp://ann:secret@10.0.0.1/a"
    assert "camera.door" not in sources(processes)
    assert {"camera.gate", "camera.door"} <= {node.name for node in processes.plans[-2].nodes}
    assert client.patch("/cameras/gate", json={"name": "desk"}).status_code == 409
    assert client.patch("/cameras/gate", json={"name": "a/b"}).status_code == 422
    client.patch("/cameras/desk", json={"name": "table", "save": True})
    assert '[camera.table]    # by the window\nsource = "demo"\n' in config.read_text()


def test_a_camera_is_removed(client: TestClient, processes: Processes, run: Run) -> None:
    """Its process and what the page knew of it; the last one stays."""
    run._board.take(Frame(camera="door", state="offline"))
    assert client.delete("/cameras/door").status_code == 204
    assert list(sources(processes)) == ["camera.desk"]
    assert run._board.names() == []
    assert client.delete("/cameras/door").status_code == 404
    last = client.delete("/cameras/desk")
    assert (last.status_code, last.json()) == (409, {"error": "expected another camera beside desk, found none"})


def test_changes_are_kept_if_asked(client: TestClient, config: Path) -> None:
    """They stand in the config file, whose comments stay; a name is changed there too."""
    client.patch("/cameras/desk", json={"options": {"fps": 9.5}, "name": "sill", "save": True})
    client.patch("/overlay", json={"options": {"labels": "fr"}, "save": True})
    client.delete("/cameras/door", params={"save": True})

    text = config.read_text()
    assert 'labels = "fr"' in text
    assert load_config(config).camera == {"sill": {"source": "demo", "fps": 9.5}}


def test_the_settings(client: TestClient, processes: Processes) -> None:
    """What can be changed of each stage, as written or by default; a change renews them."""
    settings = client.get("/settings").json()
    assert settings["overlay"]["bars"] is False
    assert settings["overlay"]["labels"] == "en"
    assert settings["emotion"]["tau_s"] == 0.4
    assert not {"model_path", "workers", "model", "host"} & {key for table in settings.values() for key in table}
    changed = client.patch("/emotion", json={"options": {"tau_s": 1, "margin": 0.2}}).json()

    assert (changed["tau_s"], changed["margin"]) == (1, 0.2)
    assert processes.plans[-1]["emotion"].options == {"tau_s": 1.0, "margin": 0.2}
    assert client.patch("/emotion", json={"options": {"tau_s": None}}).json()["tau_s"] == 0.4


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/cameras", {"name": "x", "options": {"source": "/etc/passwd"}}, 403, "source: expected rtsp://"),
        ("POST", "/cameras", {"name": "x", "options": {"source": "gst:videotestsrc"}}, 403, "source: expected rtsp://"),
        ("POST", "/cameras", {"name": "x", "options": {"source": "demo", "use": "os:system"}}, 403, "found use"),
        ("POST", "/cameras", {"name": "../x", "options": {"source": "demo"}}, 422, "name: expected"),
        (
            "POST",
            "/cameras",
            {"name": "x", "options": {"source": "demo", "width": 7}},
            422,
            "[camera.x] width: expected a",
        ),
        ("POST", "/cameras", {"name": "x", "options": {"source": "demo", "width": [1]}}, 422, "options.width"),
        ("POST", "/cameras", {"name": "x", "options": {}}, 422, "source: expected text"),
        ("POST", "/cameras", {"name": "x"}, 422, "options: Field required"),
        ("PATCH", "/cameras/desk", {"options": {"fps": 0.1, "seed": -1}}, 422, "; [camera.desk] seed: expected"),
        ("PATCH", "/cameras/desk", {"optoins": {}}, 422, "optoins: Extra inputs"),
        ("PATCH", "/cameras/nobody", {"options": {"fps": 1}}, 404, "expected one of desk, door, found 'nobody'"),
        ("PATCH", "/detect", {"options": {"model_path": "/etc/passwd"}}, 403, "found model_path"),
        ("PATCH", "/emotion", {"options": {"margin": 7}}, 422, "margin"),
        ("PATCH", "/overlay", {"options": {"labels": "de"}}, 422, "labels: expected one of 'en', 'fr'"),
        ("PATCH", "/metrics", {"options": {}}, 404, "Not Found"),
        ("PUT", "/settings", {}, 405, "Method Not Allowed"),
    ],
)
def test_what_is_refused(
    client: TestClient, processes: Processes, method: str, path: str, body: object, status: int, error: str
) -> None:
    """One line says why, and nothing has changed."""
    applied = len(processes.plans)
    answered = client.request(method, path, json=body)

    assert answered.status_code == status
    assert error in answered.json()["error"]
    assert "\n" not in answered.json()["error"]
    assert len(processes.plans) == applied


def test_numbers_that_are_none_and_bodies_that_are_too_large(client: TestClient) -> None:
    """Neither reaches the run."""
    infinite = client.patch(
        "/emotion", content='{"options": {"tau_s": Infinity}}', headers={"content-type": "application/json"}
    )
    assert infinite.status_code == 422
    assert client.patch("/emotion", content=b" " * (MOST_BYTES + 1)).status_code == 413
    assert client.patch("/emotion", content=iter([b"{}"])).status_code == 413


def test_a_value_of_no_possible_type_is_told_once(client: TestClient) -> None:
    """Not once for each type that it is not."""
    refused = client.patch("/overlay", json={"options": {"notice": "x" * 501, "bars": [True]}})
    huge = client.patch("/cameras/desk", json={"options": {"faces": 10**30}})

    expected = "expected true, false, a number, text of at most 500 characters, or null"
    assert (refused.status_code, refused.json()["error"]) == (
        422,
        f"options.notice: {expected}; options.bars: {expected}",
    )
    assert (huge.status_code, huge.json()["error"]) == (
        422,
        "[camera.desk] faces: expected a whole number of at most 64 bits, found a larger one",
    )
    assert client.post("/cameras", json=[]).json()["error"].startswith("body: ")


def test_a_change_that_cannot_be_kept_is_not_made(client: TestClient, config: Path, processes: Processes) -> None:
    """What is refused has not happened."""
    config.unlink()
    config.mkdir()
    applied = len(processes.plans)
    refused = client.patch("/overlay", json={"options": {"bars": True}, "save": True})

    assert refused.status_code == 422
    assert "expected a config file to save the change in" in refused.json()["error"]
    assert len(processes.plans) == applied
    assert client.get("/settings").json()["overlay"]["bars"] is False


@pytest.mark.parametrize("privacy", ['blur_faces = true\nnotice = "Seen"'])
def test_the_settings_say_what_privacy_forces(client: TestClient) -> None:
    """Not what would hold without it."""
    overlay = client.get("/settings").json()["overlay"]

    assert (overlay["blur_faces"], overlay["notice"]) == (True, "Seen")
    assert client.patch("/overlay", json={"options": {"blur_faces": False}}).status_code == 422


def test_the_usual_mistakes_are_told_in_every_language(run: Run) -> None:
    """Of a value with limits, of one without, of an option that there is not; anything else as the run says it."""
    control = Control(run, any_source=False)

    def told(options: dict[str, Any], language: Language = "fr") -> str:
        with pytest.raises(ConfigError) as caught:
            control.set_camera("desk", options, save=False)
        return Reader(language, "auto", {}).mistakes(caught.value.mistakes)

    assert told({"width": 255}) == "Largeur maximale (px)\u00a0: un multiple de 2, de 256 à 8192."
    assert told({"width": 255}, "en") == "Maximum width (px): a multiple of 2, from 256 to 8192."
    assert told({"fps": 0.5}) == "Cadence maximale (i/s)\u00a0: de 1 à 1000."
    assert told({"transport": "tcp"}) == "Transport (RTSP)\u00a0: cette source n’a pas cette option."
    assert told({"realtime": "yes"}) == "realtime\u00a0: cette valeur n’est pas possible."
    assert told({"width": 255, "height": 255}).count("multiple") == 2
    assert told({"enabled": "yes", "width": 255}) == ""


@pytest.mark.parametrize("privacy", ["blur_faces = true"])
def test_what_privacy_forces_is_told_in_every_language(run: Run) -> None:
    """Where a change would lift it."""
    with pytest.raises(ConfigError) as caught:
        Control(run, any_source=False).set_stage("overlay", {"blur_faces": False}, save=False)

    told = Reader("fr", "auto", {}).mistakes(caught.value.mistakes)
    assert told.startswith("Flouter les visages\u00a0: c’est [privacy] qui en décide")


def test_the_description_loads_nothing(client: TestClient) -> None:
    """It is there for programs; FastAPI's own pages, which need a CDN, are not."""
    paths = client.get("/openapi.json").json()["paths"]

    assert set(paths) == {"/cameras", "/cameras/{name}", "/settings", "/detect", "/emotion", "/overlay"}
    assert set(paths["/cameras/{name}"]) == {"get", "put", "patch", "delete"}
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_a_run_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, and one line."""
    monkeypatch.setattr(Run, "_ask", lambda self, timeout_s: _ask_soon(self))
    with closing(Run(tmp_path, Board(60.0))) as run, TestClient(create_api(Control(run, False), Board(60.0))) as client:
        answered = client.get("/cameras")

    assert (answered.status_code, answered.json()) == (503, {"error": "expected an answer of the run, found none"})


def _ask_soon(run: Run, ask: Callable[..., Any] = Run._ask) -> Any:
    return ask(run, 0.05)


def test_strangers_and_other_sites_change_nothing(run: Run, processes: Processes) -> None:
    """The API stands behind the same guard as the page: session or token, own origin."""
    app = FastAPI()
    app.mount("/api", create_api(Control(run, any_source=False), run._board))
    guard = Guard(app, Door(TOKEN, "", ""), frozenset(), "emobot_1")
    client = TestClient(guard, base_url="http://127.0.0.1:8080")  # type: ignore[arg-type]
    token = {"authorization": f"Bearer {TOKEN}"}
    wanted = {"name": "x", "options": {"source": "demo"}}
    applied = len(processes.plans)

    def post(**headers: str) -> int:
        return client.post(
            "/api/cameras", json=wanted, headers={k.replace("_", "-"): v for k, v in headers.items()}
        ).status_code

    assert post() == 401
    assert client.get("/api/cameras").status_code == 401
    assert client.get("/api/openapi.json").status_code == 401
    assert post(**token, origin="http://evil.example") == 403
    assert post(**token, sec_fetch_site="cross-site") == 403
    assert post(**token, host="evil.example") == 421
    assert len(processes.plans) == applied
    assert post(**token, origin="http://127.0.0.1:8080") == 201
