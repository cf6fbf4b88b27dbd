"""Help texts printed unchanged: Rich would parse `[privacy]` as markup and print nothing."""

from typing import Any

from rich.markup import escape
from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command whose help prints brackets unchanged."""

    def __init__(self, *arguments: Any, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        _escape(self)


class PlainGroup(TyperGroup):
    """A group of commands whose help prints brackets unchanged."""

    def __init__(self, *arguments: Any, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        _escape(self)


def _escape(command: TyperCommand | TyperGroup) -> None:
    for text in (command, *command.params):
        if message := getattr(text, "help", None):
            text.help = escape(message)  # type: ignore[union-attr]
