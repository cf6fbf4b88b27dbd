"""A process that ends with its parent."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> bool:
    """Let the system kill this process when its parent ends; return whether the parent still runs.

    Args:
        parent: Process ID of the parent, which may have ended before this call.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent
