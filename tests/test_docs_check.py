"""The check of documents, messages, docstrings and comments finds what it is for; this repository passes it."""

import ast
from pathlib import Path

import pytest

from tests import docs_check
from tests.docs_check import (
    Phrase,
    anchors,
    array_names,
    comments,
    docstrings,
    links,
    long_lines,
    read_phrases,
    strings,
)

LONG = "word " * 21


@pytest.fixture
def phrases(tmp_path: Path) -> list[Phrase]:
    """A list of two phrases."""
    path = tmp_path / "words.txt"
    path.write_text("# a comment\nso many => the number\n\nanew => again\n")
    return read_phrases(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Begin anew.", ["1: expected other words (again), found 'anew'"]),
        ("one\nAfter so\n  many of them", ["2: expected other words (the number), found 'so many'"]),
        ("ANEW", ["1: expected other words (again), found 'anew'"]),
        ("renewed; also manyfold", []),
    ],
)
def test_phrases_are_found(phrases: list[Phrase], text: str, found: list[str]) -> None:
    """In any case and over line breaks, but not inside words."""
    assert list(docs_check.words(text, phrases)) == found


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("[a](other.md)", True),
        ("[a](other.md#a-heading-of-two-words)", True),
        ("[a](#here)", True),
        ("[a](https://example.org/none)", True),
        ("`docs/other.md`", True),
        ("```\n[a](absent.md)\n```", True),
        ("[a](absent.md)", False),
        ("[a](other.md#absent)", False),
        ("[a](#absent)", False),
        ("`docs/absent.md`", False),
    ],
)
def test_links_are_followed(tmp_path: Path, line: str, good: bool) -> None:
    """To files and headings; paths in code spans too."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "other.md").write_text("# Other\n\n## A `heading`, of two words\n")
    (docs / "page.md").write_text(f"# Here\n\n{line}\n")

    assert (list(links(docs / "page.md", tmp_path)) == []) is good


def test_equal_headings_have_anchors_of_their_own() -> None:
    """Numbered, as on GitHub; a comment in a code block is no heading."""
    assert anchors("# A\n## A\n```sh\n# no\n```\n## [B](c.md): d\n") == {"a", "a-1", "b-d"}


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("word " * 20, True),
        (f"| {LONG} |", True),
        (f"```\n{LONG}\n```", True),
        (f"see https://example.org/{'a' * 100}", True),
        (f"see [this](https://example.org/{'a' * 100})", True),
        (LONG, False),
        (f"- `{LONG}`", False),
    ],
)
def test_long_lines_are_found(line: str, good: bool) -> None:
    """Those of tables and code, and with long addresses, may be long."""
    assert (list(long_lines(f"{line}\n")) == []) is good


def test_strings_and_docstrings_are_found() -> None:
    """Parts of f-strings too; the strings below constants are docstrings."""
    code = '"""Module."""\nA = "a"\n"""Constant."""\ndef f():\n    """Help."""\n    print(f"with {x} value")\n'
    tree = ast.parse(code)

    assert sorted(text for _, text in strings(tree)) == [" value", "Constant.", "Help.", "Module.", "a", "with "]
    assert sorted(docstrings(tree)) == [(1, "Module."), (3, "Constant."), (5, "Help.")]


def test_comments_are_found() -> None:
    """Consecutive lines are one comment, so that phrases over line breaks are found; a `#` in a string is none."""
    source = "# so\n# many\na = '# no'\nb = 1  # one\n\n# other\n"

    assert list(comments(source)) == [(1, "so\nmany"), (4, "one"), (6, "other")]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('def f(a: Array) -> None:\n    """Take `uint8[n, 4]`."""', 0),
        ('def f(a: NDArray[Any]) -> None:\n    """Take an array of any shape."""', 0),
        ('def _f(a: Array) -> None:\n    """Take."""', 0),
        ('class A:\n    """Of `float[n]`."""\n    def __init__(self, a: Array) -> None:\n        self.a = a', 0),
        ('def f(a: Array) -> None:\n    """Take it."""', 1),
        ('def f() -> "Array | None":\n    """Return it."""', 1),
        ('class A:\n    """A."""\n    def f(self, *, a: list[Array]) -> None:\n        """Take."""', 1),
        ('def f() -> float:\n    """Return seconds."""', 0),
        ('def wait_s() -> float:\n    """Return it."""', 0),
        ('def f() -> tuple[float, float]:\n    """Return both."""', 1),
    ],
)
def test_docstrings_give_shapes_and_units(code: str, found: int) -> None:
    """Of public functions; an alias of an array type counts as one."""
    tree = ast.parse(f"Array = np.ndarray[Any, np.dtype[np.uint8]]\n{code}\n")
    arrays = array_names([tree])

    assert len([*docs_check.shapes(tree, arrays), *docs_check.units(tree)]) == found
