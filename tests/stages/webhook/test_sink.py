"""Events of frames, received by a server."""

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.config.options import Problems, read_table, stage_keys
from pipeline.errors import ConfigError, InputError
from pipeline.messages import Frame, Label
from stages.webhook import sink as module
from stages.webhook.sink import Webhook
from tests.stages.webhook.hooks import Handler, Hook, answer
from tests.support.frames import make_face, make_frame
from tests.support.waiting import until
from tests.support.zones.zoned import ABOVE, INSIDE, zoned


def picture(n: int, *people: tuple[int, Label], **changes: Any) -> Frame:
    """Return picture n of a stream of 10 Hz."""
    return make_frame(n, [make_face(track, label=label) for track, label in people], **changes)


@pytest.fixture
def make(hook: Hook, tmp_path: Path) -> Iterator[Callable[..., Webhook]]:
    """Return what makes an output that posts to the server."""
    with contextlib.ExitStack() as made:

        def start(**options: Any) -> Webhook:
            one = Webhook(**{"url": hook.url, "queue": str(tmp_path / "w.sqlite"), "max_wait_s": 0.0, **options})
            made.callback(one.close)
            return one

        yield start


def send(stage: Webhook, *frames: Frame) -> None:
    """Let the output send the events of frames."""
    assert list(stage.process(frames)) == []


def events(hook: Hook) -> list[dict[str, Any]]:
    """Return what arrived, in order."""
    return [event for request in hook.requests for event in msgspec.json.decode(request.body)]


def test_who_comes_changes_and_leaves(hook: Hook, make: Callable[..., Webhook]) -> None:
    """As CloudEvents 1.0; a camera's state only when it changes."""
    stage = make()
    send(stage, picture(0, (1, "sad")), picture(1, (1, "happy")), picture(100), picture(101, state="offline"))
    until(lambda: len(events(hook)) == 5)
    send(stage)

    found = events(hook)
    assert [(e["type"], e["data"].get("state")) for e in found] == [
        ("emobot.camera", "live"),
        ("emobot.appeared", None),
        ("emobot.changed", None),
        ("emobot.lost", None),
        ("emobot.camera", "offline"),
    ]
    assert {e["specversion"] for e in found} == {"1.0"}
    assert {e["source"] for e in found} == {"emobot/hall"}
    assert {e["datacontenttype"] for e in found} == {"application/json"}
    assert len({e["id"] for e in found}) == 5
    assert found[1]["subject"] == "emotion.hall.1"
    assert datetime.fromisoformat(found[1]["time"]).timestamp() == found[1]["data"]["captured_at"]
    assert found[2]["data"]["from"], found[2]["data"]["to"] == ("sad", "happy")
    assert stage.counts == {"events": 5, "sent": 5, "lost": 0, "refused": 0}


def test_single_events_are_no_list(hook: Hook, make: Callable[..., Webhook]) -> None:
    """With `batch = 1`; only the types that were chosen are sent."""
    stage = make(batch=1, events=("observation", "lost"), observations_hz=0, source="house/a")
    send(stage, *[picture(n, (1, "sad")) for n in range(3)], picture(100))
    until(lambda: len(hook.requests) == 4)

    found = [msgspec.json.decode(request.body) for request in hook.requests]
    assert [e["type"] for e in found] == ["emobot.observation"] * 3 + ["emobot.lost"]
    assert {request.headers["Content-Type"] for request in hook.requests} == {"application/cloudevents+json"}
    assert {e["source"] for e in found} == {"house/a/hall"}


def test_sums_alone_tell_of_nobody(hook: Hook, make: Callable[..., Webhook], caplog: pytest.LogCaptureFixture) -> None:
    """With `aggregate_only` nothing single leaves, not even what an earlier run has queued."""
    hook.answers = [answer(503)]
    earlier = make()
    send(earlier, picture(0, (7, "sad")))
    until(lambda: earlier.sender.failures)
    earlier.close()
    assert len(hook.requests) == 1
    hook.requests.clear()

    stage = make(aggregate_only=True, events=("observation", "appeared", "camera", "aggregate"))
    assert "1 waiting events of types no longer sent were deleted" in caplog.text
    send(stage, *[picture(n, (7, "sad"), (8, "happy")) for n in range(0, 110, 5)])
    until(lambda: any(e["type"] == "emobot.aggregate" for e in events(hook)))

    assert {e["type"] for e in events(hook)} == {"emobot.camera", "emobot.aggregate"}
    text = b"".join(request.body for request in hook.requests)
    assert not any(word in text for word in (b"track", b"box", b'"label"', b"emotion.hall"))


