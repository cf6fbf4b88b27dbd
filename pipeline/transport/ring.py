"""Frames in shared memory: a file of slots, and leases that record which readers still need a slot.

One process (the camera's source) writes frames into a ring, others map the same file and read them. Each slot has
one byte per reader; a slot is free when all its bytes are zero. Every byte has one writer at a time (the source sets
it, its reader clears it), so there is no lock that a killed process could leave behind.

    byte   meaning
    0      the reader has released the slot, or does not read it
    OWED   the frame is on its way to the reader
    HELD   the frame is in the reader's inlet or being processed
"""

import math
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import EmobotError, MissingPart
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
            EmobotError: The file system has no room for it now; checked here, since later it would be a bus error.
        """
        size = _header_bytes(slots, readers) + slots * slot_bytes
        with path.open("xb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                path.unlink()
                free = os.statvfs(path.parent)
                # no error of the configuration, for which a camera is given up: there may be room again later
                raise EmobotError(
                    f"expected {-(-size >> 20)} MiB for the frames of one camera in {path.parent}, found"
                    f" {free.f_bavail * free.f_frsize >> 20} MiB free ({error.strerror}): enlarge it"
                    " (mount -o remount,size=1G /dev/shm; docker run --shm-size=1g) or set run.dir"
                ) from error
            file.write(np.array([_MAGIC, slots, slot_bytes, readers], np.uint64).tobytes())
        return cls(path)

    def fill(self, pixels: Array, readers: list[int]) -> Slot | None:
        """Copy a frame, I420 `uint8[height * 3 // 2, width]`, into a free slot and lease it to `readers`.

        Returns:
            The slot; None if none is free.
        """
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
        """Return the slot's I420 pixels `uint8[height * 3 // 2, width]`; None if the slot was reclaimed."""
        if not self.holds(slot) or height * 3 // 2 * width > self.slot_bytes:
            return None
        pixels = self._pixels(slot.index, (height * 3 // 2, width))
        pixels.flags.writeable = write
        return pixels

    def deliver(self, slot: Slot, reader: int) -> None:
        """Mark the frame as delivered to this reader."""
        if self.holds(slot):
            self._leases[slot.index, reader] = HELD

    def release(self, slot: Slot, readers: list[int]) -> None:
        """Release the slot on behalf of these readers; a reclaimed slot is unchanged."""
        if self.holds(slot):
            for reader in readers:
                self._leases[slot.index, reader] = 0

    def held(self, reader: int) -> list[float]:
        """Return the ages in seconds of the frames that this reader holds."""
        return self._ages([leases[reader] == HELD for leases in self._leases.tolist()])

    def upstream(self) -> list[float]:
        """Return the ages in seconds of the frames that have not yet reached all their readers."""
        return self._ages([OWED in leases for leases in self._leases.tolist()])

    def idle(self) -> bool:
        """Return whether no reader needs any slot."""
        return not any(map(any, self._leases.tolist()))

    def holds(self, slot: Slot) -> bool:
        """Return whether the slot still contains this frame; False once it was reclaimed."""
        return slot.index < self.slots and self._generations[slot.index] == slot.generation

    def keeps(self, until_ns: int) -> bool:
        """Return whether a reader still needs a frame filled up to `until_ns` (`time.monotonic_ns()`)."""
        taken = zip(self._leases.tolist(), self._filled_ns.tolist(), strict=True)
        return any(filled_ns <= until_ns and any(leases) for leases, filled_ns in taken)

    def reclaim(self, older_than_s: float) -> int:
        """Reclaim slots older than `older_than_s`, whose readers must have died; return their number."""
        limit = time.monotonic_ns() - int(older_than_s * 1e9)
        taken = zip(self._leases.tolist(), self._filled_ns.tolist(), strict=True)
        late = [index for index, (leases, filled_ns) in enumerate(taken) if any(leases) and filled_ns < limit]
        for index in late:
            self._generations[index] += 1
            for reader in range(self.readers):
                self._leases[index, reader] = 0
        return len(late)

    def exists(self) -> bool:
        """Return whether its file exists; without it, only the mappings keep the memory."""
        return self._path.exists()

    def unlink(self) -> None:
        """Remove the file; readers keep their mapping until they release it."""
        self._path.unlink(missing_ok=True)

    def _ages(self, chosen: list[bool]) -> list[float]:
        now_ns = time.monotonic_ns()
        return [(now_ns - ns) / 1e9 for ns, one in zip(self._filled_ns.tolist(), chosen, strict=True) if one]

    def _pixels(self, index: int, shape: tuple[int, ...]) -> Array:
        at = self._start + index * self.slot_bytes
        return self._memory[at : at + math.prod(shape)].reshape(shape)


class Rings:
    """The rings a reader has mapped, by name; a new ring releases those whose files are gone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.mapped: dict[str, Ring] = {}
        """The rings by the names of their files."""

    def __getitem__(self, slot: Slot) -> Ring | None:
        """Return the ring of this slot; None if its file is gone."""
        ring = self.mapped.get(slot.ring)
        if ring is None:
            try:
                ring = Ring(self._directory / slot.ring)
            except FileNotFoundError:
                return None
            camera = slot.ring.partition(".")[0]
            self.mapped = {n: r for n, r in self.mapped.items() if n.partition(".")[0] != camera and r.exists()}
            self.mapped[slot.ring] = ring
        return ring


def all_released(directory: Path, until_ns: int) -> bool:
    """Return whether no reader of any camera in a run needs a frame filled up to `until_ns`.

    Args:
        directory: The run's.
        until_ns: `time.monotonic_ns()`.
    """
    for path in directory.glob("*.ring"):
        with suppress(FileNotFoundError, ValueError, MissingPart):  # just removed, or being created
            if Ring(path).keeps(until_ns):
                return False
    return True


def _header_bytes(slots: int, readers: int) -> int:
    return -(-(32 + slots * (16 + readers)) // _PAGE) * _PAGE
