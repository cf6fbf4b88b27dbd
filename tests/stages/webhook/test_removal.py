"""A camera that was removed, as a receiver learns of it."""

from contextlib import closing
from pathlib import Path

import msgspec

from stages.webhook.sink import Webhook
from tests.stages.webhook.hooks import Hook
from tests.support.frames import make_face, make_frame
from tests.support.waiting import until


def make(hook: Hook, folder: Path) -> Webhook:
    """Return an output that posts to the server."""
    types = ("appeared", "lost", "camera")
    return Webhook(url=hook.url, queue=str(folder / "w.sqlite"), max_wait_s=0.0, events=types)


def test_it_is_sent_once(hook: Hook, tmp_path: Path) -> None:
    """After its people, also if the process restarts then; a camera that gets the name later is new."""
    with closing(make(hook, tmp_path)) as stage:
        for name in ("hall", "yard"):
            assert list(stage.process([make_frame(0, [make_face(1)], camera=name)])) == []
        stage.keep({"hall", "yard"})
        stage.keep({"yard"})
    with closing(make(hook, tmp_path)) as stage:
        stage.keep({"yard"})
        assert list(stage.process([make_frame(0, run=2), make_frame(1, [make_face(1)], camera="yard")])) == []
        until(lambda: not stage.queue.waiting)

    found = [event["data"] for request in hook.requests for event in msgspec.json.decode(request.body)]
    assert [(e["camera"], e["type"], e.get("removed")) for e in found[4:]] == [
        ("hall", "lost", None),
        ("hall", "camera", True),
        ("hall", "camera", False),
    ]
