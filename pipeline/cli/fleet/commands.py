"""`emobot fleet`: the cameras of many machines."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer

from pipeline.cli.cameras.camera import Changes, Keys, Name
from pipeline.cli.cameras.keys import parse_changes, parse_table, without_defaults
from pipeline.cli.fleet.server import at_server
from pipeline.cli.help import PlainCommand, PlainGroup
from pipeline.config.config import NAME, Fleet
from pipeline.config.values import bad_values
from pipeline.errors import ConfigError, InputError

if TYPE_CHECKING:
    from rich.console import Group

    from pipeline.fleet.server.bucket import Entry
    from pipeline.fleet.server.store import Store
    from pipeline.fleet.view import FleetView

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WAIT_S = 0.5
"""Seconds between two looks at a box that is drained."""

fleet = typer.Typer(
    help="The cameras of many machines: add, change, remove and list them, empty a machine.",
    no_args_is_help=True,
    cls=PlainGroup,
)


@fleet.command(cls=PlainCommand)
@at_server
def add(
    server: Fleet,
    name: Name,
    source: Annotated[str, typer.Argument(help="The source, as in config.toml, as the boxes reach it.")],
    keys: Keys = None,
) -> None:
    """Add a camera to the fleet; a box with room runs it."""
    from pipeline.fleet.records import Camera
    from pipeline.fleet.server.answers import Refused

    if not NAME.fullmatch(name):
        raise ConfigError(f"expected a name of 1 to 40 letters, digits, - and _, found {name!r}")
    options = _checked(name, {"source": source, **parse_table(keys)})

    async def work(store: "Store") -> None:
        try:
            await store.fleet.create(f"camera.{name}", Camera(options=options))
        except Refused:
            raise ConfigError(f"expected the name of a new camera, found {name}, which exists") from None
        await store.nudge("leader")

    _with_store(server, work)


@fleet.command("set", cls=PlainCommand)
@at_server
def set_camera(server: Fleet, name: Name, keys: Changes = None) -> None:
    """Change options of a camera of the fleet, or restore their defaults; it starts again with them."""
    from pipeline.fleet.records import Camera
    from pipeline.fleet.server.answers import Refused

    wanted = parse_changes(keys)
    _checked(name, without_defaults(wanted))
    if wanted.get("source", "") is None:
        raise ConfigError("source: expected text, found nothing: a camera has no default source")

    async def work(store: "Store") -> None:
        entry = await _entry(store, name)
        options = without_defaults({**(entry.read(Camera) or Camera()).options, **wanted})
        try:
            await store.fleet.update(entry.key, Camera(options=options), entry.revision)
        except Refused:
            raise ConfigError(f"expected {name} as it was, found that it was changed meanwhile: try again") from None
        await store.nudge("leader")

    _with_store(server, work)


@fleet.command(cls=PlainCommand)
@at_server
def remove(server: Fleet, name: Name) -> None:
    """Remove a camera from the fleet."""

    async def work(store: "Store") -> None:
        await store.fleet.delete((await _entry(store, name)).key)

    _with_store(server, work)


@fleet.command("list", cls=PlainCommand)
@at_server
def show(server: Fleet, as_json: AsJson = False) -> None:
    """List cameras and boxes; a camera that no box can take is listed with the reason."""
    from pipeline.cli.tables import plain_console
    from pipeline.fleet.report import read_fleet

    found = _with_store(server, read_fleet)
    if as_json:
        print(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        plain_console(140).print(draw(found))


@fleet.command(cls=PlainCommand)
@at_server
def top(
    server: Fleet,
    every: Annotated[float, typer.Option(help="Seconds between tables.", min=0.2, max=3600)] = 2.0,
) -> None:
    """Show cameras and boxes until Ctrl-C.

    `clock` of a box is its clock minus the server's; of a camera its box's clock minus its own, with the network's
    delay, if it gives a time.
    """
    from rich.live import Live

    from pipeline.cli.tables import plain_console
    from pipeline.fleet.report import read_fleet

    console = plain_console(140)

    async def work(store: "Store") -> None:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            while not store.broken.is_set():
                live.update(draw(await read_fleet(store)), refresh=True)
                await asyncio.sleep(every)
        raise InputError("expected the NATS server to stay connected, found that it is gone")

    try:
        _with_store(server, work)
    except KeyboardInterrupt:
        return


@fleet.command(cls=PlainCommand)
@at_server
def drain(
    server: Fleet,
    box: Annotated[str, typer.Argument(help="The box's name.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let the box take cameras again.")] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="Maximum seconds to wait until it is empty.", min=0)] = 600.0,
) -> None:
    """Move all cameras of a box to others, one by one; the exit code is 1 if some remain."""
    from pipeline.fleet.records import Drain, Plan
    from pipeline.fleet.report import read_fleet

    if not re.fullmatch(NAME, box):
        raise ConfigError(f"expected a box, found {box!r}")

    async def work(store: "Store") -> int:
        if undo:
            if await store.fleet.get(f"drain.{box}") is None:
                raise ConfigError(f"expected a box that is drained, found {box}")
            await store.fleet.delete(f"drain.{box}")
            return 0
        if box not in (found := [one.name for one in (await read_fleet(store)).boxes]):
            raise ConfigError(f"expected one of {', '.join(found) or 'no box'}, found {box}")
        await store.fleet.put(f"drain.{box}", Drain(since_s=time.time()))
        end_s, said = time.monotonic() + wait_s, -1
        while True:
            state = await read_fleet(store)
            entry = await store.fleet.get(f"plan.{box}")
            planned = ((entry.read(Plan) if entry else None) or Plan()).cameras
            left = [camera for camera in state.cameras if camera.box == box or camera.name in planned]
            if len(left) != said:
                said = len(left)
                print(f"{box}: {said} {'camera' if said == 1 else 'cameras'} left", flush=True)
            if not left or time.monotonic() > end_s:
                for camera in left:
                    print(f"{camera.name} is still on {box}" + (f": {camera.note}" if camera.note else ""))
                return len(left)
            await asyncio.sleep(WAIT_S)

    if _with_store(server, work):
        raise typer.Exit(1)


def _checked(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return options of a camera.

    Raises:
        ConfigError: One of them is none that a config can have.
    """
    for at, mistake in bad_values({name: options}):
        raise ConfigError(f"[camera.{name}] {at[-1]}: {mistake}")
    return options


