"""What all commands have in common: help texts that are printed unchanged, no empty paths, and JSON in UTF-8.

Rich would parse `[privacy]` as markup and print nothing. An empty text would be the current folder.
"""

import sys
from typing import Any

from rich.markup import escape
from typer.core import TyperArgument, TyperCommand, TyperGroup

from pipeline.errors import ConfigError


class PlainCommand(TyperCommand):
    """A command whose help prints brackets unchanged, and which refuses empty arguments and paths."""

    def __init__(self, *arguments: Any, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        _escape(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, unless one is an empty text, as of `"$FOLDER"` without such a variable.

        Raises:
            ConfigError: An argument, or the path of an option, is empty.
        """
        if "" in args or any(arg.endswith("=") for arg in args):
            given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
            for param in self.params:
                value = given.get(param.name)
                is_path = "Path" in str(param.type_descriptor.annotation)  # type: ignore[attr-defined]
                if (is_path or isinstance(param, TyperArgument)) and "" in (
                    value if isinstance(value, list | tuple) else [value]
                ):
                    name = param.opts[0] if param.opts[0].startswith("-") else param.name.upper()
                    raise ConfigError(f"{name}: expected a value, found an empty text (is a variable not set?)")
        return super().parse_args(ctx, args)


def print_json(data: bytes) -> None:
    """Print a line of JSON in UTF-8, whatever the terminal's encoding; readers get it at once."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()


class PlainGroup(TyperGroup):
    """A group of commands whose help prints brackets unchanged."""

    def __init__(self, *arguments: Any, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        _escape(self)


def _escape(command: TyperCommand | TyperGroup) -> None:
    for text in (command, *command.params):
        if message := getattr(text, "help", None):
            text.help = escape(message)  # type: ignore[union-attr]
