"""`emobot events`: print published events, one per line."""

import logging
import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from pipeline.config.keys import KeyPair, read_pair, read_public
from pipeline.config.reach import require_key
from pipeline.errors import ConfigError
from pipeline.events import AggregateEvent, AnyEvent, AppearedEvent, CameraEvent, ChangedEvent, LostEvent, Observation
from pipeline.supervision.runs import RUN_HELP, about_run, reachable
from pipeline.transport.pubsub import Subscriber

DEFAULT = "tcp://127.0.0.1:5556"


def events(
    endpoint: Annotated[
        str, typer.Argument(help="Address of the publisher; default: that of the run on this machine.")
    ] = "",
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
) -> None:
    """Print events when they are published. The exit code is 1 if --timeout expires before --count events arrive."""
    # a line says why nothing arrives
    logging.basicConfig(format="emobot: %(message)s", level=logging.WARNING)
    encoder = msgspec.json.Encoder()
    if bool(server_key) != (key is not None):
        given, missing = ("--server-key", "--key FILE") if server_key else ("--key", "--server-key KEY")
        raise ConfigError(f"expected {missing} with {given}, found none")
    if not (endpoint or server_key):
        endpoint, pair, insecure = endpoint_of_run(run)
        public = pair.public if pair else ""
    else:
        endpoint = endpoint or endpoint_of_run(run)[0]
        pair, public = (read_pair(key), read_public(server_key)) if key else (None, "")
    if not public:
        require_key(endpoint, False, insecure, "--server-key and --key, or --insecure")
    seen = 0
    with Subscriber(endpoint, (topic,), timeout or None, server_key=public, key=pair, insecure=insecure) as subscriber:
        try:
            for _, event in subscriber:
                print(encoder.encode(event).decode() if as_json else describe(event), flush=True)
                seen += 1
                if count and seen >= count:
                    break
        finally:
            if subscriber.refused:
                print(
                    f"emobot: skipped {subscriber.refused} messages of another version",
                    file=sys.stderr,
                )
    if seen < count:
        print(f"emobot: expected {count} events, found {seen} from {endpoint}", file=sys.stderr)
        raise typer.Exit(1)


def endpoint_of_run(name: str) -> tuple[str, KeyPair | None, bool]:
    """Return the address at which a run publishes events, its key pair, and whether it does without one.

    Raises:
        ConfigError: The run has no output of kind `events`, or its key cannot be read.
        InputError: There are several runs, or no run of this name.
    """
    about = about_run(name)
    if about is None:
        # no run yet: the default address of the first one
        return DEFAULT, None, False
    if not about.events:
        raise ConfigError(f'expected an output of kind = "events" in {about.config}, found none')
    file = about.keys.get(about.events[0])
    return reachable(about.events[0]), read_pair(Path(file)) if file else None, not file


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
            text = f"{event.people} people in {event.period_s:g} s: {_times(event.emotions_ms)}"
        case CameraEvent():
            text = f"is {event.state}" + (f": {event.error}" if event.error else "")
    who = "" if isinstance(event, CameraEvent | AggregateEvent) else f" #{event.track}"
    return f"{at}  {event.camera}{who}  {text}"


def _times(emotions_ms: dict[str, float]) -> str:
    return ", ".join(f"{label} {ms / 1e3:.1f} s" for label, ms in emotions_ms.items()) or "nothing"
