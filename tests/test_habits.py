"""Habits of the tests themselves."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
FILES = sorted(path for path in TESTS.rglob("*.py") if path.name.startswith("test_") or path.name == "conftest.py")
BY_FOLDER = ("e2e", "web")
"""Folders whose conftest marks every test `process`."""
STARTS = re.compile(r"tests\.support\.(program|small_runs)\b|\"-m\", \"pipeline\"")


def test_no_test_imports_another() -> None:
    """Shared code is in tests/support, or beside the tests in a module without tests."""
    imports = [
        (str(path.relative_to(TESTS)), node.module)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and re.search(r"^tests\..*\b(test_\w+|conftest)$", node.module or "")
    ]

    assert imports == []


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
