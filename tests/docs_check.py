"""Checks documents, messages, docstrings and comments; `make check` runs it.

Four checks: phrases of `docs/words.txt`; links and paths in documents; lines of documents; shapes of arrays and units
of numbers in docstrings. Each finding is one line: `file:line: expected X, found Y`.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("pipeline", "stages", "models", "training", "benchmarks")
MOST_COLUMNS = 100
"""Characters of a line in a document; tables, code, link targets and addresses may be longer."""
_TEXTS = (
    *("Makefile", "config.toml", "docs/*.toml", "findings/*.sh", "models/weights/*.toml"),
    *("stages/**/*.html", "stages/**/*.js", "stages/**/*.css"),
)
"""Files beside documents and Python that people read."""
_SPARED = "test_docs_check.py"
"""Test of this check, which quotes the phrases."""
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(rf"`((?:{'|'.join((*PACKAGES, 'docs', 'tests'))})/[\w./-]+)`")
_SHAPE = re.compile(r"\w\[[^\]]+\]|\bshape\b")
_UNIT = re.compile(
    r"\b(seconds?|minutes|(milli|micro|nano)seconds|[mn]?s|Hz|inch(es)?|pixels?|degrees|radians|bytes|per second|0 to 1"
    r"|share|part|probabilit\w+|percent|score|levels?|ratio|factor|unit)\b|%"
)
_NAMES_UNIT = re.compile(r"_(s|ms|ns|hz|fps)$|^fps$|score|share|ratio")


class Phrase(NamedTuple):
    """A phrase that is not used."""

    text: str
    instead: str
    pattern: re.Pattern[str]


def findings(root: Path) -> list[str]:
    """Return all findings in a repository, one line each."""
    documents = list(_documents(root))
    python = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    phrases = read_phrases(root / "docs" / "words.txt")
    found: list[str] = []
    for path in documents:
        text, name = path.read_text("utf-8"), path.relative_to(root)
        found += [f"{name}:{line}" for line in (*words(text, phrases), *links(path, root), *long_lines(text))]
    for path in (path for pattern in _TEXTS for path in sorted(root.glob(pattern))):
        found += [f"{path.relative_to(root)}:{line}" for line in words(path.read_text("utf-8"), phrases)]
    trees = {path: ast.parse(path.read_text("utf-8")) for path in python}
    arrays = array_names(trees.values())
    for path, tree in trees.items():
        name = path.relative_to(root)
        for number, text in (*strings(tree), *comments(path.read_text("utf-8"))):
            found += [f"{name}:{line}" for line in words(text, phrases, number)]
        if name.parts[0] in ("pipeline", "models"):
            found += [f"{name}:{line}" for line in (*shapes(tree, arrays), *units(tree))]
    for path in (path for path in sorted((root / "tests").rglob("*.py")) if path.name != _SPARED):
        source = path.read_text("utf-8")
        for number, text in (*docstrings(ast.parse(source)), *comments(source)):
            found += [f"{path.relative_to(root)}:{line}" for line in words(text, phrases, number)]
    return found


def read_phrases(path: Path) -> list[Phrase]:
    """Read the list: `phrase => replacement`, one a line; `#` starts a comment."""
    phrases = []
    for line in path.read_text("utf-8").splitlines():
        text, _, instead = (part.strip() for part in line.partition("=>"))
        if text and not text.startswith("#"):
            pattern = r"\b" + r"\s+".join(map(re.escape, text.split())) + r"\b"
            phrases.append(Phrase(text, instead, re.compile(pattern, re.IGNORECASE)))
    return phrases


def words(text: str, phrases: Iterable[Phrase], first_line: int = 1) -> Iterator[str]:
    """Yield the phrases in a text that are not used."""
    lower = text.lower()
    for phrase in phrases:
        # most texts lack the first word, and a search for it is 8 times as fast as the pattern
        for match in phrase.pattern.finditer(text) if phrase.text.split()[0].lower() in lower else ():
            line = first_line + text.count("\n", 0, match.start())
            yield f"{line}: expected other words ({phrase.instead}), found {phrase.text!r}"


def links(document: Path, root: Path) -> Iterator[str]:
    """Yield the links and paths of a document that lead nowhere."""
    text = _without_code(document.read_text("utf-8"))
    for number, line in enumerate(text.splitlines(), 1):
        for target in _LINK.findall(line):
            name, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            path = document.parent / name if name else document
            if not path.exists():
                yield f"{number}: expected a link to a file, found {target}"
            elif anchor and anchor not in anchors(path.read_text("utf-8")):
                yield f"{number}: expected a link to a heading, found {target}"
        for name in _PATH.findall(line):
            if not (root / name).exists():
                yield f"{number}: expected the path of a file, found {name}"


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?)\s*$", _without_code(text), re.MULTILINE):
        plain = re.sub(r"\]\([^)]*\)", "", heading).lower()
        slug = base = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = 0
        while slug in found:
            count += 1
            slug = f"{base}-{count}"
        found.add(slug)
    return found


def long_lines(text: str) -> Iterator[str]:
    """Yield the lines of a document that are too long; those of tables and code may be."""
    for number, line in enumerate(_without_code(text).splitlines(), 1):
        plain = re.sub(r"https?://\S+", "", _LINK.sub("]", line))
        if len(plain) > MOST_COLUMNS and not line.lstrip().startswith("|"):
            yield f"{number}: expected at most {MOST_COLUMNS} characters, found {len(plain)}"


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every string in a module: messages, docstrings, data."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every docstring in a module, those of constants and fields included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield from strings(node) if isinstance(node.value, ast.Constant) else ()


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of every comment in a module; consecutive lines are one comment."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if block and token.start[0] != last + 1:
                yield last - len(block) + 1, "\n".join(block)
                block = []
            block.append(token.string.lstrip("# "))
            last = token.start[0]
    if block:
        yield last - len(block) + 1, "\n".join(block)


def array_names(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names by which annotations mean an array: NumPy's and the aliases made of them."""
    names = {"ndarray", "NDArray"}
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign) and _names(node.value) & {"ndarray", "NDArray"}:
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def shapes(tree: ast.Module, arrays: set[str]) -> Iterator[str]:
    """Yield the public functions that take or return arrays and whose docstrings name no shape."""
    for function, text in public_functions(tree):
        parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        annotations = [a for a in (*(p.annotation for p in parameters), function.returns) if a]
        if any(_names(a) & arrays for a in annotations) and not _SHAPE.search(text):
            yield f"{function.lineno}: expected the shape of an array in the docstring of {function.name}, found none"


