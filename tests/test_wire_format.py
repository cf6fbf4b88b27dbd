"""`docs/wire-format.md` is enough to write a subscriber."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pipeline.events import AnyEvent, BoxEvent, Event
from tests.support.printed_client import write_client


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


def test_the_client_has_five_lines(page: str, tmp_path: Path) -> None:
    """Beside its imports; that they work is shown with the demo."""
    write_client(page, tmp_path / "client.py", 1)
    lines = (tmp_path / "client.py").read_text().splitlines()

    assert len([line for line in lines if line and not line.startswith("import ")]) == 5
