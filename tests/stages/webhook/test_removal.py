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
    """Also if the process restarts then: the next one still knows who was present. One of its name is new."""
    with closing(make(hook, tmp_path)) as stage:
        for name in ("hall", "yard"):
            assert list(stage.process([make_frame(0, [make_face(1)], camera=name)])) == []
        stage.keep({"hall"})
    with closing(make(hook, tmp_path)) as stage:
        stage.keep({"yard"})
        assert list(stage.process([make_frame(0, camera="yard", run=2)])) == []
        until(lambda: not stage.queue.waiting)

    found = [event["data"] for request in hook.requests for event in msgspec.json.decode(request.body)]
    assert [(e["camera"], e["type"], e.get("removed")) for e in found[4:]] == [
        ("yard", "lost", None),
        ("yard", "camera", True),
        ("hall", "lost", None),
        ("hall", "camera", True),
        ("yard", "camera", False),
    ]
