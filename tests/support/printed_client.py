"""The subscriber that `docs/wire-format.md` prints."""

import re
from pathlib import Path


def write_client(page: str, path: Path, port: int) -> None:
    """Write the client exactly as printed, for events of another port."""
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code and "127.0.0.1:5556" in code[1]
    path.write_text(
        "import sys; sys.stdout.reconfigure(line_buffering=True)\n"
        + code[1].replace("127.0.0.1:5556", f"127.0.0.1:{port}")
    )
