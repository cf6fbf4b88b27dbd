"""When the agent of a box looks, waits and tries again."""

import asyncio
import contextlib

POLL_S = 0.1
"""Seconds between two attempts to take a lease."""
WATCHES = 20
"""Looks at the clock per ttl. A fence closes by itself; this is when the camera is stopped, too."""
PLAN_S = 1.0
"""Seconds between two looks at the cameras of this box."""
SHOW_S = 2.0
"""Seconds between two readings of the fleet for this box's page."""
STOP_S = 1.0
"""Seconds that an orderly stop of a camera may take before its fence is closed."""
LAST_S = 0.15
"""Seconds that a camera's last frame may take to the outputs."""
RETRY_S = 0.2, 3.0
"""Seconds before the first and the slowest attempt to connect again; each box adds up to as much again."""


async def until(event: asyncio.Event, seconds: float, *, keep: bool = False) -> None:
    """Wait for an event, at most for some seconds, and clear it unless it is kept."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    if not keep:
        event.clear()
