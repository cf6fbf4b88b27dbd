"""What commands that read a history need of a config.

They start no stage. So modules of `use`, the sources of cameras and the credentials of outputs may be missing, as on
another machine or in another shell than that of the run; `emobot check` and `emobot run` refuse them.
"""

from pathlib import Path
from typing import Any

from pipeline.config.config import Config, Options, load_config
from pipeline.config.options import REQUIRED, Problems, read_table, stage_keys
from pipeline.config.registry import OPTIONAL, OUTPUTS, resolve
from pipeline.config.tables.alerts import alert_options
from pipeline.config.tables.privacy import LEAST
from pipeline.foreign import contained


def read_history_paths(file: Path) -> list[str]:
    """Return the files in which the outputs of a config keep the history.

    Raises:
        ConfigError: The config cannot be read, a table of the program is wrong, or a path is no text.
    """
    problems = Problems()
    keys = {"path": stage_keys(resolve(OUTPUTS["history"]))["path"]}
    paths = []
    for name, table in load_config(file).output.items():
        if table.get("use", OUTPUTS.get(str(table.get("kind")))) == OUTPUTS["history"]:
            given = {key: value for key, value in table.items() if key in keys}
            paths.append(read_table(f"output.{name}", given, keys, problems).get("path", keys["path"].default))
    problems.raise_if_any(str(file))
    return paths


def read_alerts(file: Path) -> dict[str, Any] | None:
    """Return the options of the stage that raises alerts; None if the config has none.

    Raises:
        ConfigError: The config cannot be read, or a table of the program or an alert is wrong; one line per mistake.
    """
    problems = Problems()
    with contained(f"tables of alerts that can be read in {file}"):
        config = load_config(file)
        options = alert_options(config, problems)
        values = None if options is None else _checked(config, options, problems)
    problems.raise_if_any(str(file))
    return values


def _checked(config: Config, options: Options, problems: Problems) -> dict[str, Any]:
    """Return the stage's own options, with what `[privacy]` requires; those of its process do not matter."""
    keys = stage_keys(resolve(OPTIONAL["alerts"]))
    own = {key: value for key, value in options.items() if key in keys}
    values = read_table("alerts", own, keys, problems)
    for key, wanted in keys.items():
        if wanted.default is not REQUIRED:
            values.setdefault(key, wanted.default)
    if config.privacy.min_people:
        values[LEAST] = max(config.privacy.min_people, values[LEAST] if LEAST in own else 0)
    return values
