"""`kill -9` between "sent" and "recorded as sent"."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from stages.webhook.sink import Webhook
from tests.stages.webhook.hooks import Handler, Hook
from tests.support.waiting import until

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
