"""A program that stands for a network camera: `python camera_server.py PORT` serves rtsp://127.0.0.1:PORT/camera."""

import sys

from stages.rtsp import Rtsp
from stages.synthetic import Synthetic


def main() -> None:
    """Serve a moving portrait until killed."""
    port = int(sys.argv[1])
    server = Rtsp(port=port)
    for frame in Synthetic(name="camera", width=640, height=360, fps=15.0, seed=port).process(()):
        list(server.process([frame]))


if __name__ == "__main__":
    main()
