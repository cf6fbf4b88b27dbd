"""Questions and answers between processes: one side asks and waits, the other answers when it goes round."""

from typing import Generic, TypeVar

import msgspec
import zmq

from pipeline.errors import ConfigError, InputError
from pipeline.wire import Codec

LONGEST = 16 * 2**20
"""Bytes of a question's part; who sends more is disconnected."""

Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A", bound=msgspec.Struct)


class Responder(Generic[Q, A]):
    """Answers whoever asks.

    Args:
        address: Where to bind.
        question: The type of the questions.
        answer: The type of the answers.

    Raises:
        ConfigError: The address cannot be bound.
    """

    def __init__(self, address: str, question: type[Q], answer: type[A]) -> None:
        self._questions, self._answers = Codec(question), Codec(answer)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 500)
        self._socket.setsockopt(zmq.MAXMSGSIZE, LONGEST)
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._socket.close()
            raise ConfigError(f"expected an address to listen on, found {address}: {error.strerror}") from error

    def receive(self) -> Q | InputError | None:
        """Return a question that waits, what was wrong with it, or None; all but None must be answered."""
        if not self._socket.poll(0):
            return None
        try:
            return self._questions.decode(self._socket.recv_multipart())
        except InputError as error:
            return error

    def send(self, answer: A) -> None:
        """Answer the question received last."""
        self._socket.send_multipart(self._answers.encode(answer))

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def ask(address: str, question: msgspec.Struct, answer: type[A], timeout_s: float = 10.0) -> A:
    """Return the answer to a question.

    Raises:
        InputError: None came in time.
    """
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REQ)
    socket.setsockopt(zmq.LINGER, 0)
    try:
        parts = Codec(type(question)).encode(question)
        try:
            socket.connect(address)
        except zmq.ZMQError as error:
            raise InputError(f"expected an address to ask at, found {address}: {error.strerror}") from error
        socket.send_multipart(parts)
        if not socket.poll(int(timeout_s * 1000)):
            raise InputError(f"expected an answer within {timeout_s:g} s, found none, from {address}")
        return Codec(answer).decode(socket.recv_multipart())
    finally:
        socket.close()
