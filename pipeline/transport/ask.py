"""Requests and replies between processes: the client waits, the server polls and replies when it can."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
import zmq

from pipeline.errors import ConfigError, InputError
from pipeline.transport.wire import Codec

LONGEST = 16 * 2**20
"""Maximum bytes of a request's part; a client that sends more is disconnected."""

Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A", bound=msgspec.Struct)

Sender = bytes
"""Identity of the client, as ZeroMQ assigns it."""


class Responder(Generic[Q, A]):
    """Replies to requests in any order, when each reply is ready.

    Args:
        address: Where to bind.
        question: The type of the questions.
        answer: The type of the answers.

    Raises:
        ConfigError: The address cannot be bound.
    """

    def __init__(self, address: str, question: type[Q], answer: type[A]) -> None:
        self._questions, self._answers = Codec(question), Codec(answer)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 500)
        self._socket.setsockopt(zmq.MAXMSGSIZE, LONGEST)
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._socket.close()
            raise ConfigError(f"expected an address to listen on, found {address}: {error.strerror}") from error

    def receive(self) -> tuple[Sender, Q | InputError] | None:
        """Return the client and its request, or the error in it; None without a request."""
        if not self._socket.poll(0):
            return None
        sender, *parts = self._socket.recv_multipart()
        try:
            # a REQ socket puts an empty part in front of its message
            return sender, self._questions.decode(parts[1:])
        except InputError as error:
            return sender, error

    def send(self, sender: Sender, answer: A) -> None:
        """Send a reply; it is dropped if the client has gone."""
        self._socket.send_multipart([sender, b"", *self._answers.encode(answer)])

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


LOOK_S = 0.5
"""Seconds between two looks whether the server is still there."""


def ask(
    address: str,
    question: msgspec.Struct,
    answer: type[A],
    timeout_s: float = 10.0,
    is_there: Callable[[], bool] = lambda: True,
) -> A:
    """Send a request and return the reply.

    Args:
        address: The server's.
        question: The request.
        answer: Type of the reply.
        timeout_s: Seconds to wait for it.
        is_there: Returns whether the server still lives.

    Raises:
        InputError: No reply came in time, the server has ended, or the address is malformed.
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
        end_s = time.monotonic() + timeout_s
        while not socket.poll(int(max(0.0, min(LOOK_S, end_s - time.monotonic())) * 1000)):
            if time.monotonic() >= end_s:
                raise InputError(f"expected an answer within {timeout_s:g} s, found none, from {address}")
            if not is_there() and not socket.poll(0):
                raise InputError(f"expected an answer, found that the run has ended, from {address}")
        return Codec(answer).decode(socket.recv_multipart())
    finally:
        socket.close()
