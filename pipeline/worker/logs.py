"""Log lines on stderr: time, level, process, text."""

import logging


def set_up_logging(level: str, process: str) -> None:
    """Write log lines of this level and above.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        process: Name of the process, at the head of its lines.
    """
    logging.basicConfig(
        format=f"%(asctime)s %(levelname)-7s {process}: %(message)s",
        datefmt="%H:%M:%S",
        level=level.upper(),
        force=True,
    )
