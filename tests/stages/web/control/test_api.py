"""`/api`: settings, what is refused, and who may ask."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.errors import ConfigError
from pipeline.messages import Language
from stages.web.access.credentials import Door
from stages.web.access.guard import Guard
from stages.web.control.api import MOST_BYTES, create_api
from stages.web.control.control import Control
from stages.web.control.run import Run
from stages.web.live.board import Board
from stages.web.visitor import Reader
from tests.stages.web.control.answering import Processes

TOKEN = "0123456789abcdef"


def test_the_settings(client: TestClient, processes: Processes) -> None:
    """They are all changeable options, as written or by default, and follow changes."""
    settings = client.get("/settings").json()
    assert settings["overlay"]["bars"] is False
    assert settings["overlay"]["labels"] == "en"
    assert settings["emotion"]["tau_s"] == 0.2
    assert not {"model_path", "workers", "model", "host"} & {key for table in settings.values() for key in table}
    changed = client.patch("/emotion", json={"options": {"tau_s": 1, "margin": 0.3}}).json()

    assert (changed["tau_s"], changed["margin"]) == (1, 0.3)
    assert processes.plans[-1]["emotion"].options == {"tau_s": 1.0, "margin": 0.3}
    assert client.patch("/emotion", json={"options": {"tau_s": None}}).json()["tau_s"] == 0.2


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
    """One line gives the reason, and nothing has changed."""
    applied = len(processes.plans)
    answered = client.request(method, path, json=body)

    assert answered.status_code == status
    assert error in answered.json()["error"]
    assert "\n" not in answered.json()["error"]
    assert len(processes.plans) == applied


def test_numbers_that_are_none_and_bodies_that_are_too_large(client: TestClient) -> None:
    """They never reach the run."""
    infinite = client.patch(
        "/emotion", content='{"options": {"tau_s": Infinity}}', headers={"content-type": "application/json"}
    )
    assert infinite.status_code == 422
    assert client.patch("/emotion", content=b" " * (MOST_BYTES + 1)).status_code == 413
    assert client.patch("/emotion", content=iter([b"{}"])).status_code == 413


def test_a_value_of_no_possible_type_is_told_once(client: TestClient) -> None:
    """There is one error, not one per possible type."""
    refused = client.patch("/overlay", json={"options": {"notice": "x" * 501, "bars": [True]}})
    huge = client.patch("/cameras/desk", json={"options": {"faces": 10**30}})

    expected = "expected true, false, a number, text of at most 500 characters, zones, or null"
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
    """A change that cannot be saved is not applied."""
    config.unlink()
    config.mkdir()
    applied = len(processes.plans)
    refused = client.patch("/overlay", json={"options": {"bars": True}, "save": True})

    assert refused.status_code == 422
    assert "expected a config file to save the change in" in refused.json()["error"]
    assert len(processes.plans) == applied
    assert client.get("/settings").json()["overlay"]["bars"] is False


@pytest.mark.parametrize("tables", ['[privacy]\nblur_faces = true\nnotice = "Seen"'])
def test_the_settings_say_what_privacy_forces(client: TestClient) -> None:
    """They show the required values."""
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

    assert told({"width": 255}) == "Largeur maximale (px)\u00a0: doit être un multiple de 2, entre 256 et 8192."
    assert told({"width": 255}, "en") == "Maximum width (px): must be a multiple of 2, from 256 to 8192."
    assert told({"fps": 0.5}) == "Cadence maximale (i/s)\u00a0: doit être compris entre 1 et 1000."
    assert told({"transport": "tcp"}) == "Transport (RTSP)\u00a0: cette source n’a pas cette option."
    assert told({"realtime": "yes"}) == "realtime\u00a0: valeur non valide."
    assert told({"width": 255, "height": 255}).count("multiple") == 2
    assert told({"enabled": "yes", "width": 255}) == ""


@pytest.mark.parametrize("tables", ["[privacy]\nblur_faces = true"])
def test_what_privacy_forces_is_told_in_every_language(run: Run) -> None:
    """This is reported when a change would lift it."""
    with pytest.raises(ConfigError) as caught:
        Control(run, any_source=False).set_stage("overlay", {"blur_faces": False}, save=False)

    told = Reader("fr", "auto", {}).mistakes(caught.value.mistakes)
    assert told.startswith("Flouter les visages\u00a0: fixé par [privacy] dans")


def test_the_description_loads_nothing(client: TestClient) -> None:
    """It is there for programs; FastAPI's own pages, which need a CDN, are not."""
    paths = client.get("/openapi.json").json()["paths"]

    assert set(paths) == {"/cameras", "/cameras/{name}", "/settings", "/detect", "/landmarks", "/emotion", "/overlay"}
    assert set(paths["/cameras/{name}"]) == {"get", "put", "patch", "delete"}
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_a_run_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is 503 with one line."""
    monkeypatch.setattr("stages.web.control.run.ANSWER_S", 0.05)
    monkeypatch.setattr("stages.web.control.run.ASK_S", 0.05)
    with closing(Run(tmp_path, Board(60.0))) as run, TestClient(create_api(Control(run, False), Board(60.0))) as client:
        answered = client.get("/cameras")

    assert (answered.status_code, answered.json()) == (503, {"error": "expected an answer from the run, found none"})


def test_strangers_and_other_sites_change_nothing(run: Run, board: Board, processes: Processes) -> None:
    """The API stands behind the same guard as the page: session or token, own origin."""
    app = FastAPI()
    app.mount("/api", create_api(Control(run, any_source=False), board))
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
