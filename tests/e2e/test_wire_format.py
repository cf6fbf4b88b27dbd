"""`docs/wire-format.md` is enough to write a subscriber."""

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pipeline.events import AnyEvent, BoxEvent, Event


@pytest.fixture
def page(repository: Path) -> str:
    """Return the page."""
    return (repository / "docs/wire-format.md").read_text()


@pytest.mark.parametrize("kind", [Event, *get_args(AnyEvent)])
def test_every_field_is_on_the_page(page: str, kind: type[Event]) -> None:
    """Each type has a section that names its fields, and no others."""
    tag = kind.__struct_config__.tag
    title = "Every event" if kind is Event else f"`{tag}`"
    section = re.search(rf"^## {title}.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", section[0], re.MULTILINE))))
    common = {field.encode_name for field in msgspec.structs.fields(Event)}
    fields = {field.encode_name for field in msgspec.structs.fields(kind)}

    assert named == (common | {"type"} if kind is Event else fields - common)


def test_the_box_is_on_the_page(page: str) -> None:
    """So are the names within the map `box`."""
    row = next(line for line in page.splitlines() if line.startswith("| `box`"))

    assert all(f"`{field.name}`" in row for field in msgspec.structs.fields(BoxEvent))


def test_the_five_lines_work(
    tmp_path: Path,
    page: str,
    emobot: Callable[..., Any],
    start: Callable[..., Any],
    free_port: Callable[[], int],
    until: Callable[..., None],
) -> None:
    """The client as it is printed receives what a run publishes."""
    address = f"tcp://127.0.0.1:{free_port()}"
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code
    assert len([line for line in code[1].splitlines() if line and not line.startswith("import ")]) == 5
    client = tmp_path / "client.py"
    client.write_text(
        "import sys; sys.stdout.reconfigure(line_buffering=True)\n" + code[1].replace("tcp://127.0.0.1:5556", address)
    )
    reader = start(client)
    config = tmp_path / "config.toml"
    config.write_text(
        f'[camera.a]\nsource = "demo"\nwidth = 640\nheight = 360\nfps = 10\n[metrics]\nlisten = ""\n'
        f'[output.e]\nkind = "events"\naddress = "{address}"\n'
    )
    program = emobot("run", config)
    until(
        lambda: "observation" in reader.log() and "appeared" in reader.log(), known=lambda: program.log() + reader.log()
    )
    program.process.send_signal(signal.SIGINT)
    assert program.end() == 0, program.log()

    assert "'camera': 'a'" in reader.log()
