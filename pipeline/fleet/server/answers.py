"""What the NATS server of a fleet answers to a request, or why there is no answer."""

from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from pipeline.errors import EmobotError
from pipeline.transport.nats.server import describe

WRONG_REVISION = (10071, 10164)
"""Error codes of a server for a record that has another revision than the request names."""

T = TypeVar("T")


class Refused(Exception):
    """The record has another revision: somebody else wrote it, or it was forgotten."""


class Unreachable(EmobotError):
    """The server did not confirm a request; whether it has carried it out is not known."""


async def answered(request: Awaitable[T]) -> T:
    """Return what the library returns for a request.

    Raises:
        Refused: The record has another revision.
        Unreachable: There was no answer.
    """
    try:
        return await request
    except Exception as error:  # the library raises what sockets and its server's answers cause
        raise _translated(error) from error


def revision_of(answer: bytes | None) -> int | Refused | Unreachable:
    """Return the new revision in a server's answer to an update, or why there is none."""
    if not answer:
        return Unreachable("no answer")
    found = msgspec.json.decode(answer)
    if "error" not in found:
        return int(found["seq"])
    error = found["error"]
    text = str(error.get("description", error))
    return Refused(text) if error.get("err_code") in WRONG_REVISION else Unreachable(text)


def _translated(error: BaseException) -> Refused | Unreachable:
    """Return an error of the library as one of ours."""
    from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError

    text = describe(error) if isinstance(error, Exception) else repr(error)
    if isinstance(error, KeyNotFoundError):
        return Refused(text)  # it was forgotten between two requests of one call
    # a deletion has no error of its own for another revision
    if isinstance(error, KeyWrongLastSequenceError) or getattr(error, "err_code", None) in WRONG_REVISION:
        return Refused(text)
    return Unreachable(text)
