"""The process of a worker that receives frames."""

from pathlib import Path

import pytest

from pipeline.transport.switchboard import FILE, Switchboard
from tests.pipeline.memory import line, node


def test_every_process_of_the_run_sees_the_number(tmp_path: Path) -> None:
    """A switch is visible at once, and affects one worker only."""
    stages = node("detect", "emotion", workers=2), node("emotion", workers=3)
    plan = line(tmp_path, node("camera.a", "detect"), *stages)
    writer = Switchboard.create(plan)
    reader = Switchboard(line(tmp_path, *(node(f"camera.{n}", "detect") for n in "bcd"), *stages))
    writer.switch("emotion", 1, 7)
    numbers = [reader.incarnation(name, n) for name, workers in (("detect", 2), ("emotion", 3)) for n in range(workers)]

    assert numbers == [0, 0, 0, 7, 0]
    writer.switch("detect", 1, 70_000)
    assert reader.incarnation("detect", 1) == 70_000


@pytest.mark.parametrize("content", [None, b"", b"\1\0\0\0"])
def test_without_a_file_every_number_is_the_first(tmp_path: Path, content: bytes | None) -> None:
    """This holds on another machine, and for a file of another plan."""
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    board = Switchboard(line(tmp_path))

    assert [board.incarnation(name, 0) for name in ("detect", "emotion", "output.look")] == [0, 0, 0]
    assert (tmp_path / FILE).exists() is (content is not None)


def test_a_run_of_cameras_alone_has_none(tmp_path: Path) -> None:
    """Nothing is mapped, and nothing fails."""
    plan = line(tmp_path, node("camera.a"))

    assert Switchboard.create(plan) is not None
