"""A page without a run."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.history.read import EventRow, MinuteRow
from pipeline.history.write import History
from stages.web.access import login
from stages.web.access.credentials import Door
from stages.web.counters import Counters
from stages.web.live.alerts import AlertBoard
from stages.web.live.board import Board
from stages.web.live.event_log import EventLog
from stages.web.live.pictures import Pictures
from stages.web.routes import add_routes
from stages.web.site import Site
from stages.web.uploads import Recordings
from tests.stages.web.parts import TOKEN, Idle


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[Recordings]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with closing(Idle("")) as idle:
        yield idle


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return a history with one event and one minute."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as writer:
        event = EventRow(at=70.0, camera="hall", run=1, since=1, type="camera", after="live")
        values = {"camera": "hall", "run": 1, "since": 1, "track": 1, "people": 1, "looks": 1, "confidence": 0.5}
        writer.write([event], [MinuteRow(at=60, seconds={"sad": 2.0}, **values)])  # type: ignore[arg-type]
    return path


@pytest.fixture
def site(recordings: Recordings, history: Path) -> Site:
    return Site(
        board=Board(600.0),
        alerts=AlertBoard(EventLog()),
        pictures=Pictures(80, 100.0),
        counters=Counters(),
        portraits=None,
        recordings=recordings,
        door=Door(TOKEN, "", ""),
        cookie="emobot_1",
        language="auto",
        theme="auto",
        history_s=600.0,
        upload_mb=1,
        webcam="me",
        stored=history,
    )


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    app = FastAPI()
    add_routes(app, site)
    login.add_routes(app, site)
    with TestClient(app, follow_redirects=False) as client:
        yield client
