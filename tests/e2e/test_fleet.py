"""A fleet of real boxes at a real NATS server: boxes die, freeze and are drained, the server restarts."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli.fleet.commands import drain, remove, show
from pipeline.errors import ConfigError
from tests.support.fleet.boxes import Fleet
from tests.support.fleet.server import NATS_SERVER
from tests.support.waiting import until

pytestmark = [pytest.mark.process, pytest.mark.skipif(not NATS_SERVER, reason="nats-server is not installed")]

CAMERAS = ("north", "south", "east", "west")
MOST_SWITCHES = 12
"""Changes of box that a camera may see here; two boxes that publish it at once for a second would make fifty."""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Return three boxes."""
    one = Fleet(tmp_path)
    try:
        one.start("a", "b", "c")
        one.until(lambda state: len(state.boxes) == 3)
        yield one
    finally:
        one.stop()


def test_cameras_survive_boxes_and_the_server(fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever stops, every camera runs again, and never on two boxes at once, nor a box above its capacity."""
    where = {"config": tmp_path / "none.toml", "nats": fleet.server.url}
    fleet.add(*CAMERAS)
    fleet.until_runs(CAMERAS, "abc")

    # drained: each camera runs elsewhere before it ends here
    cameras, since_s = fleet.of("a"), time.time()
    drain("a", **where)
    assert capsys.readouterr().out.endswith("a: 0 cameras left\n")
    fleet.until_runs(CAMERAS, "bc")
    assert all(fleet.longest_gap_s(camera, since_s) < 2.0 for camera in cameras), fleet.log()
    drain("a", undo=True, **where)
    with pytest.raises(ConfigError, match="expected a box that is drained, found a"):
        drain("a", undo=True, **where)

    # frozen: the others take over; when it wakes it publishes nothing more
    taken = fleet.of("b")
    fleet.boxes["b"].freeze()
    frozen_s = time.time()
    fleet.until_runs(CAMERAS, "ac")
    fleet.boxes["b"].thaw()
    fleet.until(lambda state: len(state.boxes) == 3)
    late = [one for one, at_s in fleet.boxes["b"].frames() if at_s > frozen_s + 1 and one in taken]
    assert len(late) < 3, fleet.log()

    # killed
    fleet.boxes["a"].kill()
    fleet.until_runs(CAMERAS, "bc")

    # the server restarts
    fleet.server.stop()
    fleet.server.start()
    fleet.until_runs(CAMERAS, "bc")

    # a camera too many
    fleet.add("tower", "yard", "cellar")
    fleet.until(lambda state: sum(camera.state == "unplaced" for camera in state.cameras) == 1)
    show(**where)
    assert "every box is at its capacity" in capsys.readouterr().out
    remove("north", **where)
    fleet.until_runs(("south", "east", "west", "tower", "yard", "cellar"), "bc")
    with pytest.raises(ConfigError, match="expected a camera of the fleet, found north"):
        remove("north", **where)
    for name in ("", "no rth"):
        with pytest.raises(ConfigError, match="expected a camera of the fleet, found n"):
            remove(name, **where)

    until(lambda: fleet.switches().keys() == {*CAMERAS, "tower", "yard", "cellar"}, fleet.log)
    switches = fleet.switches()
    assert all(len(boxes) <= MOST_SWITCHES for boxes in switches.values()), switches
