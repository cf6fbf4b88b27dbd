"""`config.toml` as typed tables. The options of a stage stay plain tables: `graph` checks them."""

import datetime
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
"""Pattern of the names of cameras, outputs and stages, which become file names, topics and parts of addresses."""

DEMO = Path(__file__).parents[2] / "docs" / "demo.toml"
"""Config with two synthetic cameras."""
FIRST_STEPS = f"""To get started:
  emobot batch VIDEO --out results    process a recording; needs no config
  emobot run {DEMO}    run two synthetic cameras
  emobot doctor    check this machine
Or write a config.toml with a table [camera.NAME] with a source and a table [output.NAME] with a kind."""

Positive = Annotated[float, msgspec.Meta(gt=0)]
Options = dict[str, Any]

_DATES = (datetime.datetime, datetime.date, datetime.time)
"""Types that TOML has and JSON has not."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables: immutable, named keys, unknown keys refused."""


class Run(Table, frozen=True, kw_only=True):
    """`[run]`: directory, ports and limits of the processes."""

    dir: str = ""
    """Directory of sockets and frames, on a tmpfs (empty = a new one in /dev/shm)."""
    host: str = ""
    """Address of this machine, as stages on other machines reach it."""
    port: Annotated[int, msgspec.Meta(ge=1024, le=60000)] = 5600
    """First of the ports that stages with a `host` listen on."""
    key: str = ""
    """File of the key pair that all machines of the run share, see `emobot keys`. Frames that leave this machine are
    encrypted with it; without it they are refused."""
    insecure: bool = False
    """Allow frames to leave this machine unencrypted."""
    max_age_ms: Positive = 500.0
    """Maximum age in milliseconds of a live camera's frame when a stage receives it; older frames are dropped as stale.
    Outputs without pixels, such as tables and events, accept at least 2 seconds."""
    hang_s: Positive = 20.0
    """Seconds without a heartbeat after which a process is killed and restarted. Time for which it waits for a
    processor does not count, up to three times as long."""
    jobs: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Maximum number of sources that run at once; the others wait (0 = no limit)."""
    attempts: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Number of starts of a source's process before it counts as failed (0 = no limit)."""


class Privacy(Table, frozen=True, kw_only=True):
    """`[privacy]`: what no output may publish. Contradicting options are refused."""

    blur_faces: bool = False
    """Blur all detected faces beyond recognition in every published frame and picture."""
    no_pictures: bool = False
    """Refuse outputs that show frames or pictures."""
    aggregate_only: bool = False
    """Outputs publish totals per camera and period, nothing about individuals."""
    min_people: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Minimum number of people of a published sum (0 = that of each output, by default 5)."""
    notice: str = ""
    """Text at the bottom of every published frame, for example that emotions are being recognised here."""


class Fleet(Table, frozen=True, kw_only=True):
    """`[fleet]`: with this table, this machine (a box) runs cameras of a fleet, see `docs/fleet.md`."""

    nats: str = "nats://127.0.0.1"
    """Address of the NATS server, `tls://` for TLS; several of a cluster with commas."""
    name: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,40}$", examples=["emobot"])] = "emobot"
    """Name of the fleet; two fleets at one server need different ones."""
    box: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{0,40}$", examples=["shop-12"])] = ""
    """Name of this box; empty: the host name."""
    capacity: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Maximum number of the fleet's cameras on this box; 0: what the box measures that it can run."""
    ttl_s: Annotated[float, msgspec.Meta(ge=1, le=600)] = 6.0
    """Seconds after which a silent box loses its cameras to others; the first box of a fleet sets it for all."""
    any_source: bool = False
    """Also run cameras with files, GStreamer fragments and modules of this box as sources."""
    credentials_env: str = ""
    """Environment variable with the server's `user:password`, or a token."""
    creds: str = ""
    """Credentials file (`.creds`) of a user with a key."""
    ca: str = ""
    """PEM file with the certificate of the authority that signed the server's."""
    verify_tls: bool = True
    """Refuse a server whose certificate no trusted authority signed."""


