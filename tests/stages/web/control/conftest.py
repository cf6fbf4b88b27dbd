"""What tests of the API share: a run without processes, and who asks it."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.config.config import load_config
from pipeline.supervision import control
from pipeline.supervision.changes import Change
from pipeline.supervision.control import Control as Answering
from pipeline.supervision.planning import make_plan
from stages.web.control.api import create_api
from stages.web.control.control import Control
from stages.web.control.run import Run
from stages.web.live.board import Board
from tests.stages.web.control.answering import CONFIG, Processes


@pytest.fixture
def tables() -> str:
    """Return further tables of the config."""
    return ""


@pytest.fixture
def config(tmp_path: Path, tables: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + tables)
    return path


@pytest.fixture
def processes() -> Processes:
    return Processes()


@pytest.fixture
def board() -> Board:
    return Board(60.0)


@pytest.fixture(autouse=True)
def planned_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan in this process; the tests of `pipeline.supervision.planning` show how runs do."""
    monkeypatch.setattr(control, "plan_apart", lambda source, where, level: make_plan(source, where))


@pytest.fixture
def run(config: Path, tmp_path: Path, processes: Processes, board: Board) -> Iterator[Run]:
    answering = Answering(load_config(config), config, tmp_path, processes)  # type: ignore[arg-type]
    stop = threading.Event()

    def answer() -> None:
        while not stop.wait(0.001):
            answering.answer()

    thread = threading.Thread(target=answer)
    thread.start()
    with closing(Run(tmp_path, board)) as run:
        run.ask(Change(table="detect", keys={}))
        yield run
    stop.set()
    thread.join()
    answering.close()


@pytest.fixture
def client(run: Run, board: Board) -> Iterator[TestClient]:
    with TestClient(create_api(Control(run, any_source=False), board)) as client:
        yield client
