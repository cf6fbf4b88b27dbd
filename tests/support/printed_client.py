"""The subscriber that `docs/wire-format.md` prints."""

import re
from pathlib import Path


def write_client(page: str, path: Path, port: int, *, encrypted: bool = False) -> None:
    """Write the client exactly as printed, for events of another port; `encrypted` adds the lines printed for that."""
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code and "127.0.0.1:5556" in code[1]
    client = code[1].replace("127.0.0.1:5556", f"127.0.0.1:{port}")
    if encrypted:
        more = re.search(r"two more lines\n.*?```python\n(.*?)```", page, re.DOTALL)
        assert more and more[1].count("\n") == 2
        client = "import zmq.auth\n" + client.replace("socket.connect(", more[1] + "socket.connect(")
    path.write_text("import sys; sys.stdout.reconfigure(line_buffering=True)\n" + client)
