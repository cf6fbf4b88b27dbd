"""Habits of the tests themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(path for path in TESTS.rglob("*.py") if path.name.startswith("test_") or path.name == "conftest.py")
BY_FOLDER = ("e2e", "web")
"""Folders whose conftest marks every test `process`."""
PRIVATE = re.compile(r"_(?!_)")
MAY_BE_PRIVATE = re.compile(
    r"(?<!\bself)(?<!\bcls)\._(?!_)|\bimport\b( \(\n[^)]*|.*)\b_(?!_)|setattr\([^)]*[\"'.]_(?!_)"
)
"""What no module lacks that names one; most are not parsed for it."""
STARTS = re.compile(r"tests\.support\.(program|small_runs)\b|\"-m\", \"pipeline\"")


def test_no_test_imports_another() -> None:
    """Shared code is in tests/support, or beside the tests in a module without tests."""
    imports = re.compile(r"^ *from tests\b.*\b(test_\w+|conftest)\b", re.MULTILINE)

    assert [str(path.relative_to(TESTS)) for path in FILES if imports.search(path.read_text())] == []


def test_what_starts_the_program_is_marked() -> None:
    """`make test-fast` skips these tests."""
    unmarked = [
        str(path.relative_to(TESTS))
        for path in FILES
        if path not in (Path(__file__), TESTS / "pipeline/supervision/conftest.py")
        and path.relative_to(TESTS).parts[0] not in BY_FOLDER
        and STARTS.search(text := path.read_text())
        and "pytest.mark.process" not in text
    ]

    assert unmarked == []


def test_no_test_file_is_long() -> None:
    """Up to 300 lines, and up to 15 files in a folder: longer ones are split by concept."""
    modules = list(TESTS.rglob("*.py"))
    folders = {path.parent for path in modules}

    assert [str(path) for path in modules if len(path.read_text().splitlines()) > 300] == []
    assert [str(folder) for folder in folders if len(list(folder.glob("*.py"))) > 15] == []


def test_no_private_member_of_others_is_touched() -> None:
    """Neither read, nor imported, nor replaced: what tests need of a module is public there."""
    found = [f"{path.relative_to(TESTS)}:{line}" for path in TESTS.rglob("*.py") for line in private(path.read_text())]

    assert found == []


def private(text: str) -> Iterator[str]:
    """Yield the private members of others that a module names; those of `self`, `cls` and `super()` are its own."""
    for node in ast.walk(ast.parse(text)) if MAY_BE_PRIVATE.search(text) else ():
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")) | ast.Attribute(attr="_replace" | "_exit"):
                continue  # public names of named tuples and of `os`
            case ast.Attribute(attr=name) if PRIVATE.match(name):
                yield f"{node.lineno} {ast.unparse(node)}"
            case ast.ImportFrom(names=names):
                yield from (f"{node.lineno} {alias.name}" for alias in names if PRIVATE.match(alias.name))
            case ast.Call(func=ast.Attribute(attr="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                if PRIVATE.match(name):
                    yield f"{node.lineno} {name}"
            case ast.Call(func=ast.Attribute(attr="setattr"), args=[ast.Constant(value=str(path)), *_]):
                if any(PRIVATE.match(name) for name in path.split(".")):
                    yield f"{node.lineno} {path}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.b._c", True),
        ("from a import _b", True),
        ("from a import (\n    b,\n    _c,\n)", True),
        ("patch.setattr(a, '_b', 1)", True),
        ("patch.setattr('a.b._c', 1)", True),
        ("a.__class__", False),
        ("self._a", False),
        ("a._replace(b=1)", False),
        ("patch.setattr(a, 'b', '_c')", False),
    ],
)
def test_private_members_are_found(text: str, found: bool) -> None:
    """However they are reached."""
    assert bool(list(private(text))) is found
