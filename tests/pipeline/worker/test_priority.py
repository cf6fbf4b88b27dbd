"""Which sources lower their priority below that of the next stages."""

import subprocess
import sys

PROGRAM = """
import os, threading
from pipeline.worker.priority import Priority

before = os.getpriority(os.PRIO_PROCESS, 0)
ends = threading.Event()
thread = threading.Thread(target=ends.wait, daemon=True)
thread.start()
priority = Priority()
for waited in {waits}:
    priority.note(waited=waited)
if {always}:
    priority.lower()
for number in (0, thread.native_id):
    found = os.getpriority(os.PRIO_PROCESS, number)
    print("as before" if found == before else "gave way" if found == min(19, before + 10) else found)
ends.set()
"""


def priorities(waits: str, *, always: bool = False) -> list[str]:
    """Return whether the main thread and another one of a process of its own have given way."""
    program = PROGRAM.format(waits=waits, always=always)
    return subprocess.check_output([sys.executable, "-c", program], text=True, timeout=60).splitlines()


def test_a_recording_that_is_waited_for_gives_way_to_nobody() -> None:
    """One frame in fifty that waits, as behind a slow detection, changes nothing."""
    assert priorities("[n % 50 == 0 for n in range(2000)]") == ["as before"] * 2


def test_a_recording_that_is_ahead_gives_way_with_all_its_threads() -> None:
    """A recording whose every second frame waits lowers its priority."""
    assert priorities("[n % 2 == 0 for n in range(400)]") == ["gave way"] * 2


def test_a_few_waits_at_the_start_are_no_sign() -> None:
    """The next stages are slow with their first frames."""
    assert priorities("[n < 20 for n in range(400)]") == ["as before"] * 2


def test_a_camera_gives_way_at_once() -> None:
    """A camera lowers its priority without having waited."""
    assert priorities("[]", always=True) == ["gave way"] * 2
