"""What the addresses answer: frames, portraits, history and logins."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from pipeline.messages import Frame
from stages.web import routes
from stages.web.access.credentials import FREE_ATTEMPTS
from stages.web.live import portrait_route
from stages.web.live.portraits import Portraits
from stages.web.live.samples import person_key
from stages.web.routes import add_routes
from stages.web.site import Site, owner_of
from tests.stages.web.parts import TOKEN, make_frame


def test_pictures_come_when_asked_for(site: Site, client: TestClient) -> None:
    """Each question is answered with name and JPEG of the next picture; a camera that is not there with nothing."""
    site.board.take(make_frame())
    stop = threading.Event()

    def feed() -> None:
        while not stop.wait(0.01):
            frame = make_frame()
            assert frame.pixels is not None
            site.pictures.publish("hall", frame.pixels, time.monotonic())

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        with client.websocket_connect("/pictures") as socket:
            for _ in range(3):
                socket.send_json({"camera": "nobody", "width": 10})
                socket.send_json({"camera": "hall", "width": 10})
                message = socket.receive_bytes()

                assert message[:5] == b"\x04hall"
                assert message[5:8] == b"\xff\xd8\xff"
    finally:
        stop.set()
        thread.join()
    made = site.pictures.made
    site.pictures.publish("hall", np.full((72, 64), 128, np.uint8), time.monotonic() + 1)
    assert site.pictures.made == made


def test_an_mjpeg_stream_ends_with_its_camera(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who watches would otherwise see its last frame forever."""
    monkeypatch.setattr(routes, "LOOK_S", 0.01)
    app, frame = FastAPI(), make_frame()
    add_routes(app, site)
    site.board.take(frame)
    sent: list[bytes] = []

    async def visit() -> None:
        ended = asyncio.Event()

        async def receive() -> dict[str, str]:
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message.get("body", b""))
            if sent[-1]:
                site.board.keep({})

        scope = {"type": "http", "method": "GET", "path": "/cameras/hall.mjpg", "query_string": b"", "headers": []}
        visitor = asyncio.create_task(app({**scope, "http_version": "1.1"}, receive, send))  # type: ignore[arg-type]
        while not any(sent):
            assert frame.pixels is not None
            site.pictures.publish("hall", frame.pixels, time.monotonic())
            await asyncio.sleep(0.01)
        await asyncio.wait_for(visitor, 10.0)

    asyncio.run(visit())

    assert len([part for part in sent if b"\xff\xd8\xff" in part]) == 1


@pytest.mark.parametrize(
    "question",
    ["x", "[1]", '{"camera": "hall"}', '{"camera": "hall", "width": "wide"}', '{"camera": "hall", "width": 1e999}']
    + ['{"camera": "hall", "width": 9, "shown": 1e999}', pytest.param("[" * 100_000, id="deep")],
)
def test_a_malformed_question_ends_the_conversation(client: TestClient, question: str) -> None:
    """It is refused, and nothing else happens."""
    with client.websocket_connect("/pictures") as socket:
        socket.send_text(question)

        assert socket.receive()["code"] == 1003


def test_nobody_is_shown_alone_unless_it_is_switched_on(site: Site, client: TestClient) -> None:
    """The address does not exist then."""
    person = person_key(site.board.take(make_frame()), 1)

    assert client.get(f"/cameras/hall/people/{person}.jpg").status_code == 404


