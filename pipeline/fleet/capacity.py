"""How many cameras of a fleet a box can run, by what it measures."""

CAMERA_CORES = 0.25
"""Cores that a camera takes until this box has measured its own."""
LEAST_CORES = 0.05
"""Cores that a camera takes at least."""
USABLE = 0.8
"""Part of the cores that may be busy; beyond it frames are late at times."""


def measured(cores: int, busy: float, held: int) -> int:
    """Return how many cameras a box can run: those it runs, and more while cores are free.

    Args:
        cores: Number of cores.
        busy: Busy cores, on average over the last seconds, also by other programs.
        held: Cameras it runs.
    """
    each = max(LEAST_CORES, busy / held) if held else CAMERA_CORES
    more = int(max(0.0, USABLE * cores - busy) / each)
    # at most twice as many at once: what new cameras take is not measured yet
    return held + min(more, max(held, int(USABLE * cores / CAMERA_CORES)))
