"""What several tests of stages need."""

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from stages.capture import Capture
from stages.media.address import Address
from stages.media.reader import Reader


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Reader | None]]]:
    """Return the readers that captures have opened, None for those let go; the garbage collector is off meanwhile."""
    opened: list[weakref.ref[Reader]] = []

    def remember(self: Capture, address: Address, real: Callable[..., Reader] = Capture._open) -> Reader:
        reader = real(self, address)
        opened.append(weakref.ref(reader))
        return reader

    monkeypatch.setattr(Capture, "_open", remember)
    gc.collect()
    gc.disable()
    try:
        yield lambda: [reader() for reader in opened]
    finally:
        gc.enable()