def test_a_receiver_that_comes_back_gets_everything(hook: Hook, make: Callable[..., Webhook]) -> None:
    """It fails, hangs, redirects, asks for a pause, and works again: each event arrives, with one ID."""
    stage = make(timeout_s=1.0, observations_hz=0, events=("observation",))
    clock = [0.0]
    stage.sender.clock = lambda: clock[0]
    faults: list[Callable[[Handler], None]] = [
        answer(500),
        lambda handler: handler.hook.released.wait(),
        answer(302, Location="http://127.0.0.1:1/"),
        answer(429, Retry_After="30"),
    ]
    for n, fault in enumerate(faults):
        hook.answers = [fault]
        send(stage, picture(n, (1, "sad")))
        until(lambda n=n: stage.sender.failures == n + 1)  # type: ignore[misc]
        clock[0] += 3600
    send(stage, picture(4, (1, "sad")))
    until(lambda: not stage.queue.waiting)

    # after a request without an answer they are smaller at first
    sent = [(e["data"]["frame"], e["id"]) for request in hook.requests for e in msgspec.json.decode(request.body)]
    arrived = [e["data"]["frame"] for request in hook.requests[4:] for e in msgspec.json.decode(request.body)]
    assert arrived == [0, 1, 2, 3, 4]
    assert len(set(sent)) == 5


