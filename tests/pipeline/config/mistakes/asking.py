"""A run that answers in the thread of the test."""

from pathlib import Path
from typing import Any

import msgspec
import zmq

from pipeline.config.config import parse_config
from pipeline.config.plan import Plan
from pipeline.supervision.changes import Tables, control_address
from pipeline.supervision.control import Control
from pipeline.transport.wire import Codec
from tests.support.plans import STUBS, make_tables


class _Supervisor:
    """Takes every plan."""

    plan: Plan | None = None
    changing = False
    outcome = ""

    def change(self, plan: Plan) -> None:
        """Record the call."""
        self.plan = plan

    def sources(self) -> dict[str, str]:
        """Return nothing."""
        return {}


class Run:
    """Asks a `Control`, which answers in the same thread."""

    def __init__(self, folder: Path) -> None:
        self.supervisor = _Supervisor()
        supervisor: Any = self.supervisor
        self.file = folder / "c.toml"
        self.file.write_text("")
        self.control = Control(parse_config(make_tables()), self.file, folder, supervisor)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(control_address(folder))

    def ask(self, parts: list[bytes]) -> Tables:
        """Return the answer to a message."""
        self._socket.send_multipart(parts)
        while not self._socket.poll(1):
            self.control.answer()
        return Codec(Tables).decode(self._socket.recv_multipart())

    def change(self, table: str, keys: Any, save: bool = False) -> Tables:
        """Return the answer to a change."""
        return self.ask([msgspec.msgpack.encode({"table": table, "keys": keys, "save": save})])

    def close(self) -> None:
        """End."""
        self._socket.close()
        self.control.close()


def refused(run: Run, answer: Tables) -> None:
    """Check that one line says what was wrong, nothing was changed, and the next good change is made."""
    assert answer.error and "\n" not in answer.error, answer.error
    assert "expected" in answer.error or "unknown key" in answer.error
    assert len(answer.error) < 1100
    assert run.supervisor.plan is None
    assert list(answer.config["camera"]) == ["a", "b"]
    good = run.change("camera.new", {"use": f"{STUBS}:Numbers"})
    assert not good.error
    assert run.supervisor.plan is not None
