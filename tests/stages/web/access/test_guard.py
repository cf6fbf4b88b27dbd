"""Requests from other sites, under other names, and of strangers are refused before they reach anything."""

import asyncio
import base64
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from stages.web.access.credentials import FREE_ATTEMPTS, Door
from stages.web.access.guard import Guard

pytestmark = pytest.mark.slow

TOKEN = "0123456789abcdef"


async def answer(request: Request) -> Response:
    return PlainTextResponse("inside")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


def make_client(door: Door | None = None, host: str = "127.0.0.1:8080") -> TestClient:
    paths = ("/", "/login", "/_nicegui_ws/socket.io/")
    routes = [Route(path, answer, methods=["GET", "POST", "PUT", "DELETE"]) for path in paths]
    app = Starlette(routes=[*routes, WebSocketRoute("/pictures", talk)])
    guard = Guard(app, door, frozenset({"emobot.lan", "küche.lan"}), "emobot_8080")
    return TestClient(guard, base_url=f"http://{host}", follow_redirects=False)  # type: ignore[arg-type]


@pytest.fixture
def client() -> Iterator[TestClient]:
    with make_client() as client:
        yield client


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "192.168.1.7", "emobot.lan", "xn--kche-0ra.lan"]
)
def test_it_answers_to_its_names(host: str) -> None:
    """It accepts numeric addresses, `localhost` and the configured names."""
    assert make_client(host=host).get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "emobot.lan.evil.example", ""])
def test_other_names_are_refused(host: str, client: TestClient) -> None:
    """A foreign name that was pointed at this machine reads nothing, by HTTP and by WebSocket."""
    assert client.get("/", headers={"host": host}).status_code == 421
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/pictures", headers={"host": host}):
        pass


def test_programs_are_refused_in_json() -> None:
    """The refusal has the form of all API errors."""
    with make_client() as client:
        answer = client.get("/api/cameras", headers={"host": "evil.example"})

    assert answer.status_code == 421
    assert answer.json()["error"].startswith("This page does not accept that host name")


@pytest.mark.parametrize("name", ["host", "origin", "authorization", "cookie", "sec-fetch-site"])
@pytest.mark.parametrize("scheme", ["", "Basic ", "Bearer ", "http://", "emobot_8080="])
@settings(max_examples=40, deadline=None)
@given(
    value=st.one_of(
        st.binary(max_size=60), st.sampled_from([b"[::1", b"[", b"\xff\xfe", b"[::1]:x", b"127.0.0.1:99999999"])
    )
)
def test_no_header_opens_or_breaks_it(name: str, scheme: str, value: bytes) -> None:
    """Whatever a stranger sends in one, the answer is a refusal, and no failure."""
    headers = {"host": b"127.0.0.1:8080", name: scheme.encode() + value}
    found: list[int] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def inside(*_: Any) -> None:
        raise AssertionError("a stranger was let in")

    guard = Guard(inside, Door(TOKEN, "", ""), frozenset(), "emobot_8080")
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/recordings",
        "client": ("10.0.0.1", 1),
        "headers": [(key.encode(), text) for key, text in headers.items()],
    }
    asyncio.run(guard(scope, receive, send))

    assert found[0] in (401, 403, 421)


@pytest.mark.parametrize(
    ("served", "origin", "status"),
    [("https", "https", 200), ("https", "http", 403), ("http", "http", 200), ("http", "https", 200)],
)
def test_a_page_without_encryption_changes_nothing_of_one_with_it(served: str, origin: str, status: int) -> None:
    """Anybody on the way may have written it; an origin with https may have come through a proxy."""
    client = make_client()
    client.base_url = f"{served}://127.0.0.1:8080"  # type: ignore[assignment]

    assert client.post("/", headers={"origin": f"{origin}://127.0.0.1:8080"}).status_code == status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
def test_other_sites_change_nothing(origin: str, client: TestClient) -> None:
    """Whatever is not plain reading, NiceGUI's polling included, has to come from a page of this server."""
    for method in ("POST", "PUT", "DELETE"):
        assert client.request(method, "/", headers={"origin": origin}).status_code == 403
    assert client.get("/_nicegui_ws/socket.io/", headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/pictures", headers={"origin": origin}):
        pass


def test_its_own_pages_and_programs_may(client: TestClient) -> None:
    """A page's own origin is right; a program sends none."""
    for headers in ({"origin": "http://127.0.0.1:8080"}, {}):
        assert client.post("/", headers=headers).text == "inside"
        with client.websocket_connect("/pictures", headers={"host": "127.0.0.1:8080", **headers}) as socket:
            assert socket.receive_text() == "inside"


def test_a_form_of_another_site_without_an_origin_is_refused(client: TestClient) -> None:
    """Browsers say where a request comes from in `Sec-Fetch-Site` too."""
    assert client.post("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_strangers_see_the_login_page_only() -> None:
    """A browser is sent there with its way back; a program and a WebSocket get a plain no."""
    client = make_client(Door(TOKEN, "", ""))
    sent = client.get("/?a=1&b=//x", headers={"accept": "text/html"})

    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2F%3Fa%3D1%26b%3D%2F%2Fx")
    assert client.get("/login").text == "inside"
    assert client.get("/", headers={"accept": "application/json"}).status_code == 401
    assert client.post("/").status_code == 401
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/pictures", headers={"host": "127.0.0.1:8080"}):
        pass


def test_a_cookie_or_a_token_lets_in() -> None:
    """The session of a browser, the token of a program; a wrong one does not."""
    door = Door(TOKEN, "", "")
    client = make_client(door)

    assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).text == "inside"
    assert client.get("/", auth=("anybody", TOKEN)).text == "inside"
    for wrong in ("Bearer wrong", "Basic wrong", "Basic " + base64.b64encode(b"anybody:wrong").decode(), "Digest x"):
        assert client.get("/", headers={"authorization": wrong}).status_code == 401
    assert client.get("/", headers={"cookie": f"a=b; emobot_8080={door.issue()}"}).text == "inside"
    assert client.get("/", headers={"cookie": "emobot_8080=1.2"}).status_code == 401


def test_a_wrong_token_is_told_from_none() -> None:
    """And so is one of too many."""
    client = make_client(Door(TOKEN, "", ""))
    wrong = {"authorization": "Bearer wrong"}
    assert "Log in first" in client.post("/api/x").json()["error"]
    for _ in range(FREE_ATTEMPTS - 1):
        assert client.post("/api/x", headers=wrong).json() == {"error": "This token or password is wrong."}
    answer = client.post("/api/x", headers=wrong)

    assert answer.status_code == 429
    assert answer.json()["error"].startswith("Too many wrong logins from this address: wait ")


def test_every_answer_forbids_foreign_content(client: TestClient) -> None:
    """Answers and refusals say that nothing comes from elsewhere and that no other site may show the page."""
    for answered in (client.get("/"), client.get("/", headers={"host": "evil.example"})):
        policy = answered.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answered.headers["cross-origin-resource-policy"] == "same-origin"
