"""Text files are UTF-8 whatever the locale says.

OpenVINO sets the locale of the whole process to C while it compiles in a thread: others would read ASCII meanwhile.
"""

import re
from pathlib import Path

import pytest

PACKAGES = ("benchmarks", "models", "pipeline", "stages", "training")
_MODE = r"(?=[^()]*\"[rwax]t?\+?\"[^()]*\))"
TEXT = re.compile(rf"\.(?:read|write)_text\(|\b(?:fd)?open\({_MODE}|\bopen\(\)")
"""Calls that read or write text; a file whose mode is a variable is left to its reader."""
NAMED = re.compile(r"encoding|\"utf-8\"|\"ascii\"")


def nameless(text: str) -> list[str]:
    """Return the calls that name no encoding."""
    calls = (call_from(text, at.start()) for at in TEXT.finditer(text))
    return [call for call in calls if not NAMED.search(call)]


def call_from(text: str, start: int) -> str:
    """Return a call up to its closing bracket; brackets in texts count, too, which pairs forgive."""
    depth = 0
    for end, character in enumerate(text[start:], start + 1):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == ")" and not depth:
            return text[start:end]
    return text[start:]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_file_has_an_encoding(repository: Path, package: str) -> None:
    """The program reads and writes no text in the encoding of the locale."""
    found = [
        f"{path.relative_to(repository)}: {call}"
        for path in (repository / package).rglob("*.py")
        for call in nameless(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.read_text()", [".read_text()"]),
        ('a.read_text(encoding="utf-8")', []),
        ('a.write_text(f"{x}({y})")', ['.write_text(f"{x}({y})")']),
        ('a.write_text(\n    x,\n    encoding="utf-8",\n)', []),
        ('a.open("w")', ['open("w")']),
        ('with open("w", encoding="utf-8") as f:', []),
        ('path.open("rb"), dialog.open(name)', []),
        ("path.open()", ["open()"]),
    ],
)
def test_calls_without_an_encoding_are_found(text: str, expected: list[str]) -> None:
    """In one line or several; binary files have none."""
    assert nameless(text) == expected