def test_the_end_does_not_wait_for_a_receiver_that_hangs(
    hook: Hook, make: Callable[..., Webhook], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The events wait for the next run, which sends them with the same IDs."""
    monkeypatch.setattr("stages.delivery.sending.LINGER_S", 0.05)
    hook.answers = [lambda handler: handler.hook.released.wait()]
    first = make(timeout_s=60)
    send(first, picture(0, (1, "sad")))
    until(lambda: hook.requests)
    send(first, picture(1, (1, "happy")))
    first.close()
    assert "3 events wait in " in caplog.text

    make()
    until(lambda: len(hook.requests) > 1 and len({one for r in hook.requests for one in r.ids}) == 3)
    assert hook.requests[1].ids[:2] == hook.requests[0].ids
    hook.released.set()


def test_the_end_sends_what_still_waits(hook: Hook, make: Callable[..., Webhook]) -> None:
    """Though a batch is not full."""
    stage = make(max_wait_s=3600.0)
    send(stage, picture(0, (1, "sad")))
    assert hook.requests == []
    stage.close()

    assert len(events(hook)) == 2


def test_a_full_queue_loses_the_oldest(
    hook: Hook, make: Callable[..., Webhook], caplog: pytest.LogCaptureFixture
) -> None:
    """They are counted, and logged once."""
    stage = make(queue_events=3, max_wait_s=3600.0, events=("observation",), observations_hz=0)
    for n in range(10):
        send(stage, picture(n, (1, "sad")))
    assert stage.counts["lost"] == 7
    assert caplog.text.count("is full; the oldest events are lost") == 1
    stage.close()

    assert [e["data"]["frame"] for e in events(hook)] == [7, 8, 9]


def test_a_full_disk_loses_nothing(
    hook: Hook, make: Callable[..., Webhook], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Events wait in memory, up to a limit, and are written once there is room."""
    monkeypatch.setattr(module, "MOST_IN_MEMORY", 3)
    stage = make(events=("observation",), observations_hz=0)
    put, full = stage.queue.put, [True]

    def fail(rows: Any, notes: Any) -> int:
        if full[0]:
            raise sqlite3.OperationalError("database or disk is full")
        return put(rows, notes)

    monkeypatch.setattr(stage.queue, "put", fail)
    for n in range(5):
        send(stage, picture(n, (1, "sad")))
    full[0] = False
    send(stage, picture(5, (1, "sad")))
    until(lambda: len(events(hook)) == 4)

    assert [e["data"]["frame"] for e in events(hook)] == [2, 3, 4, 5]
    assert stage.counts["lost"] == 2
    assert caplog.text.count("cannot be written; trying again until it can: database or disk is full") == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_failed_is_no_silent_output(
    make: Callable[..., Webhook], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor restarts it."""
    stage = make()

    def broken(most: int) -> Any:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(stage.queue, "take", broken)
    with pytest.raises(RuntimeError, match="has ended"):
        until(lambda: (send(stage, picture(0), picture(1, state="offline")), False)[1])


def test_the_log_shows_neither_path_nor_secret(
    hook: Hook, make: Callable[..., Webhook], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At any level."""
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    caplog.set_level(logging.DEBUG)
    hook.answers = [answer(404), answer(500), answer(307, Location="https://else.example/t0ken")]
    stage = make(secret_env="HOOK_SECRET", events=("observation",), observations_hz=0)
    clock = [0.0]
    stage.sender.clock = lambda: clock[0]
    for n, failures in enumerate((0, 1, 2, 0)):
        clock[0] += 3600
        send(stage, picture(n, (1, "sad")))
        until(lambda n=n, f=failures: len(hook.requests) > n and stage.sender.failures == f)  # type: ignore[misc]
    until(lambda: not stage.queue.waiting)

    assert "https://else.example" in caplog.text
    assert not any(word in caplog.text for word in ("t0ken", "s3cret", "v1="))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"url": "192.168.1.5/hook"}, "expected a URL such as https://example.org/hook"),
        ({"url": "http://169.254.169.254/"}, "expected no link-local address without allow_link_local = true"),
        ({"secret_env": "NO_SUCH_SECRET"}, "environment variable NO_SUCH_SECRET, found no such variable"),
        ({"events": ()}, "events: expected at least one type of events, found none"),
        ({"ca": "/no/such.pem"}, "expected certificates in PEM, found nothing: /no/such.pem"),
    ],
)
def test_what_cannot_work_is_reported_before_anything_starts(options: dict[str, Any], expected: str) -> None:
    """In one line."""
    with pytest.raises((ConfigError, InputError), match=expected):
        Webhook.check(**{"url": "https://example.org/", **options})


def test_what_works_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Link-local addresses if allowed; a secret in the environment."""
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    Webhook.check(url="http://169.254.169.254/", allow_link_local=True)
    Webhook.check(url="https://example.org/hook?a=b", secret_env="HOOK_SECRET", events=("lost",))


@pytest.mark.parametrize(
    ("key", "value"),
    [("batch", 0), ("batch", 1001), ("max_wait_s", -1), ("queue_events", 0), ("timeout_s", 0), ("source", "a b")]
    + [("events", ["apeared"]), ("events", "lost"), ("timeout_s", 61), ("url", 5)],
)
def test_values_out_of_range_are_refused(key: str, value: Any) -> None:
    """By name."""
    problems = Problems()
    read_table("output.x", {"url": "https://a/", key: value}, stage_keys(Webhook), problems)

    assert len(problems) == 1 and key in problems[0]


def test_a_visit_of_a_zone_is_sent(hook: Hook, make: Callable[..., Webhook]) -> None:
    """Occupancy, where it is chosen, only when it changes."""
    stage = make(events=["zone_entered", "zone_left", "line_crossed", "occupancy"])
    send(stage, *(zoned(n, {1: INSIDE if 2 <= n < 90 else ABOVE}) for n in range(100)))
    until(lambda: len(events(hook)) == 7)

    found = [(one["type"].removeprefix("emobot."), one["subject"]) for one in events(hook)]
    assert sorted(found) == sorted(
        [("occupancy", "zone.hall.desk")] * 3
        + [("zone_entered", "zone.hall.desk"), ("zone_left", "zone.hall.desk")]
        + [("line_crossed", "line.hall.door")] * 2
    )
