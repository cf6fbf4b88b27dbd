"""How many frames may be in flight, and for how long: the only place that decides it.

A camera's ring has `ring_slots` slots. The other limits follow from it: the frames at each stage, the time a reader may
keep one, and queues of sockets that are long enough never to be the limit.
"""

ON_THE_WAY = 3
"""Frames of a live camera between capture and its outputs: one each in detect, emotion and overlay."""
LOSSLESS_ON_THE_WAY = 8
"""Frames of a recording between capture and its outputs; enough to fill the stages' batches."""
LOSSLESS_BATCH = LOSSLESS_ON_THE_WAY // 2
"""Frames of recordings that a stage with batches waits for: half of those in flight; the others keep the rest busy."""
WAITING = 2
"""Frames of a live camera at one reader: one being processed, one ready when it is done."""
SPARE = 2
"""Slots of a live camera that are used only while a stage is replaced: frames wait for the new process for a quarter of
a second."""
FULL_S = 0.15
"""Seconds after which a waiting frame of a live camera holds back the next ones. With many cameras and a saturated CPU
all of them would wait, until they are too old."""
LEASE_S, LOSSLESS_LEASE_S = 2.0, 20.0
"""Seconds after which a slot that was not released is reclaimed, of a live camera and of a recording: its reader died.
The reader of a recording may just be slow."""
HIGH_WATER_MARK = 256
"""Messages a socket holds: above the slots of 16 cameras, and half a megabyte of crops for a reader without pixels."""
INLINE_HIGH_WATER_MARK = 4
"""Messages a socket holds at both ends where pixels travel in the messages: no slot limits those."""


def ring_slots(outputs: int, *, lossless: bool) -> int:
    """Return the number of slots in a camera's ring.

    Args:
        outputs: Readers that release slots, see `Plan.readers_from`.
        lossless: Whether the camera is a recording.
    """
    return (LOSSLESS_ON_THE_WAY if lossless else ON_THE_WAY + SPARE) + WAITING * outputs