def units(tree: ast.Module) -> Iterator[str]:
    """Yield the public functions that return a number and whose names and docstrings give no unit."""
    for function, text in public_functions(tree):
        returns_number = function.returns is not None and "float" in _names(function.returns)
        if returns_number and not (_NAMES_UNIT.search(function.name) or _UNIT.search(text)):
            yield f"{function.lineno}: expected a unit in the docstring of {function.name}, found none"


def public_functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Yield the public functions and methods of a module with their docstrings; of `__init__` the class's."""
    owners: list[ast.Module | ast.ClassDef] = [tree]
    owners += [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for owner in owners:
        for function in owner.body:
            if isinstance(function, ast.FunctionDef) and function.name == "__init__":
                yield function, ast.get_docstring(owner) or ""
            elif isinstance(function, ast.FunctionDef) and not function.name.startswith("_"):
                yield function, ast.get_docstring(function) or ""


def _names(annotation: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"\w+", node.value))
    return found


def _documents(root: Path) -> Iterator[Path]:
    yield from sorted(root.glob("*.md"))
    for folder in ("docs", "tests", *PACKAGES):
        yield from sorted((root / folder).rglob("*.md"))


def _without_code(text: str) -> str:
    """Return a document with its code blocks emptied, its lines in place."""
    return _FENCE.sub(lambda match: "\n" * match.group().count("\n"), text)


def main() -> int:
    """Print all findings and how many there are; return the exit code."""
    found = findings(Path(__file__).resolve().parent.parent)
    print("\n".join(found + [f"{len(found)} findings in documents, messages, docstrings and comments"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
