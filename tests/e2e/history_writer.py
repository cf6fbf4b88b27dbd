"""Writes a history of a happy person until killed: `python history_writer.py PATH`; prints the time of each frame."""

import sys
import time

from pipeline.messages import Box, Face, Frame
from stages.history import HistoryFile


def main() -> None:
    """Send the stage twenty frames per second."""
    stage = HistoryFile(path=sys.argv[1])
    face = Face(track=1, box=Box(x=0, y=0, width=9, height=9), score=1, label="happy", confidence=0.9)
    while True:
        now_ns = time.time_ns()
        list(stage.process([Frame(camera="hall", run=1, captured_ns=now_ns, pts_ns=now_ns, faces=(face,))]))
        print(now_ns / 1e9, flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
