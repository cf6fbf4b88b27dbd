"""The disturbances, one function each: what happens, what the fleet must do, and what is known of it afterwards."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks.boxes.accounts import FAILOVER_S, Deed
from benchmarks.boxes.network import EVENTS, LEASES
from benchmarks.boxes.site import Site, options_of

OUTAGE_S = 8.0
"""Seconds for which the output's server cannot be reached."""
AGO_S = 2.0
"""Seconds for which the broker is away beyond the ttl."""
AGAIN_S = 3.0
"""Seconds that a box stays away after its cameras run elsewhere."""


def kill(site: Site, cameras: tuple[str, ...]) -> Deed:
    """A box dies; it starts again later."""
    box = site.fullest()
    deed = Deed("box killed", box, site.of(box), time.time())
    site.kill(box)
    site.until_runs(cameras, _others(site, box))
    site.boxes[box] = site.start(box)
    site.until(lambda state: len(state.boxes) == len(site.names), f"{box} is back")
    return deed


def freeze(site: Site, cameras: tuple[str, ...]) -> Deed:
    """A box is frozen, as by a suspended machine, until its cameras run elsewhere; it wakes up later."""
    box = site.fullest()
    deed = Deed("box frozen", box, site.of(box), time.time())
    thaw = site.freeze(box)
    try:
        site.until_runs(cameras, _others(site, box))
        _sleep_until(deed.began_s + site.ttl_s + AGAIN_S)
        deed.silent_from_s = time.time()
    finally:
        thaw()
    site.until(lambda state: len(state.boxes) == len(site.names), f"{box} is back")
    return deed


def cut(site: Site, cameras: tuple[str, ...]) -> Deed:
    """A box is unplugged from the network."""
    return _cut_off(site, cameras, "box cut off", site.network.cut, site.network.join)


def cut_from_broker(site: Site, cameras: tuple[str, ...]) -> Deed:
    """A box still sees its cameras and the events' server, and loses the leases' server."""
    hide, show = (partial(change, address=LEASES) for change in (site.network.hide, site.network.show))
    return _cut_off(site, cameras, "box cut off from the leases", hide, show)


def restart_broker(site: Site, cameras: tuple[str, ...]) -> Deed:
    """The server dies and starts again with the same store: nothing may be lost."""
    deed = Deed("broker restarted", "", (), time.time())
    site.kill_broker()
    site.start_broker()
    _sleep_until(deed.began_s + site.ttl_s + FAILOVER_S)
    site.until_runs(cameras, site.names)
    return deed


def broker_away(site: Site, cameras: tuple[str, ...]) -> Deed:
    """The server is away for longer than the ttl: all cameras stop, and run again when it is back."""
    deed = Deed("broker away", "", cameras, time.time())
    site.kill_broker()
    _sleep_until(deed.began_s + site.ttl_s + AGO_S)
    site.start_broker()
    deed.outage_s = time.time() - deed.began_s
    site.until_runs(cameras, site.names)
    return deed


def drain(site: Site, cameras: tuple[str, ...]) -> Deed:
    """A box is drained."""
    box = site.fullest()
    deed = Deed("box drained", box, site.of(box), time.time())
    site.command("drain", box)
    site.until_runs(cameras, _others(site, box))
    site.command("drain", box, "--undo")
    return deed


def add_and_remove(site: Site, cameras: tuple[str, ...]) -> Deed:
    """One more camera comes and goes: the others lose nothing."""
    more = next(name for name in site.sources if name not in cameras)
    deed = Deed("camera added and removed", "", (), time.time())
    site.command("add", more, *options_of(site.sources[more]))
    site.until_runs((*cameras, more), site.names)
    site.command("remove", more)
    site.until(lambda state: more not in {camera.name for camera in state.cameras}, f"{more} is gone")
    return deed


def events_away(site: Site, cameras: tuple[str, ...]) -> Deed:
    """No box reaches the server of the events, while the leases are renewed: everything arrives later."""
    deed = Deed("output's broker away", "", (), time.time())
    hidden = []
    try:
        for box in site.names:
            site.network.hide(box, EVENTS)
            hidden.append(box)
        _sleep_until(deed.began_s + OUTAGE_S)
    finally:
        for box in hidden:
            site.network.show(box, EVENTS)
    site.until_runs(cameras, site.names)
    return deed


DISTURBANCES: Mapping[str, Callable[[Site, tuple[str, ...]], Deed]] = {
    "kill": kill,
    "freeze": freeze,
    "cut": cut,
    "leases": cut_from_broker,
    "restart": restart_broker,
    "away": broker_away,
    "drain": drain,
    "add": add_and_remove,
    "events": events_away,
}
"""By the name that `--trial` takes."""


def _cut_off(
    site: Site, cameras: tuple[str, ...], what: str, leave: Callable[[str], None], return_: Callable[[str], None]
) -> Deed:
    """Take a box away from its leases until its cameras run elsewhere."""
    box = site.fullest()
    deed = Deed(what, box, site.of(box), time.time())
    deed.silent_from_s = deed.began_s + site.ttl_s
    leave(box)
    try:
        site.until_runs(cameras, _others(site, box))
        _sleep_until(deed.began_s + site.ttl_s + AGAIN_S)
    finally:
        return_(box)
    site.until(lambda state: len(state.boxes) == len(site.names), f"{box} is back")
    return deed


def _others(site: Site, box: str) -> list[str]:
    return [name for name in site.names if name != box]


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.time()))
