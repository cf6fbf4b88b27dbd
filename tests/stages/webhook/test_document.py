"""The receiver in `docs/webhook.md` works."""

import re
import threading
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest

from stages.webhook.address import parse_endpoint
from stages.webhook.cloud_event import BATCH
from stages.webhook.receiver import Receiver, sign


def test_the_receiver_in_the_document_works(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints each event once, and refuses an unknown signature, none, and an old one."""
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    (code,) = re.findall(r"```python\n(.*?)```", (repository / "docs/webhook.md").read_text(), re.DOTALL)
    code, _, last = code.strip().rpartition("\n\n")
    assert last == 'HTTPServer(("127.0.0.1", 9000), Receiver).serve_forever()'
    made: dict[str, Any] = {}
    exec(code, made)
    monkeypatch.setattr(made["Receiver"], "log_message", lambda *_: None)
    body = b'[{"id":"1","time":"t","source":"emobot/hall","type":"emobot.lost","data":{}}]'

    with HTTPServer(("127.0.0.1", 0), made["Receiver"]) as server:
        endpoint = parse_endpoint(f"http://127.0.0.1:{server.server_port}/")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        secrets = (b"s3cret", b"s3cret", b"another", b"")
        answers = [Receiver(endpoint=endpoint, content_type=BATCH, secret=s).post(body).status for s in secrets]
        server.shutdown()
        thread.join()

    assert answers == [204, 204, 401, 401]
    assert capsys.readouterr().out == "t emobot/hall emobot.lost {}\n"
    assert not made["is_genuine"](sign(b"s3cret", 1_700_000_000, body), body)
