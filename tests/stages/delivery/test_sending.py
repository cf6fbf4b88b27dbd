"""The thread that sends, and its end."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from stages.delivery.answer import Answer
from stages.delivery.queue import Queue
from stages.delivery.sender import Sender
from stages.delivery.sending import Sending


@pytest.mark.parametrize(
    "answer", [Answer(kind="ConnectionError", why="refused"), Answer(status=400), Answer(status=204)]
)
def test_an_answer_after_the_end_is_not_logged(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The program has reported what waits for the next run; the events are still in the file."""
    monkeypatch.setattr("stages.delivery.sending.LINGER_S", 0.01)
    asked, released = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def post(bodies: Sequence[bytes]) -> Answer:
        threads.append(threading.current_thread())
        asked.set()
        released.wait()
        return answer

    queue = Queue(tmp_path / "w.sqlite", 10, ["lost"])
    queue.put([("lost", b"1")])
    sender = Sender(queue, post, "the webhook http://hook", batch=4, max_wait_s=0.0)
    sending = Sending(queue, sender, "webhook")
    asked.wait()
    assert sending.end() == 1
    released.set()
    threads[0].join()

    assert caplog.records == []
    assert (sender.sent, sender.refused, sender.failures) == (0, 0, 0)
    again = Queue(tmp_path / "w.sqlite", 10, ["lost"])
    assert again.waiting == 1
    again.close()
