"""The routes beside the pages: frames, history, recordings."""

import asyncio
import io
import logging
import math
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from pipeline.errors import InputError
from pipeline.history.audience import Audience, AudienceRow
from pipeline.history.formats import Kind, write_rows
from pipeline.history.read import EventRow, MinuteRow, read_cameras, read_history
from stages.results.export.formats import Format
from stages.web.exports import export_upload, without_folder
from stages.web.live.capture_route import add_capture
from stages.web.live.mjpeg import MEDIA_TYPE, part
from stages.web.live.picture_route import show_pictures
from stages.web.live.pictures import Picture
from stages.web.live.portrait_route import add_portraits
from stages.web.live.samples import write_csv
from stages.web.live.webcam import add_webcam
from stages.web.malformed import tell_malformed
from stages.web.site import OWNER_COOKIE, Site, owner_of
from stages.web.upload_kinds import kind_of
from stages.web.uploads import KEEP_S, RESULTS, Recording, Recordings
from stages.web.visitor import Reader

HEAD_BYTES = 512
"""Bytes of an upload's start, enough to detect its format."""
ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("page", "alerts", "capture", "recordings", "zones")
ICON_SIDES = (192, 512)
"""Sides of the icons that Android asks for, pixels."""
MANIFEST = "application/manifest+json"
LOOK_S = 1.0
"""Seconds without a frame after which an MJPEG stream looks whether its camera is still in the run."""

log = logging.getLogger("emobot")


def add_routes(app: FastAPI, site: Site) -> None:
    """Add the routes to the application."""
    router = APIRouter()
    tell_malformed(app)

    @router.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @router.get("/page.css")
    def style() -> Response:
        return FileResponse(ASSETS / "page.css", headers={"cache-control": "no-cache"})

    @router.get("/{name}.js")
    def script(name: str) -> Response:
        if name not in SCRIPTS:
            return PlainTextResponse("this address does not exist\n", 404)
        return FileResponse(ASSETS / f"{name}.js", headers={"cache-control": "no-cache"})

    @router.get("/manifest.json")
    def manifest(request: Request) -> Response:
        """Return what a phone needs to install the page."""
        icons = [{"src": f"/icon-{side}.png", "sizes": f"{side}x{side}", "type": "image/png"} for side in ICON_SIDES]
        about = {"name": "Emobot", "short_name": "Emobot", "start_url": "/", "scope": "/", "display": "standalone"}
        colours = {"background_color": "#0e1116", "theme_color": "#0e1116"}
        language = Reader.of(request, site).language
        return JSONResponse({**about, **colours, "lang": language, "icons": icons}, media_type=MANIFEST)

    @router.get("/icon-{side}.png")
    def icon(side: int) -> Response:
        if side not in ICON_SIDES:
            return PlainTextResponse("no icon of that size\n", 404)
        return FileResponse(ASSETS / f"icon-{side}.png", headers={"cache-control": "max-age=86400"})

    @router.websocket("/pictures")
    async def pictures(socket: WebSocket) -> None:
        await show_pictures(socket, site)

    @router.get("/cameras/{name}.mjpg")
    def stream(name: str, width: int = 0) -> Response:
        if name not in site.board.names():
            return PlainTextResponse("no camera of that name\n", 404)
        return StreamingResponse(_parts(site, name, width), media_type=MEDIA_TYPE)

    @router.get("/history/{name}.csv")
    def history(name: str, seconds: float = 1e9) -> Response:
        samples = site.board.history(name, seconds)
        if samples is None:
            return PlainTextResponse("no camera of that name\n", 404)
        text = io.StringIO()
        write_csv(samples, text)
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=_download(f"{name}.csv"))

    if site.portraits:
        add_portraits(router, site.portraits)
    if site.stored:
        _add_stored(router, site.stored)
    if site.webcam:
        add_webcam(router, site.relay)
    if site.control and site.clips:
        add_capture(router, site, site.clips, site.control)
    if site.recordings:
        _add_recordings(router, site, site.recordings)
    app.include_router(router)


async def _parts(site: Site, camera: str, width: int) -> AsyncIterator[bytes]:
    """Yield the parts of an MJPEG stream, for programs; pages use the WebSocket, since browsers allow more of them.

    The stream ends when its camera is no longer in the run.
    """
    loop = asyncio.get_running_loop()
    while camera in site.board.names():
        coming: asyncio.Future[Picture] = loop.create_future()

        def ready(picture: Picture, coming: asyncio.Future[Picture] = coming) -> None:
            loop.call_soon_threadsafe(lambda: None if coming.done() else coming.set_result(picture))

        site.pictures.ask(camera, width, ready)
        try:
            await asyncio.wait({coming}, timeout=LOOK_S)
        finally:
            site.pictures.forget(ready)
        if coming.done():
            yield part(coming.result().jpeg)


