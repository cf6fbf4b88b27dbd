"""`emobot events`: print published events, one per line."""

import datetime
import logging
import re
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from pipeline.cli.help import print_json
from pipeline.config.keys import KeyPair, read_pair, read_public
from pipeline.config.reach import require_key
from pipeline.errors import ConfigError
from pipeline.events import (
    AggregateEvent,
    AlertClearedEvent,
    AlertRaisedEvent,
    AnyEvent,
    AppearedEvent,
    CameraEvent,
    ChangedEvent,
    LineCrossedEvent,
    LineTotalEvent,
    LostEvent,
    Observation,
    OccupancyEvent,
    PersonEvent,
    ZoneEnteredEvent,
    ZoneLeftEvent,
    ZoneTotalEvent,
)
from pipeline.supervision.runs import DIR_HELP, RUN_HELP, about_run, reachable
from pipeline.transport.nats.events import NatsReader
from pipeline.transport.nats.server import parse_server
from pipeline.transport.pubsub import Subscriber

DEFAULT = "tcp://127.0.0.1:5556"
log = logging.getLogger("emobot")


def events(
    endpoint: Annotated[
        str, typer.Argument(help="Address of the publisher; default: that of the run on this machine.")
    ] = "",
    directory: Annotated[str, typer.Option("--dir", help=DIR_HELP)] = "",
    run: Annotated[str, typer.Option("--run", help=RUN_HELP)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    count: Annotated[int, typer.Option(help="Stop after this many events (0 = never).", min=0)] = 0,
    topic: Annotated[str, typer.Option(help="Only topics that start with this, such as emotion.lobby or camera.")] = "",
    timeout: Annotated[
        float, typer.Option(help="Stop after this many seconds without events (0 = never).", min=0)
    ] = 0.0,
    server_key: Annotated[
        str, typer.Option(help="Public key of the publisher, or the file that holds it: encrypted events.")
    ] = "",
    key: Annotated[
        Path | None, typer.Option(help="File of your own key pair (`emobot keys new`), with --server-key.")
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Read unencrypted events of another machine.")] = False,
    since: Annotated[
        str, typer.Option(help="nats:// only: begin in the past, such as 90s, 15m, 2h, 3d or 2026-11-28T09:00.")
    ] = "",
    stream: Annotated[str, typer.Option(help="nats:// only: name of the stream.")] = "EMOBOT",
    credentials_env: Annotated[
        str, typer.Option(help="nats:// only: environment variable with user:password or a token.")
    ] = "",
    creds: Annotated[str, typer.Option(help="nats:// only: credentials file.")] = "",
    ca: Annotated[str, typer.Option(help="tls:// only: PEM file of the authority of the server's certificate.")] = "",
) -> None:
    """Print events when they are published. The exit code is 1 if --timeout expires before --count events arrive.

    An endpoint nats://HOST, or tls://HOST, is a NATS server: its stream holds the events of all boxes.
    """
    # a line says why nothing arrives
    logging.basicConfig(format="emobot: %(message)s", level=logging.WARNING)
    encoder = msgspec.json.Encoder()
    if bool(server_key) != (key is not None):
        given, missing = ("--server-key", "--key FILE") if server_key else ("--key", "--server-key KEY")
        raise ConfigError(f"expected {missing} with {given}, found none")
    is_nats = endpoint.startswith(("nats://", "tls://"))
    if not is_nats and (since or credentials_env or creds or ca):
        raise ConfigError(
            f"expected a nats:// endpoint for --since, --creds, --credentials-env, --ca, found {endpoint or 'none'}"
        )
    if is_nats and (server_key or insecure):
        raise ConfigError(f"expected no --server-key, --key or --insecure for a NATS server, found one: {endpoint}")
    if pattern := re.search(r"[*>]", topic):
        raise ConfigError(f"--topic: expected the start of a topic, such as emotion.lobby, found {pattern[0]!r} in it")
    seen = 0
    with ExitStack() as stack:
        source: NatsReader | Subscriber
        if is_nats:
            server = parse_server(endpoint, credentials_env, creds, ca)
            start = parse_since(since, time.time()) if since else None
            source = NatsReader(server, stream, topic, start, timeout or None)
        else:
            if not (endpoint or server_key):
                endpoint, pair, insecure = endpoint_of_run(run, directory)
                public = pair.public if pair else ""
            else:
                endpoint = endpoint or endpoint_of_run(run, directory)[0]
                pair, public = (read_pair(key), read_public(server_key)) if key else (None, "")
            if not public:
                require_key(endpoint, False, insecure, "--server-key and --key, or --insecure")
            source = stack.enter_context(
                Subscriber(endpoint, (topic,), timeout or None, server_key=public, key=pair, insecure=insecure)
            )
        try:
            for *origin, event in source:
                if as_json:
                    print_json(encoder.encode(event))
                else:
                    print(f"{origin[0]}  {describe(event)}" if is_nats else describe(event), flush=True)
                seen += 1
                if count and seen >= count:
                    break
        finally:
            if source.refused:
                print(f"emobot: skipped {source.refused} messages of another version", file=sys.stderr)
    if seen < count:
        print(f"emobot: expected {count} events, found {seen} from {endpoint}", file=sys.stderr)
        raise typer.Exit(1)


def parse_since(text: str, now: float) -> float:
    """Return a time in the past, UNIX seconds; 0 for one before that.

    Args:
        text: An age such as `15m`, or a local date and time in ISO 8601.
        now: UNIX seconds.

    Raises:
        ConfigError: It is neither, or in the future.
    """
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text):
        return max(0.0, now - float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]])
    try:
        at = max(0.0, datetime.datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            f"--since: expected an age such as 15m or a time such as 2026-11-28T09:00, found {text!r}"
        ) from None
    if at > now:
        raise ConfigError(f"--since: expected a time in the past, found {text}: it is {time.ctime(now)} here")
    return at


