"""Questions and answers between processes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import zmq

from pipeline.config.plan import RUN_VARIABLE
from pipeline.errors import ConfigError, InputError, Mistake
from pipeline.supervision.changes import ANSWER_S, Change, Tables, change, control_address, own_run
from pipeline.supervision.workplace import Workplace
from pipeline.transport.ask import Responder, ask
from tests.support.waiting import until


@pytest.fixture
def responder(tmp_path: Path) -> Iterator[Responder[Change, Tables]]:
    """Return who answers for a run in a directory."""
    with closing(Responder(control_address(tmp_path), Change, Tables)) as responder:
        yield responder


def receive(responder: Responder[Change, Tables]) -> tuple[bytes, Change | InputError]:
    """Return the next question, once it is there."""
    found: list[tuple[bytes, Change | InputError] | None] = []
    until(lambda: (found.append(responder.receive()), found[-1])[1])
    assert found[-1]
    return found[-1]


def test_whoever_asks_is_answered_in_any_order(responder: Responder[Change, Tables], tmp_path: Path) -> None:
    """Each client gets its own reply, in any order."""
    answers: dict[str, str] = {}

    def asks(name: str) -> None:
        answers[name] = ask(control_address(tmp_path), Change(table=name), Tables, 5.0).states["to"]

    threads = [Thread(target=asks, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    questions = [receive(responder) for _ in threads]
    assert responder.receive() is None
    for sender, question in reversed(questions):
        assert isinstance(question, Change)
        responder.send(sender, Tables(states={"to": question.table}))
    for thread in threads:
        thread.join(5)

    assert answers == {"a": "a", "b": "b"}


def test_noise_is_an_error_and_not_the_end(responder: Responder[Change, Tables], tmp_path: Path) -> None:
    """Noise can be answered like any request."""
    with closing(zmq.Context.instance().socket(zmq.REQ)) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(control_address(tmp_path))
        socket.send(b"noise")
        sender, question = receive(responder)
        assert isinstance(question, InputError)
        responder.send(sender, Tables(error="what?"))

        assert socket.poll(5000)


def test_who_has_gone_gets_no_answer(responder: Responder[Change, Tables], tmp_path: Path) -> None:
    """A reply to a client that has gone is dropped."""
    with pytest.raises(InputError, match="expected an answer within 0.01 s"):
        ask(control_address(tmp_path), Change(), Tables, 0.01)
    sender, _ = receive(responder)
    responder.send(sender, Tables())


def test_nobody_waits_for_a_run_that_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may need minutes, and a run that was killed gives none."""
    monkeypatch.setattr("pipeline.transport.ask.LOOK_S", 0.01)
    errors: list[str] = []
    address = control_address(tmp_path / "run")
    with Workplace(str(tmp_path / "run")) as place, closing(Responder(address, Change, Tables)) as responder:
        waiting = Thread(target=lambda: errors.append(error_of(place.path)))
        waiting.start()
        receive(responder)
    waiting.join(20)

    assert errors == [f"expected an answer, found that the run has ended, from {address}"]


def error_of(directory: Path) -> str:
    """Return the error that a change of a run causes."""
    with pytest.raises(InputError) as error:
        change(directory, Change())
    return str(error.value)


def test_an_address_in_use_is_refused(tmp_path: Path) -> None:
    """One line names the address."""
    with pytest.raises(ConfigError, match="expected an address to listen on, found ipc://"):
        Responder(control_address(tmp_path / "none"), Change, Tables)


def test_a_change_that_is_refused_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the mistakes; an applied change returns the tables."""
    asked: list[object] = []
    mistakes = (Mistake(kind="unknown", key="x"),)
    answer = Tables(error="no", mistakes=mistakes)
    monkeypatch.setattr("pipeline.supervision.changes.ask", lambda *arguments: asked.append(arguments[:4]) or answer)
    with pytest.raises(ConfigError, match="no") as raised:
        change(tmp_path, Change(table="detect"))
    assert raised.value.mistakes == mistakes
    assert asked == [(control_address(tmp_path), Change(table="detect"), Tables, ANSWER_S)]
    answer = Tables(states={"a": "runs"})

    assert change(tmp_path, Change()) is answer


def test_a_number_too_large_for_a_message_is_an_error(tmp_path: Path) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(ConfigError, match="64 bits"):
        change(tmp_path, Change(table="detect", keys={"x": 2**64}), timeout_s=0.01)


@pytest.mark.parametrize(("value", "expected"), [("/run/x", Path("/run/x")), ("", None), (None, None)])
def test_a_process_knows_its_run(monkeypatch: pytest.MonkeyPatch, value: str | None, expected: Path | None) -> None:
    """The environment holds the run's directory."""
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(RUN_VARIABLE, value)

    assert own_run() == expected
