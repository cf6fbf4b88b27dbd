"""The answer to an address whose values cannot be used, in one line."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response

from pipeline.foreign import one_line


def tell_malformed(app: FastAPI) -> None:
    """Let an application answer so; FastAPI itself sends a list in JSON, which is no text for readers of a page.

    Args:
        app: The application.
    """

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return PlainTextResponse("; ".join(dict.fromkeys(map(_line, error.errors()))) + "\n", 422)


def _line(problem: Any) -> str:
    name = str(problem["loc"][-1])
    message = one_line(str(problem["msg"])).removeprefix("Input should be ").removeprefix("Field ")
    return one_line(f"{name}: expected {message}, found {problem.get('input')!r}")
