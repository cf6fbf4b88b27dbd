"""`/api`: the run's cameras and settings as JSON, described by `/api/openapi.json`.

FastAPI's documentation pages load scripts from a CDN, so they are disabled.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from pipeline.errors import ConfigError, InputError
from pipeline.messages import Fault
from pipeline.redaction import redact, redact_all
from pipeline.supervision.changes import Tables
from stages.web.access.policy import Refused
from stages.web.control.control import Control, stage_values
from stages.web.counters import Counters
from stages.web.live.board import Board

MOST_BYTES = 1 << 16
"""Maximum bytes of a request."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Points = Annotated[list[tuple[Number, Number]], Field(max_length=100)]
Zones = Annotated[dict[str, dict[Literal["polygon", "line", "screen_deg"], Points | Number]], Field(max_length=100)]
Value = bool | int | Number | Annotated[str, Field(max_length=500)] | Zones | None
OTHER_VALUE = "expected true, false, a number, text of at most 500 characters, zones, or null"
Options = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")], Value],
    Field(description="Options as in config.toml; null restores an option's default."),
]
Save = Annotated[bool, Field(description="Save the change to the config file; comments are kept.")]
Name = Annotated[str, Field(description="1 to 40 letters, digits, - and _.")]


class Strict(BaseModel, extra="forbid"):
    """The policy of every body: unknown keys are refused."""


class NewCamera(Strict):
    """A camera to add."""

    name: Name
    options: Options
    save: Save = False


class CameraOptions(Strict):
    """The new content of a camera's table."""

    options: Options
    save: Save = False


class CameraChange(Strict):
    """Changes to a camera; `enabled` false pauses it."""

    name: Annotated[Name | None, Field(description="New name; the same person gets a new number.")] = None
    options: Options = {}
    save: Save = False


class StageChange(Strict):
    """Changes to a stage, whose process is replaced."""

    options: Options
    save: Save = False


class Camera(BaseModel):
    """The current state of a camera."""

    name: str
    process: Annotated[str, Field(description="`runs`, `waits`, `ended`, `failed` or `paused`.")]
    state: Annotated[
        str,
        Field(description="`connecting`, `live`, `stalled`, `offline`, `ended` or `paused`; empty at first."),
    ]
    error: Annotated[str, Field(description="Why it is not live.")]
    fault: Annotated[Fault, Field(description="Kind of the error; empty without one, or for any other kind.")]
    fps: Annotated[float, Field(description="Frames per second that arrive at the page.")]
    decoder: Annotated[str, Field(description="The element that decodes it; empty if unknown.")] = ""
    options: Annotated[dict[str, Any], Field(description="Its table; logins are hidden.")]


class Settings(BaseModel):
    """The stages' changeable options, with their current values."""

    detect: dict[str, Any]
    landmarks: Annotated[dict[str, Any], Field(description="Empty without this stage.")] = {}
    emotion: dict[str, Any]
    overlay: dict[str, Any]


def create_api(control: Control, board: Board, counters: Counters | None = None) -> FastAPI:
    """Return the application of `/api`."""
    api = FastAPI(
        title="Emobot",
        version="1",
        description='Changes to a running run; only the affected processes restart. Every error is `{"error": LINE}`.',
        docs_url=None,
        redoc_url=None,
    )
    _tell_errors(api)

    def decoders() -> Mapping[str, str]:
        return counters.read().decoders if counters else {}

    def camera_of(name: str) -> Camera:
        return _camera(control.run.ask(), board, name, decoders())

    @api.get("/cameras")
    def cameras() -> list[Camera]:
        """Return all cameras."""
        tables = control.run.ask()
        return [_camera(tables, board, name, decoders()) for name in tables.config["camera"]]

    @api.post("/cameras", status_code=201)
    def add(camera: NewCamera) -> Camera:
        """Add a camera."""
        control.add(camera.name, camera.options, camera.save)
        return camera_of(camera.name)

    @api.get("/cameras/{name}")
    def camera(name: str) -> Camera:
        """Return one camera."""
        control.camera(name)
        return camera_of(name)

    @api.put("/cameras/{name}")
    def replace(name: str, wanted: CameraOptions) -> Camera:
        """Replace a camera's options; its process restarts."""
        control.set_camera(name, wanted.options, wanted.save, whole=True)
        return camera_of(name)

    @api.patch("/cameras/{name}")
    def change(name: str, wanted: CameraChange) -> Camera:
        """Change, pause, resume or rename a camera; its process restarts."""
        if wanted.name is not None:
            control.rename(name, wanted.name, wanted.save, wanted.options)
        elif wanted.options:
            control.set_camera(name, wanted.options, wanted.save)
        return camera_of(wanted.name or name)

    @api.delete("/cameras/{name}", status_code=204)
    def remove(name: str, save: bool = False) -> Response:
        """Remove a camera."""
        control.remove(name, save)
        return Response(status_code=204)

    @api.get("/settings")
    def settings() -> Settings:
        """Return the stages' options."""
        return Settings(**stage_values(control.run.ask()))

    def add_stage(table: str) -> None:
        def change(wanted: Annotated[StageChange, Body()]) -> dict[str, Any]:
            control.set_stage(table, wanted.options, wanted.save)
            return stage_values(control.run.ask())[table]

        change.__doc__ = f"Change options of [{table}]; return all changeable options."
        api.patch(f"/{table}", name=f"change_{table}")(change)

    for table in ("detect", "landmarks", "emotion", "overlay"):
        add_stage(table)
    return api


def _camera(tables: Tables, board: Board, name: str, decoders: Mapping[str, str]) -> Camera:
    now = board.now(name)
    return Camera(
        name=name,
        process=tables.states[name],
        state=now.state if now else "",
        error=redact(now.error) if now else "",
        fault=now.fault if now else "",
        fps=round(now.fps, 1) if now else 0.0,
        decoder=decoders.get(name, ""),
        options=redact_all(tables.config["camera"][name]),
    )


def _tell_errors(api: FastAPI) -> None:
    """Turn every error into one line."""

    @api.middleware("http")
    async def bound(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "0")
        if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > MOST_BYTES:
            return _error(f"expected a body of at most {MOST_BYTES} bytes and its length", 413)
        return await go_on(request)

    @api.exception_handler(ConfigError)
    async def refused(request: Request, error: ConfigError) -> Response:
        return _error(one_line(error), error.status if isinstance(error, Refused) else 422)

    @api.exception_handler(InputError)
    async def silent(request: Request, error: InputError) -> Response:
        return _error("expected an answer from the run, found none", 503)

    @api.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        problems: dict[str, str] = {}
        for problem in error.errors():
            _, *place = map(str, problem["loc"])
            # report an option of a wrong type once, not for each possible type
            text = OTHER_VALUE if place[:1] == ["options"] and len(place) > 2 else problem["msg"]
            problems.setdefault(".".join(place[:2]) or "body", text)
        return _error("; ".join(f"{place}: {text}" for place, text in problems.items()), 422)

    @api.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> Response:
        return _error(str(error.detail), error.status_code)


def one_line(error: Exception) -> str:
    """Return why a change was refused, without logins and in one line."""
    return redact("; ".join(str(error).splitlines()))


def _error(text: str, status: int) -> Response:
    return JSONResponse(jsonable_encoder({"error": text}), status)
