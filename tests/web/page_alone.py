"""A page with one synthetic camera and no faces: `python page_alone.py PORT [NAME=VALUE...]`, until killed."""

import signal
import sys

from stages.synthetic import Synthetic
from stages.web.sink import Web


def main() -> None:
    """Serve a camera that shows an empty room."""
    port, *options = sys.argv[1:]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    page = Web(port=int(port), **dict(option.split("=", 1) for option in options))  # type: ignore[arg-type]
    try:
        for frame in Synthetic(name="room", width=320, height=240, fps=10.0, faces=0).process(()):
            list(page.process([frame]))
    except KeyboardInterrupt:
        page.close()


if __name__ == "__main__":
    main()
