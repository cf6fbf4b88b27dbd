"""The tables of alerts: their conditions, cameras and zones, and the outputs that name them."""

from collections.abc import Iterable

from pipeline.alerts.rule import make_rule
from pipeline.config.config import Alert, Config, Options
from pipeline.config.options import Problems, read_table, struct_keys
from pipeline.config.plan import Node
from pipeline.config.registry import OUTPUTS
from pipeline.config.tables.privacy import LEAST, least_faces
from pipeline.errors import ConfigError


def alert_options(config: Config, problems: Problems) -> Options | None:
    """Return the options of the stage that raises alerts; None if the config has neither alerts nor its table.

    Args:
        config: The tables.
        problems: Collects the mistakes, one for each alert.
    """
    if not config.alert and config.alerts is None:
        return None
    zones = {name: _zones(table) for name, table in config.camera.items()}
    aggregate_only = config.privacy.aggregate_only
    given = (config.alerts or {}).get(LEAST, least_faces(config.privacy))
    least = max(2, given) if aggregate_only and isinstance(given, int) else 1
    rules, used = {}, set[str]()
    for name, table in config.alert.items():
        known = len(problems)
        values = read_table(f"alert.{name}", table, struct_keys(Alert), problems)
        if len(problems) > known:
            continue
        try:
            rule = make_rule(name, values, zones, aggregate_only=aggregate_only, least=least)
            used.add(rule.condition.zone)
        except ConfigError as error:
            problems.add(f"alert.{name}", str(error))
        rules[name] = values
    own = {
        "rules": rules,
        # a change of any other zone concerns no alert
        "zones": {name: [zone for zone in own if zone in used] for name, own in zones.items()},
        "cameras": tuple(name for name, table in config.camera.items() if table.get("enabled", True) is True),
        "aggregate_only": aggregate_only,
    }
    for key in own.keys() & (config.alerts or {}).keys():
        problems.add("alerts", f"{key}: expected no such key, other tables set it")
    return {**(config.alerts or {}), **own}


def check_names(config: Config, outputs: Iterable[Node], problems: Problems) -> None:
    """Refuse outputs that send alerts which the config does not have.

    Args:
        config: The tables.
        outputs: The outputs.
        problems: Collects the mistakes.
    """
    for node in outputs:
        for name in node.options.get("alerts", ()) if node.use == OUTPUTS["email"] else ():
            if name not in config.alert:
                known = f"one of {', '.join(config.alert)}" if config.alert else "no name without tables [alert.NAME]"
                problems.add(node.name, f"alerts: expected {known}, found {name!r}")


def _zones(camera: Options) -> list[str]:
    """Return the names of a camera's zones, without its lines."""
    zones = camera.get("zones")
    if not isinstance(zones, dict):
        return []
    return [str(name) for name, shape in zones.items() if not (isinstance(shape, dict) and "line" in shape)]
