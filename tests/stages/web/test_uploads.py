"""Uploads are checked while they come, and served when they were examined."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from stages.web.time_left import TimeLeft
from stages.web.upload_kinds import kind_of
from stages.web.uploads import MOST_WAITING, Recordings
from tests.stages.web.parts import PNG


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
    recordings.examine(recording)

    assert commands[0][commands[0].index("--language") + 1] == language


@pytest.mark.parametrize("told", [True, False])
def test_a_large_upload_is_stopped_on_its_way(client: TestClient, recordings: Recordings, told: bool) -> None:
    """Whether or not its length was asked before, no more than the limit is written, and nothing remains."""
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
    assert not list(recordings.root.glob("*/*.png"))


def test_what_is_no_video_is_refused(client: TestClient, recordings: Recordings) -> None:
    """Its first bytes decide, not its name; one line refuses it."""
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
    assert "Recordings already waiting: 6" in answered.json()["error"]


def test_an_upload_can_be_deleted(client: TestClient, recordings: Recordings) -> None:
    """Its folder is deleted too."""
    id_ = client.put("/recordings?name=a.png", content=PNG).json()["id"]

    assert client.delete(f"/recordings/{id_}").status_code == 204
    assert client.delete(f"/recordings/{id_}").status_code == 404
    assert [path.name for path in recordings.root.iterdir()] == ["lock"]


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


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\0\0\0\x18ftypisom", "mp4"),
        (b"\x1aE\xdf\xa3", "mkv"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"II*\0\x08\0", "tiff"),
        (b"IMKH" + bytes(36) + b"\0\0\1\xba", "mpg"),  # as video recorders export it
        (b"\0\0\0\x20ftypavif", "avif"),
        (b"\x06\x0e\x2b\x34\x02\x05", "mxf"),
        (b"G" + bytes(187) + b"G", "ts"),
        (bytes(4) + b"G" + bytes(191) + b"G", "m2ts"),
        (bytes(196) + b"G", None),
        (b"<svg>", None),
        (b"", None),
    ],
)
def test_kinds_are_told_by_their_first_bytes(head: bytes, kind: str | None) -> None:
    """A file's beginning decides, whatever it is called."""
    assert kind_of(head) == kind


def test_who_waits_knows_how_many_come_before(client: TestClient, recordings: Recordings) -> None:
    """Those of other browsers count too; what was cancelled or is done does not."""
    sent = []
    for name in "abc":
        client.cookies.clear()
        sent.append(recordings.get(client.put(f"/recordings?name={name}.png", content=PNG).json()["id"]))
    first, second, third = (one for one in sent if one)
    assert [recordings.ahead(one) for one in (first, second, third)] == [0, 1, 2]
    recordings.remove(second)
    first.status = "failed"
    assert recordings.ahead(third) == 0


def test_time_left_follows_the_speed_since_the_first_progress() -> None:
    """Not the start before it; unknown until there is some speed."""
    left = TimeLeft()
    for progress, now_s in ((0.1, 100.0), (0.1, 101.0), (0.11, 102.0)):
        left.note(progress, now_s)
        assert left.seconds is None
    left.note(0.3, 110.0)
    assert left.seconds == pytest.approx(35.0)
    left.note(1.0, 130.0)
    assert left.seconds == 0.0
    left.note(0.0, 140.0)
    assert left.seconds is None
    left.note(0.5, 150.0)
    assert left.seconds == pytest.approx(10.0)
