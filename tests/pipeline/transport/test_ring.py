"""Slots and leases."""

import errno
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.errors import EXIT_FAILED, EmobotError, MissingPart
from pipeline.messages import Slot
from pipeline.transport.ring import Ring, Rings

SIDE = 4
BYTES = SIDE * SIDE * 3 // 2


def picture(value: int) -> np.ndarray:
    """Return a small picture of one value."""
    return np.full((SIDE * 3 // 2, SIDE), value, np.uint8)


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    """Return a ring of three slots for two readers."""
    return Ring.create(tmp_path / "a.1.ring", slots=3, slot_bytes=BYTES, readers=2)


def test_another_process_sees_the_picture(ring: Ring, tmp_path: Path) -> None:
    """A second mapping of the file shows the pixels."""
    slot = ring.fill(picture(7), [0, 1])
    assert slot is not None
    view = Rings(tmp_path)[slot].view(slot, SIDE, SIDE)  # type: ignore[union-attr]

    assert view is not None
    assert np.array_equal(view, picture(7))
    assert not view.flags.writeable


def test_a_slot_is_free_when_all_its_readers_are_done(ring: Ring) -> None:
    """The ring is full with three frames; one reader's release is not enough."""
    slots = [ring.fill(picture(n), [0, 1]) for n in range(3)]
    first = slots[0]
    assert first is not None
    assert ring.fill(picture(3), [0, 1]) is None
    ring.release(first, [0])
    assert ring.fill(picture(3), [0, 1]) is None
    ring.release(first, [1])
    again = ring.fill(picture(3), [0, 1])

    assert again is not None
    assert again.index == first.index
    assert again.generation > first.generation


def test_a_late_reader_finds_its_slot_taken_back(ring: Ring) -> None:
    """After reclaiming, the old token shows nothing and releases nothing."""
    old = ring.fill(picture(1), [0])
    assert old is not None
    assert ring.reclaim(0.0) == 1
    new = ring.fill(picture(2), [0])
    assert new is not None
    ring.release(old, [0])

    assert ring.view(old, SIDE, SIDE) is None
    assert not ring.idle()
    assert ring.view(new, SIDE, SIDE) is not None


def test_young_slots_are_not_taken_back(ring: Ring) -> None:
    """Only leases older than the limit are reclaimed."""
    ring.fill(picture(1), [0])

    assert ring.reclaim(60.0) == 0


def test_what_is_on_its_way_and_what_lies_with_a_reader_are_told_apart(ring: Ring) -> None:
    """A picture counts as upstream until it is delivered, then as held by its reader."""
    slot = ring.fill(picture(1), [0])
    assert slot is not None
    assert (len(ring.upstream()), len(ring.held(0))) == (1, 0)
    ring.deliver(slot, 0)

    assert (len(ring.upstream()), len(ring.held(0))) == (0, 1)


def test_pictures_that_wait_for_long_are_known(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two pictures, filled a second apart, one is a second old, on its way as with its reader."""
    now_ns = time.monotonic_ns()
    for n in range(2):
        monkeypatch.setattr(time, "monotonic_ns", lambda at=now_ns + n * 10**9: at)
        assert ring.fill(picture(n), [0]) is not None

    assert ring.upstream() == [1.0, 0.0]
    for index in range(2):
        ring.deliver(Slot(ring=ring.name, index=index, generation=1), 0)
    assert ring.held(0) == [1.0, 0.0]


def test_a_picture_too_large_for_the_slot_is_not_shown(ring: Ring) -> None:
    """A message that claims a larger picture than the slot has does not read beyond it."""
    slot = ring.fill(picture(1), [0])
    assert slot is not None

    assert ring.view(slot, SIDE * 100, SIDE) is None
    assert ring.view(Slot(ring="a.1.ring", index=99, generation=1), SIDE, SIDE) is None


def test_a_missing_ring_is_none(tmp_path: Path) -> None:
    """The ring of a removed camera is not an error."""
    assert Rings(tmp_path)[Slot(ring="gone.1.ring", index=0, generation=1)] is None


def test_a_file_that_is_no_ring_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "a.1.ring").write_bytes(b"x" * 8192)
    with pytest.raises(MissingPart, match=r"a\.1\.ring"):
        Ring(tmp_path / "a.1.ring")


def test_no_room_is_no_error_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that crashed while /dev/shm was full was given up for good; now it is tried again."""

    def fill(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", fill)
    with pytest.raises(EmobotError, match="expected 1 MiB for the frames of one camera in .*, found .* MiB") as caught:
        Ring.create(tmp_path / "a.1.ring", slots=3, slot_bytes=BYTES, readers=1)

    assert caught.value.exit_code == EXIT_FAILED
    assert not [*tmp_path.iterdir()]


def test_rings_of_an_earlier_size_are_let_go(ring: Ring, tmp_path: Path) -> None:
    """After a change of size, only the camera's newest ring stays mapped."""
    slot = ring.fill(picture(1), [0])
    larger = Ring.create(tmp_path / "a.2.ring", slots=1, slot_bytes=BYTES, readers=1).fill(picture(2), [0])
    assert slot is not None
    assert larger is not None
    rings = Rings(tmp_path)

    assert rings[slot] is not None
    assert rings[larger] is not None
    assert list(rings.mapped) == ["a.2.ring"]


class Leases(RuleBasedStateMachine):
    """A ring against a model of it: who holds what."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.ring = Ring.create(Path(self.folder.name) / "a.1.ring", slots=3, slot_bytes=BYTES, readers=3)
        self.held: dict[tuple[int, int], tuple[Slot, int, set[int]]] = {}
        self.value = 0

    @rule(readers=st.sets(st.integers(0, 2), min_size=1))
    def fill(self, readers: set[int]) -> None:
        """A picture goes into a free slot, if and only if there is one."""
        self.value = (self.value + 1) % 256
        slot = self.ring.fill(picture(self.value), sorted(readers))
        assert (slot is None) == (len(self.held) == 3)
        if slot:
            self.held[slot.index, slot.generation] = (slot, self.value, set(readers))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A reader releases a slot."""
        key = data.draw(st.sampled_from(sorted(self.held)))
        slot, _, readers = self.held[key]
        reader = data.draw(st.sampled_from(sorted(readers)))
        self.ring.release(slot, [reader])
        readers.remove(reader)
        if not readers:
            del self.held[key]

    @invariant()
    def held_pictures_stay(self) -> None:
        """Whatever is leased shows what was put in."""
        for slot, value, _ in self.held.values():
            view = self.ring.view(slot, SIDE, SIDE)
            assert view is not None
            assert np.all(view == value)
        assert self.ring.idle() == (not self.held)

    def teardown(self) -> None:
        """Remove the file."""
        self.folder.cleanup()


TestLeases = Leases.TestCase
TestLeases.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


def test_rings_of_cameras_that_ended_are_let_go(ring: Ring, tmp_path: Path) -> None:
    """When the next camera comes: what is mapped keeps its memory, though the file is gone."""
    rings = Rings(tmp_path)
    first = ring.fill(picture(1), [0])
    assert first is not None and rings[first] is not None
    ring.unlink()
    other = Ring.create(tmp_path / "b.1.ring", slots=3, slot_bytes=BYTES, readers=2)
    second = other.fill(picture(2), [0])

    assert second is not None and rings[second] is not None
    assert rings[first] is None
