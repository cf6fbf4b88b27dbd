"""The options of the stages under test: the defaults, or those of a config file."""

from pathlib import Path
from typing import Any

from benchmarks.base import Benchmark
from pipeline.config.config import load_config
from pipeline.config.options import struct_keys
from pipeline.config.plan import RunnerKeys


class StagesBenchmark(Benchmark):
    """A benchmark of the stages.

    Args:
        config: A config file with options for the stages.

    Raises:
        ConfigError: The config file cannot be used.
    """

    def __init__(self, *, config: Path | None = None) -> None:
        self._options = stage_options(config)


def stage_options(config: Path | None) -> dict[str, dict[str, Any]]:
    """Return the tables `[detect]`, `[emotion]` and `[overlay]`; empty without a config file.

    Raises:
        ConfigError: The file cannot be used.
    """
    if config is None:
        return {"detect": {}, "emotion": {}, "overlay": {}}
    tables = load_config(config)
    return {"detect": tables.detect, "emotion": tables.emotion, "overlay": tables.overlay}


def alone(options: dict[str, Any]) -> dict[str, Any]:
    """Return a stage's own options: its table without the keys for its process."""
    runner = struct_keys(RunnerKeys)
    return {key: value for key, value in options.items() if key not in runner}
