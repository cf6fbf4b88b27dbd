"""What the addresses answer: pictures, history, and uploads that are checked while they come."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from pipeline.history.read import EventRow, MinuteRow
from pipeline.history.write import History
from pipeline.messages import Box, Face, Frame
from stages.web.access import login
from stages.web.access.credentials import FREE_ATTEMPTS, Door
from stages.web.counters import Counters
from stages.web.live import portrait_route
from stages.web.live.board import Board
from stages.web.live.pictures import Pictures
from stages.web.live.portraits import Portraits
from stages.web.live.samples import person_key
from stages.web.routes import add_routes
from stages.web.site import Site, owner_of
from stages.web.uploads import MOST_WAITING, Recordings, kind_of

TOKEN = "0123456789abcdef"
PNG = b"\x89PNG\r\n\x1a\n"


class Idle(Recordings):
    """Recordings that nobody examines."""

    def _work(self) -> None:
        pass


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[Recordings]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with closing(Idle("")) as idle:
        yield idle


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return a history with one event and one minute."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as writer:
        event = EventRow(at=70.0, camera="hall", run=1, since=1, type="camera", after="live")
        values = {"camera": "hall", "run": 1, "since": 1, "track": 1, "people": 1, "looks": 1, "confidence": 0.5}
        writer.write([event], [MinuteRow(at=60, seconds={"sad": 2.0}, **values)])  # type: ignore[arg-type]
    return path


@pytest.fixture
def site(recordings: Recordings, history: Path) -> Site:
    return Site(
        board=Board(600.0),
        pictures=Pictures(80, 100.0),
        counters=Counters(),
        portraits=None,
        recordings=recordings,
        door=Door(TOKEN, "", ""),
        cookie="emobot_1",
        language="auto",
        theme="auto",
        history_s=600.0,
        upload_mb=1,
        webcam="me",
        stored=history,
    )


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    app = FastAPI()
    add_routes(app, site)
    login.add_routes(app, site)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def make_frame(seq: int = 0) -> Frame:
    face = Face(track=1, box=Box(x=0, y=0, width=9, height=9), score=1.0, label="happy", confidence=0.9)
    now_ns = time.time_ns()
    pixels = np.full((72, 64), 128, np.uint8)
    return Frame(camera="hall", seq=seq, captured_ns=now_ns, width=64, height=48, pixels=pixels, faces=(face,))


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


@pytest.mark.parametrize("question", ["x", "[1]", '{"camera": "hall"}', '{"camera": "hall", "width": "wide"}'])
def test_a_malformed_question_ends_the_conversation(client: TestClient, question: str) -> None:
    """It is refused, and nothing else happens."""
    with client.websocket_connect("/pictures") as socket:
        socket.send_text(question)

        assert socket.receive()["code"] == 1003


def test_nobody_is_shown_alone_unless_it_is_switched_on(site: Site, client: TestClient) -> None:
    """There is no such address."""
    person = person_key(site.board.take(make_frame()), 1)

    assert client.get(f"/cameras/hall/people/{person}.jpg").status_code == 404


def test_somebody_is_shown_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their next picture, which nothing on the way may keep; 404 for one who is not there."""
    monkeypatch.setattr(portrait_route, "WAIT_S", 0.5)
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
            shown, nobody = (client.get(f"/cameras/hall/people/{person_key(since_s, n)}.jpg") for n in (1, 2))
            elsewhere = client.get(f"/cameras/door/people/{person_key(since_s, 1)}.jpg")
    finally:
        stop.set()
        thread.join()

    assert shown.content.startswith(b"\xff\xd8\xff")
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert (nobody.status_code, elsewhere.status_code) == (404, 404)
    assert portraits._asked.get("door") is None


def test_the_history_as_csv(site: Site, client: TestClient) -> None:
    """The samples of the time asked for; 404 for a camera nobody knows."""
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


