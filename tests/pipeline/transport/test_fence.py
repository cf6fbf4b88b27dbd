"""Fences of leased cameras."""

from pathlib import Path

import pytest

from pipeline.transport import fence as module
from pipeline.transport.fence import Fence, Fences, fenced
from tests.support.frames import make_frame


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time, nanoseconds; a test sets it."""
    now = [1000]
    monkeypatch.setattr(module, "now_ns", lambda: now[0])
    return now


def test_a_camera_without_a_fence_is_the_boxs_own(tmp_path: Path) -> None:
    """Its frames always pass."""
    assert Fences(tmp_path).lets_pass(make_frame())
    assert fenced(tmp_path) == []


def test_frames_pass_until_the_lease_ends(tmp_path: Path, clock: list[int]) -> None:
    """Nobody has to close the fence: a box that was frozen finds it closed."""
    fence, fences = Fence(tmp_path, "hall"), Fences(tmp_path)
    assert not fences.lets_pass(make_frame())
    fence.open_until(2000)
    assert fences.lets_pass(make_frame())

    clock[0] = 2000
    assert not fences.lets_pass(make_frame())
    fence.open_until(3000)
    assert fences.lets_pass(make_frame())
    fence.close()
    assert not fences.lets_pass(make_frame())
    assert fenced(tmp_path) == ["hall"]


def test_the_next_run_of_a_camera_has_its_own_fence(tmp_path: Path, clock: list[int]) -> None:
    """The old one stays closed for frames that are still on their way; without a fence the name is free again."""
    old, fences = Fence(tmp_path, "hall"), Fences(tmp_path)
    old.open_until(2000)
    assert fences.lets_pass(make_frame())
    old.close()
    new = Fence(tmp_path, "hall")
    new.open_until(2000)

    assert not fences.lets_pass(make_frame())
    assert fences.lets_pass(make_frame(run=2))
    new.remove()
    clock[0] = 10**12
    assert fences.lets_pass(make_frame(run=3))
