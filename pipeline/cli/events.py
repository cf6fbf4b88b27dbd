"""`emobot events`: print published events, one per line."""

import sys
import time
from typing import Annotated

import msgspec
import typer

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
) -> None:
    """Print events when they are published. The exit code is 1 if --timeout expires before --count events arrive."""
    encoder = msgspec.json.Encoder()
    endpoint = endpoint or endpoint_of_run(run)
    seen = 0
    with Subscriber(endpoint, (topic,), timeout or None) as subscriber:
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


def endpoint_of_run(name: str) -> str:
    """Return the address at which a run publishes events.

    Raises:
        ConfigError: The run has no output of kind `events`.
        InputError: There are several runs, or no run of this name.
    """
    about = about_run(name)
    if about is None:
        # no run yet: the default address of the first one
        return DEFAULT
    if not about.events:
        raise ConfigError(f'expected an output of kind = "events" in {about.config}, found none')
    return reachable(about.events[0])


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