def test_an_upload_is_kept_under_a_safe_name(client: TestClient, recordings: Recordings) -> None:
    """What its sender calls it is shown, never a path."""
    answered = client.put("/recordings", params={"name": "../../etc/<b>né.png"}, content=PNG + b"x" * 1000)
    recording = recordings.get(answered.json()["id"])

    assert answered.status_code == 201
    assert recording
    assert recording.name == "../../etc/<b>né.png"
    assert (recording.source.parent, recording.source.name) == (recording.folder, "b_n.png")
    assert recording.source.read_bytes() == PNG + b"x" * 1000
    assert recordings.of(answered.cookies["emobot_uploads"]) == [recording]
    assert recordings.of("somebody else") == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_upload_is_examined_in_its_reader_s_language(
    client: TestClient, recordings: Recordings, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """What can be taken away from a page is in the page's language."""
    commands: list[list[str]] = []

    def start(command: list[str], **_: object) -> None:
        commands.append(command)
        raise OSError("not in this test")

    monkeypatch.setattr("subprocess.Popen", start)
    answered = client.put("/recordings?name=a.png", content=PNG + b"x" * 1000, headers={"accept-language": language})
    recording = recordings.get(answered.json()["id"])
    assert recording
    recordings._examine(recording)

    assert commands[0][commands[0].index("--language") + 1] == language


@pytest.mark.parametrize("told", [True, False])
def test_a_large_upload_is_stopped_on_its_way(client: TestClient, recordings: Recordings, told: bool) -> None:
    """Whether or not its length was told before, no more than the limit is written, and nothing remains."""
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        yield PNG
        for _ in range(64):
            sent += 1 << 16
            yield bytes(1 << 16)

    content = b"".join(chunks()) if told else chunks()
    answered = client.put("/recordings?name=big.png", content=content, headers={"accept-language": "fr"})

    assert answered.status_code == 413
    assert answered.json() == {"error": "big.png est trop volumineux. La limite est de 1 Mo."}
    assert recordings.waiting() == 0
    assert not list(recordings._root.glob("*/*.png"))


def test_what_is_no_video_is_refused(client: TestClient, recordings: Recordings) -> None:
    """Its first bytes tell, not its name; one line says so."""
    for content, error in ((b"GET / HTTP", "not a supported video or picture"), (b"", "is empty")):
        answered = client.put("/recordings?name=film.mp4", content=content)
        assert answered.status_code == 415
        assert error in answered.json()["error"]
    assert recordings.waiting() == 0


def test_the_queue_is_bounded(client: TestClient, recordings: Recordings) -> None:
    """With one at work and some waiting, another one is asked to come later."""
    for _ in range(MOST_WAITING + 1):
        assert client.put("/recordings?name=a.png", content=PNG).status_code == 201

    answered = client.put("/recordings?name=a.png", content=PNG)
    assert answered.status_code == 429
    assert "6 recordings are already waiting" in answered.json()["error"]


def test_an_upload_can_be_deleted(client: TestClient, recordings: Recordings) -> None:
    """Its folder goes with it."""
    id_ = client.put("/recordings?name=a.png", content=PNG).json()["id"]

    assert client.delete(f"/recordings/{id_}").status_code == 204
    assert client.delete(f"/recordings/{id_}").status_code == 404
    assert [path.name for path in recordings._root.iterdir()] == ["lock"]


def test_a_result_is_served_in_parts(client: TestClient, recordings: Recordings) -> None:
    """A player may ask for a range; only results are served, only when they are there."""
    id_ = client.put("/recordings?name=a.png", content=PNG).json()["id"]
    recording = recordings.get(id_)
    assert recording
    assert client.get(f"/recordings/{id_}/video").status_code == 404
    recording.status, recording.results = "done", recording.folder
    (recording.folder / "annotated.mp4").write_bytes(bytes(range(100)))
    part = client.get(f"/recordings/{id_}/video", headers={"range": "bytes=10-19"})

    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    for path in ("config.toml", "..%2Flock", "table"):
        assert client.get(f"/recordings/{id_}/{path}").status_code == 404


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


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\0\0\0\x18ftypisom", "mp4"),
        (b"\x1aE\xdf\xa3", "mkv"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"G" + bytes(187) + b"G", "ts"),
        (b"<svg>", None),
        (b"", None),
    ],
)
def test_kinds_are_told_by_their_first_bytes(head: bytes, kind: str | None) -> None:
    """A file's beginning decides, whatever it is called."""
    assert kind_of(head) == kind


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