def endpoint_of_run(name: str, directory: str = "") -> tuple[str, KeyPair | None, bool]:
    """Return the address at which a run publishes events, its key pair, and whether it does without one.

    Raises:
        ConfigError: The run has no output of kind `events`, or its key cannot be read.
        InputError: There are several runs, or none of this name or in this directory.
    """
    about = about_run(name, directory)
    if about is None:
        # no run yet: the default address of the first one
        log.warning("found no run of yours on this machine (`emobot run` starts one): waiting at %s", DEFAULT)
        return DEFAULT, None, False
    if not about.events:
        raise ConfigError(f'expected an output of kind = "events" in {about.config}, found none')
    address = about.events[0]
    if address.endswith((":0", ":*")):
        raise ConfigError(f"expected the port that the run's log has for {address}: give the address")
    file = about.keys.get(address)
    return reachable(address), read_pair(Path(file)) if file else None, not file


def describe(event: AnyEvent) -> str:
    """Return an event as a readable line."""
    at = time.strftime("%H:%M:%S", time.localtime(event.captured_at)) + f".{int(event.captured_at % 1 * 10)}"
    match event:
        case Observation():
            text = f"{event.label} {event.confidence:.0%}"
        case AppearedEvent():
            text = f"appeared, {event.label}"
        case ChangedEvent():
            text = f"{event.before} -> {event.after} {event.confidence:.0%}"
        case LostEvent():
            text = f"left after {event.duration_ms / 1e3:.1f} s: {_times(event.emotions_ms)}"
        case AggregateEvent():
            text = (
                f"too few people in {event.period_s:g} s to publish what they express"
                if event.people is None
                else f"{event.people} people in {event.period_s:g} s: {_times(event.emotions_ms)}"
            )
        case CameraEvent(removed=True):
            text = "was removed"
        case CameraEvent():
            text = f"is {event.state}" + (f": {event.error}" if event.error else "")
        case AlertRaisedEvent():
            text = f"alert {event.alert} raised: {event.text}"
        case AlertClearedEvent():
            text = f"alert {event.alert} cleared after {event.duration_ms / 1e3:.1f} s ({event.reason})"
        case ZoneEnteredEvent():
            text = f"entered {event.zone}, which has {event.occupancy}"
        case ZoneLeftEvent():
            text = f"left {event.zone} after {event.dwell_s:.1f} s, which has {event.occupancy}"
        case LineCrossedEvent():
            text = f"crossed {event.line} {event.direction}"
        case OccupancyEvent():
            text = f"{event.zone} has {event.occupancy}"
        case ZoneTotalEvent():
            text = f"{event.people} people in {event.zone} in {event.period_s:g} s: {_times(event.emotions_ms)}"
        case LineTotalEvent():
            text = f"{event.ins} in and {event.outs} out across {event.line} in {event.period_s:g} s"
    who = f" #{event.track}" if isinstance(event, PersonEvent) else ""
    return f"{at}  {event.camera}{who}  {text}"


def _times(emotions_ms: dict[str, float]) -> str:
    return ", ".join(f"{label} {ms / 1e3:.1f} s" for label, ms in emotions_ms.items()) or "nothing"