@pytest.mark.slow
def test_somebody_is_shown_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their next picture, which nothing on the way may keep; 404 for one who is not there."""
    monkeypatch.setattr(portrait_route, "WAIT_S", 60.0)
    portraits, app, stop = Portraits(), FastAPI(), threading.Event()
    add_routes(app, replace(site, portraits=portraits))

    def feed() -> None:
        while not stop.wait(0.01):
            frame = make_frame()
            assert frame.pixels is not None
            portraits.publish("hall", site.board.take(frame), frame.faces, frame.pixels)

    since_s = site.board.take(make_frame())
    thread = threading.Thread(target=feed)
    thread.start()
    try:
        with TestClient(app) as client:
            shown = client.get(f"/cameras/hall/people/{person_key(since_s, 1)}.jpg")
            monkeypatch.setattr(portrait_route, "WAIT_S", 0.05)
            nobody = client.get(f"/cameras/hall/people/{person_key(since_s, 2)}.jpg")
            elsewhere = client.get(f"/cameras/door/people/{person_key(since_s, 1)}.jpg")
    finally:
        stop.set()
        thread.join()

    assert shown.content.startswith(b"\xff\xd8\xff")
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert (nobody.status_code, elsewhere.status_code) == (404, 404)
    assert portraits.asked.get("door") is None


def test_the_history_as_csv(site: Site, client: TestClient) -> None:
    """It has the samples of the requested time; an unknown camera gives 404."""
    site.board.take(make_frame())
    answered = client.get("/history/hall.csv?seconds=60")

    assert answered.headers["content-disposition"] == 'attachment; filename="hall.csv"'
    assert answered.text.splitlines()[1].endswith(",1,,,,,,,,happy,0.9000,1")
    assert client.get("/history/nobody.csv").status_code == 404


def test_the_stored_history_as_csv(client: TestClient, history: Path) -> None:
    """Minutes or events of the time asked for; 404 for a camera that it does not know, and where it is gone."""
    (head, minute) = client.get("/history/hall/minutes.csv?begin=0&end=100").text.splitlines()
    answered = client.get("/history/hall/events.csv?begin=0&end=100")

    assert dict(zip(head.split(","), minute.split(","), strict=True))["sad"] == "2.0"
    assert answered.headers["content-disposition"] == 'attachment; filename="hall-events.csv"'
    assert answered.text.splitlines()[1].startswith("1970-01-01T00:01:10.000Z,hall,1,0,camera,,live")
    assert len(client.get("/history/hall/events.csv?begin=80&end=100").text.splitlines()) == 1
    for name in ("nobody", "%27%20OR%201", "a%0d%0ab"):
        assert client.get(f"/history/{name}/events.csv?begin=0&end=100").status_code == 404
    history.unlink()
    assert client.get("/history/hall/minutes.csv?begin=0&end=100").status_code == 404


def test_a_login(client: TestClient) -> None:
    """The right token gives a session and leads back to where one was, never to another site."""
    for wish, target in (("/timeline?camera=a", "/timeline?camera=a"), ("//evil.example", "/"), ("/\\evil", "/")):
        answered = client.post("/login", data={"token": TOKEN, "next": wish})
        assert (answered.status_code, answered.headers["location"]) == (303, target)
        assert "HttpOnly" in answered.headers["set-cookie"]


def test_a_wrong_login(client: TestClient) -> None:
    """It is refused, then has to wait; what was typed is not shown again."""
    codes = [client.post("/login", data={"token": "<script>guess"}).status_code for _ in range(FREE_ATTEMPTS + 1)]
    page = client.get("/login", params={"next": '"><script>'}).text

    assert codes == [401] * (FREE_ATTEMPTS - 1) + [429] * 2
    assert "<script>" not in page


@pytest.mark.parametrize("given", ["</script><script>alert(1)//", "short", "x" * 40, "a b" * 8])
def test_what_others_wrote_into_our_cookie_is_not_taken(given: str) -> None:
    """Cookies are shared by all ports of a machine; a page would repeat it in a script."""
    request = Request({"type": "http", "headers": [(b"cookie", f"emobot_uploads={given}".encode())]})
    ours = owner_of(request)

    assert given not in ours and len(ours) == 22
    own = Request({"type": "http", "headers": [(b"cookie", f"emobot_uploads={ours}".encode())]})
    assert owner_of(own) == ours


def test_a_browsers_camera_that_is_not_sent_is_off(site: Site) -> None:
    """From that moment, whatever frames of it are still on their way."""
    site.board.take(Frame(camera="me", captured_ns=time.time_ns(), width=64, height=48))
    stopped = site.now("me")
    site.relay.sending = True
    sent = site.now("me")
    site.board.keep({"me": "paused"})
    site.relay.sending = False
    paused = site.now("me")

    assert stopped and sent and paused
    assert (stopped.state, sent.state, paused.state) == ("off", "live", "paused")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("/history/hall.csv?seconds=soon", "seconds: expected a valid number, unable to parse string as a number, "),
        ("/history/hall/gossip.csv", "what: expected 'minutes', 'events' or 'audience', "),
        ("/cameras/hall.mjpg?width=1.5", "width: expected a valid integer, "),
    ],
)
def test_a_malformed_address_is_one_line(client: TestClient, address: str, line: str) -> None:
    """Which says what was expected and found."""
    answer = client.get(address)

    assert (answer.status_code, answer.text.count("\n")) == (422, 1)
    assert answer.text.startswith(line)
    assert "found '" in answer.text
