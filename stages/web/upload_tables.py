"""The tables of a config that count for uploads."""

import tomllib
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError

TABLES = ("detect", "landmarks", "emotion", "overlay", "stage", "privacy", "log")


def read_tables(config: str) -> dict[str, Any]:
    """Return the tables of a config file, or the defaults without one.

    Raises:
        ConfigError: The file cannot be read.
    """
    if not config:
        return {"log": {"level": "warning"}}
    try:
        raw = tomllib.loads(Path(config).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"config: expected a readable config file, found {config}: {error}") from error
    return {name: table for name, table in raw.items() if name in TABLES}
