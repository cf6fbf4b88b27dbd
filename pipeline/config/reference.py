"""Writes the reference of `config.toml` from the tables and the stages: `python -m pipeline.config.reference`.

The meaning of a key is documented where it is declared: below a struct's field, or in the `Args` of a stage. A test
fails when `docs/configuration.md` differs from the output of this module.
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from pipeline.config.config import Alert, Fleet, Log, Metrics, Privacy, Run
from pipeline.config.graph import RUNNER_DEFAULTS
from pipeline.config.options import REQUIRED, Key, describe, stage_keys, struct_keys
from pipeline.config.plan import RunnerKeys
from pipeline.config.registry import OPTIONAL, OUTPUTS, SOURCES, STAGES, resolve
from pipeline.stage import Stage

FILE = Path(__file__).parents[2] / "docs" / "configuration.md"
INTRODUCTION = """# Configuration

Written by `python -m pipeline.config.reference` from the program itself; do not edit.

A config is a TOML file of tables. `emobot check FILE` says what is wrong with it, all mistakes at once, and draws what
it starts; `emobot run FILE` runs it. A key that is not written has its default; a key that is not known is refused.
Numbers end in their unit: `_ms`, `_s`, `_px`, `_hz`.
"""
TABLES: dict[str, type[msgspec.Struct]] = {
    "run": Run,
    "privacy": Privacy,
    "fleet": Fleet,
    "metrics": Metrics,
    "log": Log,
}
WHEN = {
    "landmarks": "Runs behind `detect`, only if the config has this table.",
    "alerts": "Runs in front of the outputs, only if the config has this table or a table `[alert.NAME]`.",
}
"""When a stage that is not always there runs."""
SET = ("rules", "zones", "cameras", "aggregate_only")
"""Options of such a stage that other tables set."""
ALSO = "Also the [keys of every stage](#keys-of-every-stage)."
STAGE = """Stages of your own, see [writing a stage](writing-a-stage.md): any number, their options beside these keys.

| key | value | default | |
|---|---|---|---|
| `use` | text | required | `"module:Class"`, importable from where emobot runs |
| `after` | text | required | behind which stage: `camera`, `detect`, `emotion`, `overlay` or one of your own |
"""


def write() -> str:
    """Return the whole reference, in Markdown."""
    parts = [INTRODUCTION]
    parts += ["## Cameras: `[camera.NAME]`", _names()]
    parts += [
        "Every camera also has `enabled` (true or false, default true): false keeps its table and starts nothing. "
        "`group` (text of at most 40 characters) and `position` (whole number, default 0) are where the page shows it: "
        "groups by their smallest position, then by name, and so the cameras in each."
    ]
    parts += [
        "`[camera.NAME.zones]` has polygons and lines by name, points in shares of the frame: "
        "`desk = { polygon = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.5]] }`, `door = { line = [[0, 0.5], [1, 0.5]] }`; "
        "see [audience](audience.md)."
    ]
    for word, use in SOURCES.items():
        title = "any other `source`" if word == "*" else f'`source = "{word}"`'
        parts += [f"### {title}", *_stage(resolve(use), without=("name",))]
    parts += ["## What happens to every frame"]
    for name, use in STAGES.items():
        parts += [f"### `[{name}]`", *_stage(resolve(use)), ALSO]
    for name, use in OPTIONAL.items():
        parts += [
            f"### `[{name}]`",
            WHEN[name],
            *_stage(resolve(use), without=SET),
            ALSO,
        ]
    parts += ["### `[stage.NAME]`", STAGE + "\n" + ALSO, "### Keys of every stage"]
    parts += [_first(RunnerKeys), _table(struct_keys(RunnerKeys), struct_docs(RunnerKeys))]
    parts += [_runner_defaults(), "## Outputs: `[output.NAME]`", _names()]
    for kind, use in OUTPUTS.items():
        parts += [f'### `kind = "{kind}"`', *_stage(resolve(use)), ALSO]
    parts += ["## Alerts: `[alert.NAME]`", "See [alerts](alerts.md)."]
    parts += [_table(struct_keys(Alert), struct_docs(Alert))]
    for name, struct in TABLES.items():
        parts += [f"## `[{name}]`", _capital(_first(struct).partition(": ")[2])]
        parts += [_table(struct_keys(struct), struct_docs(struct))]
    paragraphs = "\n\n".join(part.strip() for part in parts if part.strip()).split("\n\n")
    return "\n\n".join(map(_wrapped, paragraphs)) + "\n"


def struct_docs(struct: type) -> dict[str, str]:
    """Return the docstring below each field of a class."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    assert isinstance(tree, ast.ClassDef)
    docs = {}
    for field, following in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            docs[field.target.id] = _line(str(following.value.value))
    return docs


def argument_docs(documented: type) -> dict[str, str]:
    """Return the text of each argument in the `Args` of a class's docstring, and of those it is derived from."""
    docs: dict[str, str] = {}
    for kind in reversed(documented.__mro__):
        text = inspect.cleandoc(kind.__doc__ or "")
        section = re.search(r"^Args:\n((?:[ ]{4}.*\n?|\n)*)", text, re.MULTILINE)
        found = re.finditer(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", section[1] if section else "", re.MULTILINE)
        docs |= {match[1]: _line(match[2]) for match in found}
    return docs


def _stage(stage: type[Stage], without: Iterable[str] = ()) -> Iterator[str]:
    text = inspect.getdoc(stage) or ""
    yield _line(text.partition("\nArgs:")[0])
    keys = {name: key for name, key in stage_keys(stage).items() if name not in without}
    yield _table(keys, argument_docs(stage))


def _table(keys: Mapping[str, Key], docs: Mapping[str, str]) -> str:
    if not keys:
        return "It has no options."
    lines = ["| key | value | default | |", "|---|---|---|---|"]
    for name, key in keys.items():
        default = "required" if key.default is REQUIRED else f"`{json.dumps(key.default, ensure_ascii=False)}`"
        cells = (f"`{name}`", describe(key.type), default, docs.get(name, ""))
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


def _names() -> str:
    return (
        "One table each; its name (letters, digits, `-` and `_`, at most 40) is in every event, address and file. "
        "With `use` instead of that key, the table is for a stage of your own."
    )


def _runner_defaults() -> str:
    said = (
        f"`[{stage}]` has {', '.join(f'`{key} = {json.dumps(value)}`' for key, value in keys.items())} by default."
        for stage, keys in RUNNER_DEFAULTS.items()
    )
    return " ".join(said)


def _wrapped(paragraph: str) -> str:
    """Return a paragraph of Markdown in lines of at most 100 characters; tables, headings and code stay unchanged."""
    if paragraph.startswith(("|", "#", "```", "    ")):
        return paragraph
    return textwrap.fill(" ".join(paragraph.split()), 100, break_long_words=False, break_on_hyphens=False)


def _first(documented: type) -> str:
    return _line((inspect.getdoc(documented) or "").partition("\n\n")[0])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _line(text: str) -> str:
    """Return a docstring's paragraphs as lines without breaks within."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


if __name__ == "__main__":
    FILE.write_text(write(), "utf-8")
    print(FILE)
