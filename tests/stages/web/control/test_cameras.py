"""`/api/cameras` in front of the part of a run that answers; only the processes are missing."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.config.config import load_config
from pipeline.messages import Frame
from stages.web.access.policy import Refused
from stages.web.control.control import Control
from stages.web.control.run import Run
from stages.web.live.board import Board
from tests.stages.web.control.answering import CONFIG, Processes, sources


def test_the_cameras(client: TestClient, board: Board) -> None:
    """Each camera has process, state, reason and table, without the login."""
    board.take(
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
        "decoder": "",
        "fps": 0.0,
        "options": {"source": "rtsp://***@10.0.0.1/a"},
    }
    assert client.get("/cameras/door").json() == door
    assert client.get("/cameras/nobody").status_code == 404


def test_a_camera_is_added(client: TestClient, processes: Processes, config: Path) -> None:
    """It runs, and the config file is unchanged."""
    answered = client.post("/cameras", json={"name": "hall", "options": {"source": "demo", "width": 640}})

    assert (answered.status_code, answered.json()["options"]) == (201, {"source": "demo", "width": 640})
    assert sources(processes)["camera.hall"]["width"] == 640
    assert config.read_text() == CONFIG
    again = client.post("/cameras", json={"name": "hall", "options": {"source": "demo"}})
    assert (again.status_code, again.json()) == (
        409,
        {"error": "name: expected a new one, found hall, which exists already"},
    )


def test_zones_that_others_have_drawn_are_not_overwritten(run: Run) -> None:
    """Of two open editors, the second learns that the first has changed them; the first may continue."""
    control = Control(run, any_source=False)
    shop, door = {"polygon": [[0, 0], [1, 0], [1, 1]]}, {"line": [[0, 0], [1, 1]]}
    first = control.set_zones("desk", {"shop": shop}, {}, save=False)
    with pytest.raises(Refused, match="zones: expected those that were shown") as caught:
        control.set_zones("desk", {"door": door}, {}, save=False)
    assert (caught.value.kind, caught.value.status) == ("redrawn", 409)
    second = control.set_zones("desk", {"shop": shop, "door": door}, first, save=False)
    assert control.set_zones("desk", {}, second, save=False) == {}

    with pytest.raises(Refused) as caught:
        control.set_zones("hall", {}, {}, save=False)
    assert caught.value.kind == "gone"


def test_a_camera_is_paused_resumed_and_changed(client: TestClient, processes: Processes) -> None:
    """By keys of its table; null gives an option its default, and the other camera is not changed."""
    before = sources(processes)["camera.door"]
    paused = client.patch("/cameras/desk", json={"options": {"enabled": False}}).json()
    assert paused["process"] == "paused"
    assert "camera.desk" not in sources(processes)
    client.patch("/cameras/desk", json={"options": {"enabled": None, "fps": None, "seed": 3}})

    assert sources(processes) == {"camera.door": before, "camera.desk": {"name": "desk", "seed": 3}}


def test_a_camera_is_replaced(client: TestClient, processes: Processes) -> None:
    """Options that are not given are removed, except a hidden login."""
    read = client.get("/cameras/door").json()["options"]
    assert client.put("/cameras/door", json={"options": read | {"width": 640}}).status_code == 200
    assert sources(processes)["camera.door"] == {"name": "door", "source": "rtsp://ann:secret@10.0.0.1/a", "width": 640}
    client.put("/cameras/desk", json={"options": {"source": "demo", "seed": 1}})
    assert sources(processes)["camera.desk"] == {"name": "desk", "seed": 1}


def test_a_camera_is_renamed(client: TestClient, processes: Processes, config: Path) -> None:
    """Its table, login included, stands under the new name; one replaces the other. Comments are kept."""
    answered = client.patch("/cameras/door", json={"name": "gate"})

    assert answered.json()["name"] == "gate"
    assert sources(processes)["camera.gate"]["source"] == "rtsp://ann:secret@10.0.0.1/a"
    assert "camera.door" not in sources(processes)
    assert client.patch("/cameras/gate", json={"name": "desk"}).status_code == 409
    assert client.patch("/cameras/gate", json={"name": "a/b"}).status_code == 422
    client.patch("/cameras/desk", json={"name": "table", "save": True})
    assert '[camera.table]    # by the window\nsource = "demo"\n' in config.read_text()


@pytest.mark.parametrize("tables", ['[alert.busy]\nwhen = "count > 2"\ncamera = ["desk"]\n'])
def test_a_refused_new_name_changes_nothing(client: TestClient, processes: Processes, config: Path) -> None:
    """Neither the run nor the file: an alert that names the camera would be about none."""
    before = config.read_text()
    answered = client.patch("/cameras/desk", json={"name": "sill", "options": {"fps": 9.5}, "save": True})

    assert (answered.status_code, answered.json()) == (
        422,
        {"error": "[alert.busy] camera: expected one of door, sill, found 'desk'"},
    )
    assert sources(processes)["camera.desk"] == {"name": "desk", "fps": 5.0}
    assert "camera.sill" not in sources(processes)
    assert config.read_text() == before


def test_a_camera_is_removed(client: TestClient, processes: Processes, board: Board) -> None:
    """Its process and its history on the page are gone; the last camera stays."""
    board.take(Frame(camera="door", state="offline"))
    assert client.delete("/cameras/door").status_code == 204
    assert list(sources(processes)) == ["camera.desk"]
    assert board.names() == []
    assert client.delete("/cameras/door").status_code == 404
    last = client.delete("/cameras/desk")
    assert (last.status_code, last.json()) == (409, {"error": "expected another camera than desk, found none"})


def test_changes_are_kept_if_asked(client: TestClient, config: Path) -> None:
    """They stand in the config file, whose comments stay; a name is changed there too."""
    client.patch("/cameras/desk", json={"options": {"fps": 9.5}, "name": "sill", "save": True})
    client.patch("/overlay", json={"options": {"labels": "fr"}, "save": True})
    client.delete("/cameras/door", params={"save": True})

    text = config.read_text()
    assert 'labels = "fr"' in text
    assert load_config(config).camera == {"sill": {"source": "demo", "fps": 9.5}}