class Alert(Table, frozen=True, kw_only=True):
    """`[alert.NAME]`: a condition, and what happens while it holds."""

    when: str
    """The condition, such as `"share(sad) > 0.6 for 5m"`, see [alerts](alerts.md)."""
    camera: tuple[str, ...] = ()
    """Names of the cameras it watches, each by itself (empty = all)."""
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """What messages say (empty = the condition)."""
    cooldown_s: Annotated[float, msgspec.Meta(ge=0, le=2_592_000)] = 60.0
    """Seconds after it was cleared in which it is not raised again."""
    missing_s: Annotated[float, msgspec.Meta(ge=1, le=2_592_000)] = 60.0
    """Seconds without data, for example because nobody is in view, after which the condition counts as not met."""


class Metrics(Table, frozen=True, kw_only=True):
    """`[metrics]`: the Prometheus endpoint."""

    listen: Annotated[str, msgspec.Meta(pattern=f"^(|.*:{PORT})$", examples=["127.0.0.1:9108"])] = "127.0.0.1:9108"
    """`address:port` (empty = no endpoint)."""


class Log(Table, frozen=True, kw_only=True):
    """`[log]`: the log on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level that is logged."""


class Config(Table, frozen=True, kw_only=True):
    """The whole file; cameras, outputs and stages by name, in the order of the file."""

    run: Run = Run()
    camera: dict[str, Options] = {}
    detect: Options = {}
    landmarks: Options | None = None
    alerts: Options | None = None
    alert: dict[str, Options] = {}
    emotion: Options = {}
    overlay: Options = {}
    stage: dict[str, Options] = {}
    output: dict[str, Options] = {}
    privacy: Privacy = Privacy()
    fleet: Fleet | None = None
    metrics: Metrics = Metrics()
    log: Log = Log()


_GROUPS = ("camera", "output", "stage", "alert")
_STRUCTS: dict[str, type[Table]] = {"run": Run, "privacy": Privacy, "fleet": Fleet, "metrics": Metrics, "log": Log}


def load_config(path: Path, problems: Problems | None = None) -> Config:
    """Read a config file.

    Args:
        path: The file.
        problems: Collects the mistakes; wrong tables and keys are skipped. None: raise them.

    Raises:
        ConfigError: The file is absent or not TOML, or a table is wrong; one line per mistake.
    """
    try:
        # Windows' editor writes a byte order mark, which TOML does not know
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(f"expected a config file, found no {path}\n{FIRST_STEPS}") from error
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"expected UTF-8 (save it as UTF-8), found other bytes in line {row} of {path}") from error
    except OSError as error:
        raise ConfigError(f"expected a readable config file, found {path}: {error}") from error
    except (ValueError, RecursionError) as error:
        # tomllib also raises ValueError for a number of 5000 digits, and does not limit the depth of lists
        raise ConfigError(f"expected TOML, found {path}: {error}") from error
    return parse_config(raw, str(path), problems)


def parse_config(raw: dict[str, Any], where: str = "config", problems: Problems | None = None) -> Config:
    """Check tables read from TOML.

    Args:
        raw: The tables.
        where: Name of the file, for the messages.
        problems: Collects the mistakes; wrong tables and keys are skipped. None: raise them.

    Raises:
        ConfigError: One line for each mistake.
    """
    found = Problems() if problems is None else problems
    if mistakes := list(bad_values(raw)):
        for at, mistake in mistakes:
            found.add(".".join(at[:-1]) or "top level", f"{at[-1]}: {mistake}" if at else mistake)
        # stop here: the other tables would be checked without these values
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


def tables_of(config: Config) -> dict[str, Any]:
    """Return the tables of a config, as TOML has them; an optional one that is absent is left out."""
    tables = msgspec.to_builtins(config, builtin_types=_DATES)
    return {name: table for name, table in tables.items() if table is not None}


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
