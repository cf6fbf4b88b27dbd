"""Frames in shared memory: a file of slots, and leases that say who still needs a slot.

One process writes pictures into a ring (the camera's source), others map the same file and read them. Each slot has
one byte per reader; a slot is free when all its bytes are zero. Every byte has one writer at a time (the source sets
it, its reader clears it), so there is no lock that a killed process could leave behind.

    byte   meaning
    0      the reader has done with the slot, or never was to see it
    OWED   the picture is on its way to the reader
    HELD   the picture lies in the reader's inlet or in its hands
"""

import math
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import MissingPart
from pipeline.messages import Array, Slot

OWED, HELD = 1, 2
_MAGIC = 0x31676E6972626D65  # "embring1", little endian
_PAGE = 4096


class Ring:
    """One file of slots, mapped.

    Args:
        path: The file, on a tmpfs so that it never touches a disk.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        head = np.memmap(path, np.uint64, "r+", shape=(4,))
        if int(head[0]) != _MAGIC:
            raise MissingPart(f"expected a ring file, found something else: {path}")
        self.slots, self.slot_bytes, self.readers = (int(n) for n in head[1:])
        table = 32 + self.slots * 16
        # as a plain array: slicing a memmap costs ten times as much
        self._memory = np.asarray(np.memmap(path, np.uint8, "r+"))
        # not as arrays: NumPy takes ten times as long for a few bytes
        self._generations = self._memory[32 : 32 + self.slots * 8].view(np.uint64).data
        self._filled_ns = self._memory[32 + self.slots * 8 : table].view(np.uint64).data
        leases = self._memory[table : table + self.slots * self.readers]
        self._leases: Any = leases.reshape(self.slots, self.readers).data
        self._start = _header_bytes(self.slots, self.readers)

    @classmethod
    def create(cls, path: Path, *, slots: int, slot_bytes: int, readers: int) -> "Ring":
        """Make the file and map it.

        Raises:
            MissingPart: The file system has no room for it; found out here, since later it would be a bus error.
        """
        size = _header_bytes(slots, readers) + slots * slot_bytes
        with path.open("xb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                path.unlink()
                free = os.statvfs(path.parent)
                raise MissingPart(
                    f"expected {size >> 20} MiB for the frames of one camera in {path.parent}, found"
                    f" {free.f_bavail * free.f_frsize >> 20} MiB free ({error.strerror}): enlarge it"
                    " (mount -o remount,size=1G /dev/shm; docker run --shm-size=1g) or set run.dir"
                ) from error
            file.write(np.array([_MAGIC, slots, slot_bytes, readers], np.uint64).tobytes())
        return cls(path)

    def fill(self, pixels: Array, readers: list[int]) -> Slot | None:
        """Copy a picture into a free slot and lease it to `readers`; None where no slot is free."""
        index = next((i for i, leases in enumerate(self._leases.tolist()) if not any(leases)), None)
        if index is None:
            return None
        self._generations[index] += 1
        self._filled_ns[index] = time.monotonic_ns()
        np.copyto(self._pixels(index, pixels.shape), pixels)
        for reader in readers:
            self._leases[index, reader] = OWED
        return Slot(ring=self.name, index=index, generation=self._generations[index])

    def view(self, slot: Slot, height: int, width: int, *, write: bool = False) -> Array | None:
        """Return the slot's I420 picture `uint8[height * 3 // 2, width]`; None where the slot was taken back."""
        if not self.holds(slot) or height * 3 // 2 * width > self.slot_bytes:
            return None
        pixels = self._pixels(slot.index, (height * 3 // 2, width))
        pixels.flags.writeable = write
        return pixels

    def deliver(self, slot: Slot, reader: int) -> None:
        """Note that the picture has been handed to this reader."""
        if self.holds(slot):
            self._leases[slot.index, reader] = HELD

    def release(self, slot: Slot, readers: list[int]) -> None:
        """Give the slot back on behalf of these readers; a slot taken back meanwhile is left alone."""
        if self.holds(slot):
            for reader in readers:
                self._leases[slot.index, reader] = 0

    def held(self, reader: int) -> list[float]:
        """Return how long ago, in seconds, the pictures were filled that lie with this reader."""
        return self._ages([leases[reader] == HELD for leases in self._leases.tolist()])

    def upstream(self) -> list[float]:
        """Return how long ago, in seconds, the pictures were filled that have not yet reached all of their readers."""
        return self._ages([OWED in leases for leases in self._leases.tolist()])

    def idle(self) -> bool:
        """Return whether no reader needs any slot."""
        return not any(map(any, self._leases.tolist()))

    def holds(self, slot: Slot) -> bool:
        """Return whether the slot still has this picture; False once it was taken back."""
        return slot.index < self.slots and self._generations[slot.index] == slot.generation

    def keeps(self, until_ns: int) -> bool:
        """Return whether some reader still needs a picture filled up to then (`time.monotonic_ns()`)."""
        taken = zip(self._leases.tolist(), self._filled_ns.tolist(), strict=True)
        return any(filled_ns <= until_ns and any(leases) for leases, filled_ns in taken)

    def reclaim(self, older_than_s: float) -> int:
        """Take back slots filled longer ago than that, whose readers must have died; return how many."""
        limit = time.monotonic_ns() - int(older_than_s * 1e9)
        taken = zip(self._leases.tolist(), self._filled_ns.tolist(), strict=True)
        late = [index for index, (leases, filled_ns) in enumerate(taken) if any(leases) and filled_ns < limit]
        for index in late:
            self._generations[index] += 1
            for reader in range(self.readers):
                self._leases[index, reader] = 0
        return len(late)

    def exists(self) -> bool:
        """Return whether its file is there; without, its memory is kept only by those who have it mapped."""
        return self._path.exists()

    def unlink(self) -> None:
        """Remove the file; readers that have it mapped keep it until they let go."""
        self._path.unlink(missing_ok=True)

    def _ages(self, chosen: list[bool]) -> list[float]:
        now_ns = time.monotonic_ns()
        return [(now_ns - ns) / 1e9 for ns, one in zip(self._filled_ns.tolist(), chosen, strict=True) if one]

    def _pixels(self, index: int, shape: tuple[int, ...]) -> Array:
        at = self._start + index * self.slot_bytes
        return self._memory[at : at + math.prod(shape)].reshape(shape)


class Rings:
    """The rings a reader has mapped, by name; when there is a new one, those are let go whose files are gone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rings: dict[str, Ring] = {}

    def __getitem__(self, slot: Slot) -> Ring | None:
        """Return the ring of this slot, None where its file is gone."""
        ring = self._rings.get(slot.ring)
        if ring is None:
            try:
                ring = Ring(self._directory / slot.ring)
            except FileNotFoundError:
                return None
            camera = slot.ring.partition(".")[0]
            self._rings = {n: r for n, r in self._rings.items() if n.partition(".")[0] != camera and r.exists()}
            self._rings[slot.ring] = ring
        return ring


def all_released(directory: Path, until_ns: int) -> bool:
    """Return whether no reader of any camera in a run's directory needs a picture filled up to then.

    Args:
        directory: The run's.
        until_ns: `time.monotonic_ns()`.
    """
    for path in directory.glob("*.ring"):
        with suppress(FileNotFoundError, ValueError, MissingPart):  # it has just gone, or is being made
            if Ring(path).keeps(until_ns):
                return False
    return True


def _header_bytes(slots: int, readers: int) -> int:
    return -(-(32 + slots * (16 + readers)) // _PAGE) * _PAGE
