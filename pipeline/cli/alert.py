"""`emobot alert`: try the alerts of a config on its history."""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from pipeline.cli.help import PlainCommand, PlainGroup, print_json
from pipeline.cli.history import find_history, read_time
from pipeline.config.recorded import read_alerts
from pipeline.errors import ConfigError
from pipeline.history.read import read_cameras, read_history
from pipeline.messages import Alert

alert = typer.Typer(cls=PlainGroup, help="Try the alerts of a config, see docs/alerts.md.")


@alert.callback()
def main() -> None:
    """Try the alerts of a config, see docs/alerts.md."""


@alert.command("test", cls=PlainCommand)
def test(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Alerts; none = all.")] = None,
    config: Annotated[Path, typer.Option(help="The config file with the alerts.")] = Path("config.toml"),
    file: Annotated[Path | None, typer.Option("--history", help="The history; by default that of the config.")] = None,
    since: Annotated[
        str, typer.Option("--from", help="A time such as 2026-11-25T14:30, or an age such as 2h; default: all.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="End of the period, in the same form; not included.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Print when alerts would have been raised and cleared in the recorded history. Nothing is sent."""
    from stages.alerts.replay import replay
    from stages.alerts.stage import make_rules

    options = read_alerts(config)
    tables = options["rules"] if options else {}
    if not tables:
        raise ConfigError(f"expected an alert [alert.NAME] in {config}, found none")
    for name in names or ():
        if name not in tables:
            raise ConfigError(f"expected one of the alerts {', '.join(tables)}, found {name!r}")
    chosen = {name: table for name, table in tables.items() if not names or name in names}
    assert options is not None
    aggregate_only = options["aggregate_only"]
    rules = make_rules(chosen, options["zones"], aggregate_only=aggregate_only)
    now = time.time()
    from_s, to_s = read_time("--from", since, now, 0.0), read_time("--to", until, now, now)
    if from_s >= to_s:
        raise ConfigError(f"expected --from before --to, found {since or 'the beginning'} and {until}")
    path = file or find_history(config)
    events, minutes = (read_history(path, what, (), 0.0) for what in ("events", "minutes"))
    least = options["min_people"] if aggregate_only else 1
    found = replay(rules, events, minutes, from_s, to_s, least)  # type: ignore[arg-type] # rows of these tables
    encoder = msgspec.json.Encoder()
    counted: Counter[str] = Counter()
    for one in sorted(found, key=lambda one: one.cleared_s or one.raised_s):
        counted[one.name] += not one.cleared_s
        if as_json:
            print_json(encoder.encode(one))
        else:
            print(describe(one))
    known = read_cameras(path, events=True)
    for rule in rules:
        if not set(known) & set(rule.cameras):
            there = f"expected a history of {', '.join(rule.cameras)}, found one of {', '.join(known) or 'no camera'}"
            print(f"emobot: {rule.name}: {there}, in {path}", file=sys.stderr)
    if not as_json:
        for rule in rules:
            times = {0: "not raised", 1: "raised once"}.get(counted[rule.name], f"raised {counted[rule.name]} times")
            print(f"{rule.name}: {times}")


def describe(one: Alert) -> str:
    """Return what happened to an alert as a readable line."""
    at_s = one.cleared_s or one.raised_s
    text = f"raised: {', '.join(f'{name} = {value:g}' for name, value in one.values.items())}"
    if one.cleared_s:
        text = f"cleared after {one.lasted_s:.0f} s ({one.reason})"
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at_s))}  {one.camera}  {one.name}  {text}"
