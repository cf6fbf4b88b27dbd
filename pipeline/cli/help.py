"""Help texts as they are written: Rich would take `[privacy]` for markup and print nothing in its place."""

from typing import Any

from rich.markup import escape
from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command in whose help brackets are brackets."""

    def __init__(self, *arguments: Any, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        _escape(self)


class PlainGroup(TyperGroup):
    """A group of commands in whose help brackets are brackets."""

    def __init__(self, *arguments: Any, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        _escape(self)


def _escape(command: TyperCommand | TyperGroup) -> None:
    for text in (command, *command.params):
        if said := getattr(text, "help", None):
            text.help = escape(said)  # type: ignore[union-attr]
