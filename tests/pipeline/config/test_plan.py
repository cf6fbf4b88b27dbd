"""The links and addresses of a plan."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.errors import ConfigError
from tests.pipeline.memory import line, node


def test_the_last_readers_give_slots_back(tmp_path: Path) -> None:
    """Stages that read pixels and have no reader behind; those behind each stage are known by index."""
    plan = line(tmp_path)
    assert plan.readers() == ["output.look"]
    assert [plan.readers_from(n.name) for n in plan.nodes] == [[0], [0], [0], [0], [], [0]]
    plan = line(tmp_path, *plan.nodes[:2], replace(plan["emotion"], to=("output.note",)), plan["output.note"])
    assert plan.readers() == ["detect"]
    outputs = node("output.x", pixels="read"), node("output.y", pixels="read")
    plan = line(tmp_path, node("camera.a", "output.x", "output.y"), *outputs)

    assert (plan.readers(), plan.readers_from("camera.a")) == (["output.x", "output.y"], [0, 1])


def test_each_incarnation_has_an_address_of_its_own(tmp_path: Path) -> None:
    """Each worker has its own address too; the first one has the plain name."""
    plan = line(tmp_path)
    addresses = [plan.address("detect", *key) for key in ((0, 0), (1, 0), (0, 1), (0, 2))]

    assert addresses == [f"ipc://{tmp_path}/{name}" for name in ("detect.0", "detect.1", "detect.0.1", "detect.0.2")]


def test_over_tcp_there_is_one_port_for_each_worker(tmp_path: Path) -> None:
    """Ports are counted over all stages; incarnations of a worker share one."""
    nodes = (
        node("camera.a", "detect"),
        node("detect", "emotion", workers=2),
        node("emotion", "output.note", host="10.0.0.2", workers=3),
        node("output.note"),
    )
    plan = line(tmp_path, *nodes, host="10.0.0.1", port=6000)
    assert [plan.address("emotion", n, 4) for n in range(3)] == [f"tcp://10.0.0.2:{6002 + n}" for n in range(3)]
    assert plan.address("output.note", 0) == "tcp://10.0.0.1:6005"
    assert [plan.crosses_machines(n.name) for n in nodes] == [False, False, True, True]

    with pytest.raises(ConfigError, match=r"\[run\] host"):
        line(tmp_path, *nodes).address("output.note", 0)


def test_a_directory_whose_name_is_too_long_is_refused() -> None:
    """A socket's path has 107 bytes, in bytes and not in letters, and the incarnation is part of it."""
    for letter, most in (("x", 107), ("é", 53)):
        plan = line(Path(letter * (most - len("/detect.0") // len(letter.encode()))))
        plan.address("detect", 0)
        with pytest.raises(ConfigError, match="expected a shorter path"):
            plan.address("detect", 0, 12)


def test_cameras_take_workers_in_turn(tmp_path: Path) -> None:
    """A camera added later always gets the same worker, whatever the others are."""
    cameras = [node(f"camera.{n}", "detect") for n in "abcde"]
    plan = line(tmp_path, *cameras, node("detect", workers=2))
    assert [plan.worker("detect", n) for n in "abcde"] == [0, 1, 0, 1, 0]
    others = [line(tmp_path, *cameras[:n], node("detect", workers=2)).worker("detect", "new") for n in range(5)]

    assert len(set(others)) == 1


def test_a_stage_nobody_knows_is_named(tmp_path: Path) -> None:
    """The error lists the stages."""
    with pytest.raises(ConfigError, match="expected one of camera.a, detect, .*found stage 'dtect'"):
        line(tmp_path)["dtect"]
