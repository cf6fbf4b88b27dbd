"""A simulated network camera: `python -m benchmarks.whole.camera_server PORT`.

It serves a moving portrait as rtsp://127.0.0.1:PORT/camera until it is killed.
"""

import sys

from stages.rtsp import Rtsp
from stages.synthetic import Synthetic


def main() -> None:
    """Serve until killed."""
    port = int(sys.argv[1])
    server = Rtsp(port=port)
    for frame in Synthetic(name="camera", width=640, height=360, fps=15.0, seed=port).process(()):
        list(server.process([frame]))


if __name__ == "__main__":
    main()
