"""`kill -9` between "sent" and "recorded as sent"."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.messages import Frame, Label
from stages.webhook.sink import Webhook
from tests.stages.webhook.hooks import Handler, Hook
from tests.support.frames import make_face, make_frame
from tests.support.waiting import until
from tests.support.zones.zoned import ABOVE, INSIDE, zoned

CHILD = """
import sys, threading
from stages.webhook.sink import Webhook
from tests.support.frames import make_face, make_frame

stage = Webhook(url=sys.argv[1], queue=sys.argv[2], batch=10, max_wait_s=0.0, events=["observation"], observations_hz=0)
for n in range(25):
    list(stage.process([make_frame(n, [make_face()])]))
print("queued", flush=True)
threading.Event().wait()
"""


@pytest.mark.process
def test_nothing_is_lost_by_a_kill(hook: Hook, tmp_path: Path, repository: Path) -> None:
    """What the receiver got but did not confirm arrives again, with the same IDs; everything else arrives once."""
    queue = tmp_path / "w.sqlite"
    child: list[subprocess.Popen[str]] = []

    def kill(_: Handler) -> None:
        assert child[0].stdout and child[0].stdout.readline() == "queued\n"
        os.kill(child[0].pid, signal.SIGKILL)
        child[0].wait()

    hook.answers = [kill]
    command = [sys.executable, "-c", CHILD, hook.url, str(queue)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repository) as process:
        child.append(process)
        process.wait()
    (unconfirmed,) = hook.requests

    again = Webhook(url=hook.url, queue=str(queue), max_wait_s=0.0, events=("observation",))
    until(lambda: not again.queue.waiting)
    again.close()

    frames: dict[str, list[int]] = {}
    for request in hook.requests:
        for event in msgspec.json.decode(request.body):
            frames.setdefault(event["id"], []).append(event["data"]["frame"])
    assert [seen[0] for seen in frames.values()] == list(range(25))
    assert {one for one, seen in frames.items() if len(seen) == 2} == set(unconfirmed.ids)
    assert all(len(set(seen)) == 1 for seen in frames.values())


def test_a_restart_repeats_nobody(hook: Hook, tmp_path: Path) -> None:
    """Who stays has not appeared again and leaves once, with the whole stay; a camera's state is not repeated."""
    queue = str(tmp_path / "w.sqlite")

    def run(*frames: Frame) -> None:
        stage = Webhook(url=hook.url, queue=queue, max_wait_s=0.0)
        list(stage.process(frames))
        until(lambda: not stage.queue.waiting)
        stage.close()

    run(picture(0, (1, "sad"), (2, "happy")), picture(10, (1, "sad"), (2, "happy")))
    run(picture(30, (1, "happy"), (3, "fear")), picture(60, (1, "happy"), (3, "fear")))
    run(picture(70, (1, "happy"), run=2, captured_ns=2 * 10**18))

    found = [(e["type"][7:], e["data"].get("track")) for r in hook.requests for e in msgspec.json.decode(r.body)]
    assert found == [("camera", None), ("appeared", 1), ("appeared", 2)] + [
        ("changed", 1),
        ("appeared", 3),
        ("lost", 2),
        ("lost", 1),
        ("lost", 3),
        ("appeared", 1),
    ]
    data = [event["data"] for request in hook.requests for event in msgspec.json.decode(request.body)]
    lost = {event["track"]: event for event in data if event["type"] == "lost"}
    assert (lost[1]["duration_ms"], lost[1]["emotions_ms"]) == (6000.0, {"sad": 3000.0, "happy": 3000.0})
    assert lost[1]["since"] == 1e-9


def test_a_restart_repeats_no_entry(hook: Hook, tmp_path: Path) -> None:
    """Who stays in a zone has not entered it again, and leaves it once, with the whole dwell; who has gone has left."""
    queue = str(tmp_path / "w.sqlite")

    def run(*frames: Frame) -> None:
        stage = Webhook(url=hook.url, queue=queue, max_wait_s=0.0, events=("zone_entered", "zone_left"))
        list(stage.process(frames))
        until(lambda: not stage.queue.waiting)
        stage.close()

    run(zoned(0, {1: ABOVE, 2: INSIDE}), zoned(10, {1: INSIDE, 2: INSIDE}))
    run(zoned(30, {1: INSIDE}), zoned(40, {1: INSIDE}), zoned(60, {1: INSIDE}), zoned(70, {1: ABOVE, 3: INSIDE}))
    run(zoned(80, {3: INSIDE}, counted_ns=6 * 10**9))

    data = [event["data"] for request in hook.requests for event in msgspec.json.decode(request.body)]
    assert [(e["type"], e["track"], e["since"]) for e in data] == [
        ("zone_entered", 2, 5.0),
        ("zone_entered", 1, 5.0),
        ("zone_left", 2, 5.0),
        ("zone_left", 1, 5.0),
        ("zone_entered", 3, 5.0),
        ("zone_left", 3, 5.0),
        ("zone_entered", 3, 6.0),
    ]
    dwell_s = {event["track"]: event["dwell_s"] for event in data if event["type"] == "zone_left"}
    assert (dwell_s[2], dwell_s[1] > 5.0) == (3.0, True)


def picture(n: int, *people: tuple[int, Label], **changes: Any) -> Frame:
    """Return picture n of a stream of 10 Hz."""
    return make_frame(n, [make_face(track, label=label) for track, label in people], **changes)