def _add_stored(router: APIRouter, path: Path) -> None:
    @router.get("/history/{name}/{what}.csv")
    def stored(name: str, what: Kind, begin: float = 0.0, end: float = math.inf) -> Response:
        try:
            if name not in read_cameras(path):
                return PlainTextResponse("no camera of that name\n", 404)
            # not read while it is sent: a slow reader would block the history's clean-up
            file = tempfile.TemporaryFile()  # noqa: SIM115 - closed after it has been sent
            rows: Iterable[EventRow | MinuteRow | AudienceRow] = Audience(path, "hour", (name,), begin, end)
            if what != "audience":
                rows = read_history(path, what, (name,), begin, end)
            write_rows(rows, what, "csv", file)
        except InputError as error:
            return PlainTextResponse(f"{error}\n", 404)
        file.seek(0)
        headers = _download(f"{name}-{what}.csv")
        return StreamingResponse(
            file, media_type="text/csv; charset=utf-8", headers=headers, background=BackgroundTask(file.close)
        )


def _add_recordings(router: APIRouter, site: Site, recordings: Recordings) -> None:
    @router.put("/recordings")
    async def upload(request: Request, name: str) -> Response:
        """Accept the body as a recording named `name`."""
        reader = Reader.of(request, site)
        owner = owner_of(request)
        recording, status, error = await _receive(request, name, owner, site, recordings, reader)
        answer = JSONResponse({"id": recording.id} if recording else {"error": error}, status)
        if recording:
            secure = request.url.scheme == "https"
            answer.set_cookie(OWNER_COOKIE, owner, max_age=int(KEEP_S), httponly=True, samesite="strict", secure=secure)
        return answer

    @router.delete("/recordings/{id_}")
    def remove(id_: str) -> Response:
        recording = recordings.get(id_)
        if recording is None:
            return PlainTextResponse("no such recording\n", 404)
        recordings.remove(recording)
        return Response(status_code=204)

    @router.get("/recordings/{id_}/export/{name}")
    def exported(id_: str, name: Format) -> Response:
        recording = recordings.get(id_)
        if recording is None or recording.status != "done":
            return PlainTextResponse("no such recording\n", 404)
        try:
            file = export_upload(recording, name)
        except InputError as error:
            # unless it was deleted just now
            damage = without_folder(error, recording.results) if recordings.get(id_) else "no such recording"
            return PlainTextResponse(f"{damage}\n", 404)
        return Response(file.content, media_type=file.media_type, headers=_download(file.name))

    @router.get("/recordings/{id_}/{what}")
    def result(id_: str, what: str, download: bool = False) -> Response:
        recording = recordings.get(id_)
        file = recording.results / RESULTS[what] if recording and what in RESULTS else None
        if recording is None or file is None or recording.status != "done" or not file.exists():
            return PlainTextResponse("no such result\n", 404)
        # the report is a separate document with its own policy
        headers = _download(f"{recording.source.stem}-{file.name}") if download or what == "report" else {}
        return FileResponse(file, headers={"cache-control": "private, max-age=60", **headers})


async def _receive(
    request: Request, name: str, owner: str, site: Site, recordings: Recordings, reader: Reader
) -> tuple[Recording | None, int, str]:
    """Write an upload to its file; return it, or None with a status and a one-line reason."""
    most = site.upload_mb << 20
    too_large = 413, reader("too_large", name=name, size=site.upload_mb)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        return None, *too_large
    chunks = request.stream()
    head = b""
    recording = None
    try:
        async for chunk in chunks:
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
        kind = kind_of(head)
        if not head or kind is None:
            return None, 415, reader("wrong_type" if head else "empty_file", name=name)
        recording = recordings.begin(name, kind, owner, reader.language)
        if recording is None:
            return None, 429, reader("queue_full", count=recordings.waiting())
        size = len(head)
        with recording.source.open("wb") as file:
            file.write(head)
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    recordings.remove(recording)
                    return None, *too_large
                file.write(chunk)
    except ClientDisconnect:
        if recording:
            recordings.remove(recording)
        return None, 400, reader("upload_failed")
    except OSError as error:
        if recording:
            recordings.remove(recording)
        log.error("cannot store an upload: %s", error)
        return None, 507, reader("no_room")
    recordings.submit(recording)
    return recording, 201, ""


def _download(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
