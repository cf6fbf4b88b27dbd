"""Runs a module of this folder as a program: `python -m training.data.bank`, ..."""

import sys
from collections.abc import Callable
from typing import Any

import typer


def run(main: Callable[..., Any]) -> None:
    """Run a function as a program; wrong data, missing files and missing libraries are one line, and exit code 1."""
    try:
        typer.run(main)
    except (ValueError, OSError, ImportError) as error:
        name = getattr(sys.modules["__main__"].__spec__, "name", "training")
        print(f"{name}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
