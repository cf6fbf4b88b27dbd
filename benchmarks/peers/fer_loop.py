"""The package `fer` from PyPI in Haar mode, on every frame; runs in its own environment."""

import logging
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from fer.fer import FER  # type: ignore[import-not-found]

from benchmarks.peers.loop import play


def main() -> None:
    """Process the given file."""
    logging.disable(logging.INFO)
    recognizer = FER()

    def work(picture: Any) -> int:
        return len(recognizer.detect_emotions(picture))

    play(work)


if __name__ == "__main__":
    main()
