"""Checks the keys and values of a config table; reports all mistakes together."""

import difflib
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.errors import ConfigError, Mistake
from pipeline.foreign import one_line, shown
from pipeline.stage import Stage

PORT = "([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
"""Regular expression of a port's number, up to 65535."""
REQUIRED = object()
"""Default of a key that must be given."""


class Key(typing.NamedTuple):
    """Type and default of one key of a table."""

    type: Any
    default: Any = REQUIRED


class Problems(list[str]):
    """Mistakes found so far, one line each, with the table's name."""

    def __init__(self) -> None:
        super().__init__()
        self._mistakes: list[Mistake] = []

    def add(self, table: str, text: str, mistake: Mistake | None = None) -> None:
        """Add a mistake in a table, and the same as data if it is of a known kind."""
        self.append(one_line(f"[{table}] {text}", 1000))
        self._mistakes += [mistake] if mistake else []

    def raise_if_any(self, where: str) -> None:
        """Raise all mistakes as one error, a line each.

        Args:
            where: Name of the file, which begins each line; "" for tables that come from no file.

        Raises:
            ConfigError: There is at least one.
        """
        if self:
            text = "\n".join(f"{where}, {problem}" if where else problem for problem in self)
            raise ConfigError(text, self._mistakes if len(self._mistakes) == len(self) else ())


def struct_keys(struct: type[msgspec.Struct]) -> dict[str, Key]:
    """Return the keys of a table from its struct."""
    keys = {}
    for field in msgspec.structs.fields(struct):
        optional = field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
        keys[field.name] = Key(field.type, field.default if optional else REQUIRED)
    return keys


def stage_keys(stage: type[Stage]) -> dict[str, Key]:
    """Return a stage's options: the keyword-only parameters of its `__init__`, with the limits of `Annotated` ones."""
    return keyword_keys(stage)


def keyword_keys(kind: type) -> dict[str, Key]:
    """Return the keyword-only parameters of a class's `__init__` as keys of a table."""
    hints = typing.get_type_hints(kind.__init__, include_extras=True)  # type: ignore[misc]
    return {
        name: Key(hints.get(name, Any), REQUIRED if p.default is p.empty else p.default)
        for name, p in inspect.signature(kind).parameters.items()
        if p.kind is p.KEYWORD_ONLY
    }


def read_table(table: str, raw: Mapping[str, Any], keys: Mapping[str, Key], problems: Problems) -> dict[str, Any]:
    """Return the values of a table, converted to their types; a wrong key is reported and skipped.

    Args:
        table: Name of the table, for the messages.
        raw: The table as read.
        keys: The allowed keys.
        problems: Collects the mistakes.
    """
    values = {}
    for name, value in raw.items():
        if name not in keys:
            close = difflib.get_close_matches(name, keys, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(sorted(keys))}"
            problems.add(table, f"unknown key {one_line(name, 60)}: {hint}", Mistake(kind="unknown", key=name))
            continue
        try:
            values[name] = msgspec.convert(value, keys[name].type)
        except msgspec.ValidationError:
            text = f"{name}: expected {describe(keys[name].type)}, found {shown(value)}"
            problems.add(table, text, wrong_value(name, keys[name].type))
    for name, key in keys.items():
        if key.default is REQUIRED and name not in raw:
            problems.add(table, f"{name}: expected {describe(key.type)}, found nothing")
    return values


def describe(kind: Any) -> str:
    """Return the allowed values of a type, in words."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        # an optional key has the type `X | None`
        return describe(arguments[0])
    if typing.get_origin(kind) is tuple and arguments[-1] is not Ellipsis:
        return f"a list of {len(arguments)} values, each {describe(arguments[0])}"
    if typing.get_origin(kind) is tuple:
        return f"a list of {describe(arguments[0])}"
    if typing.get_origin(kind) is typing.Annotated:
        return describe(arguments[0]) + "".join(_limits(meta) for meta in _metas(arguments))
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(kind, str(kind))


def wrong_value(name: str, kind: Any) -> Mistake:
    """Return the mistake that a key's value is not of its type."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return wrong_value(name, arguments[0])
    if typing.get_origin(kind) is typing.Annotated and (metas := _metas(arguments)):
        meta = metas[0]
        return Mistake(kind="value", key=name, low=meta.ge, high=meta.le, step=meta.multiple_of or 0.0)
    return Mistake(kind="value", key=name)


def _metas(arguments: tuple[Any, ...]) -> list[msgspec.Meta]:
    """Return the arguments of `Annotated` that msgspec reads; others are allowed there too."""
    return [argument for argument in arguments[1:] if isinstance(argument, msgspec.Meta)]


def _limits(meta: msgspec.Meta) -> str:
    limits = [(meta.ge, "at least"), (meta.gt, "above"), (meta.le, "at most"), (meta.lt, "below")]
    found = [
        f"{word} {value:.12g}" for value, word in [*limits, (meta.multiple_of, "a multiple of")] if value is not None
    ]
    if meta.pattern:
        found += [f"such as {example}" for example in meta.examples or ()]
    found += [f"at most {meta.max_length} characters"] if meta.max_length is not None else []
    return f", {', '.join(found)}" if found else ""
