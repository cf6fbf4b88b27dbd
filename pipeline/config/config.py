"""`config.toml` as typed tables. The options of a stage stay plain tables: `graph` checks them."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from pipeline.config.options import PORT, Problems, read_table, struct_keys
from pipeline.config.values import bad_values
from pipeline.errors import ConfigError
from pipeline.foreign import one_line, shown

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""Names of cameras, outputs and stages: they become file names, topics and parts of addresses."""

DEMO = Path(__file__).parents[2] / "docs" / "demo.toml"
"""Two synthetic cameras."""
FIRST_STEPS = f"""To begin:
  emobot batch VIDEO --out results    what a recording shows; needs no config
  emobot run {DEMO}    two synthetic cameras
  emobot doctor    what this machine has and lacks
Or write a config.toml: a table [camera.NAME] with a source, a table [output.NAME] with a kind."""

Positive = Annotated[float, msgspec.Meta(gt=0)]
Options = dict[str, Any]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy of every table: immutable, named keys, unknown keys refused."""


class Run(Table, frozen=True, kw_only=True):
    """`[run]`: how the processes work together."""

    dir: str = ""
    """Directory of sockets and frames, on a tmpfs; empty: a new one in /dev/shm."""
    host: str = ""
    """This machine's address, where stages on other machines find it."""
    port: Annotated[int, msgspec.Meta(ge=1024, le=60000)] = 5600
    """First of the ports that stages with a `host` listen on."""
    max_age_ms: Positive = 500.0
    """Pictures of live cameras that are older when a stage takes them up are dropped as stale; for outputs that need
    no picture, as tables and events, 2 seconds count where this is less."""
    hang_s: Positive = 20.0
    """A process that says nothing for so long is killed and started again."""
    jobs: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many sources run at once, the others after them; 0: all."""
    attempts: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How often a source's process is started before it counts as failed; 0: for ever."""


class Privacy(Table, frozen=True, kw_only=True):
    """`[privacy]`: what must not leave, whatever the outputs are told. What contradicts it is refused."""

    blur_faces: bool = False
    """Every picture that leaves shows the faces that were found beyond recognition."""
    no_pictures: bool = False
    """No output of pictures may be there."""
    aggregate_only: bool = False
    """Outputs tell sums over all people of a camera and a period of time, nothing of single people."""
    notice: str = ""
    """Text at the bottom of every picture, for example that emotions are being recognised here."""


class Metrics(Table, frozen=True, kw_only=True):
    """`[metrics]`: the Prometheus endpoint."""

    listen: Annotated[str, msgspec.Meta(pattern=f"^(|.*:{PORT})$", examples=["127.0.0.1:9108"])] = "127.0.0.1:9108"
    """`address:port`; empty: none."""


class Log(Table, frozen=True, kw_only=True):
    """`[log]`: what is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least serious that is written."""


class Config(Table, frozen=True, kw_only=True):
    """The whole file; cameras, outputs and stages by name, in the order of the file."""

    run: Run = Run()
    camera: dict[str, Options] = {}
    detect: Options = {}
    emotion: Options = {}
    overlay: Options = {}
    stage: dict[str, Options] = {}
    output: dict[str, Options] = {}
    privacy: Privacy = Privacy()
    metrics: Metrics = Metrics()
    log: Log = Log()


_GROUPS = ("camera", "output", "stage")
_STRUCTS: dict[str, type[Table]] = {"run": Run, "privacy": Privacy, "metrics": Metrics, "log": Log}


def load_config(path: Path, problems: Problems | None = None) -> Config:
    """Read a config file.

    Args:
        path: The file.
        problems: Takes the mistakes in its tables, which are then left out; None raises them.

    Raises:
        ConfigError: It is not there, not TOML, or a table is wrong; one line for each mistake.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"expected a config file, found no {path}\n{FIRST_STEPS}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected a readable config file, found {path}: {error}") from error
    except (ValueError, RecursionError) as error:
        # tomllib also says ValueError of a number of 5000 digits, and does not limit how deep lists go
        raise ConfigError(f"expected TOML, found {path}: {error}") from error
    return parse_config(raw, str(path), problems)


def parse_config(raw: dict[str, Any], where: str = "config", problems: Problems | None = None) -> Config:
    """Check tables read from TOML.

    Args:
        raw: The tables.
        where: Name of the file, for the messages.
        problems: Takes the mistakes, which are then left out; None raises them.

    Raises:
        ConfigError: One line for each mistake.
    """
    found = Problems() if problems is None else problems
    if mistakes := list(bad_values(raw)):
        for at, mistake in mistakes:
            found.add(".".join(at[:-1]) or "top level", f"{at[-1]}: {mistake}" if at else mistake)
        # nothing can be done with the rest either: it would be checked without them
        found.raise_if_any(where)
    keys = struct_keys(Config)
    tables: dict[str, Any] = {}
    known = {name: value for name, value in raw.items() if name in keys}
    for name in raw.keys() - keys.keys():
        read_table("top level", {name: raw[name]}, keys, found)
    for name, value in known.items():
        if not isinstance(value, dict):
            found.add(name, f"expected a table, found {shown(value)}")
        elif name in _GROUPS:
            tables[name] = _read_group(name, value, found)
        elif name in _STRUCTS:
            kind = _STRUCTS[name]
            tables[name] = kind(**read_table(name, value, struct_keys(kind), found))
        else:
            tables[name] = value
    if problems is None:
        found.raise_if_any(where)
    return Config(**tables)


def _read_group(group: str, tables: Options, problems: Problems) -> Options:
    good = {}
    for name, table in tables.items():
        if not NAME.fullmatch(name):
            problems.add(f"{group}.{one_line(name, 60)}", "expected a name of 1 to 40 letters, digits, - and _")
        elif not isinstance(table, dict):
            problems.add(group, f"expected tables [{group}.NAME], found {name} = {shown(table)}")
        else:
            good[name] = table
    return good