async def _entry(store: "Store", name: str) -> "Entry":
    """Return the record of a camera.

    Raises:
        ConfigError: There is no such camera.
    """
    # the library refuses other keys
    key_is_valid = re.fullmatch(r"[-/_=.A-Za-z0-9]+", name)
    entry = await store.fleet.get(f"camera.{name}") if key_is_valid else None
    if entry is None:
        raise ConfigError(f"expected a camera of the fleet, found {name or 'nothing'}")
    return entry


def draw(found: "FleetView") -> "Group":
    """Return both tables."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from pipeline.fleet.view import offset_text

    cameras = Table("camera", "box", "state", "clock", "source", "note", box=None)
    for camera in found.cameras:
        style = "green" if camera.state == "live" else "red" if camera.state == "unplaced" else "yellow"
        state, clock = Text(camera.state, style=style), offset_text(camera.clock_s)
        cameras.add_row(camera.name, camera.box, state, clock, Text(camera.source), Text(camera.note))
    boxes = Table("box", "cameras", "state", "clock", "page", box=None)
    for box in found.boxes:
        clock = offset_text(box.clock_s, box.clock_error_s)
        boxes.add_row(box.name, f"{box.cameras}/{box.capacity}", box.state, clock, box.page)
    return Group(cameras, "", boxes)


def _with_store(server: Fleet, work: "Callable[[Store], Coroutine[Any, Any, T]]") -> T:
    """Call a function with the fleet's buckets.

    Raises:
        ConfigError: There is no such fleet.
        InputError: The server cannot be reached.
    """
    from pipeline.fleet.server.store import Store
    from pipeline.fleet.terms import server_of

    async def run() -> T:
        where = server_of(server)
        try:
            store = await Store.open(where, server.name)
        except InputError as error:
            raise InputError(f"expected the fleet's server at {where.name}, found: {error}") from error
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
