"""Programs as a user starts them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.marks import mark_folder
from tests.support.mqtt import broker, listener, mosquitto
from tests.support.program import EMOBOT, Program

__all__ = ["broker", "listener", "mosquitto"]  # fixtures
Start = Callable[..., Program]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    mark_folder(items, Path(__file__).parent, pytest.mark.process)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a Python program; one that still runs at the end of the test is stopped."""
    programs: list[Program] = []

    def begin(*command: str | Path) -> Program:
        programs.append(Program(command, tmp_path / f"{len(programs)}.log"))
        return programs[-1]

    yield begin
    for program in programs:
        program.stop()


@pytest.fixture
def emobot(start: Start) -> Start:
    """Return what starts `emobot` with arguments."""
    return lambda *arguments: start(*EMOBOT, *arguments)
