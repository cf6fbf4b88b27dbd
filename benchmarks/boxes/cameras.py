"""Network cameras that play recordings in a loop: `python -m benchmarks.boxes.cameras HOST PORT FILE...`.

The recording number n is rtsp://HOST:PORT/cN, until the process is killed.
"""

import sys
import threading
from contextlib import closing
from pathlib import Path

from models.cache import cache_dir
from stages.capture import Capture
from stages.record import Record
from stages.rtsp import Rtsp
from stages.synthetic import Synthetic

WIDTH, HEIGHT, FPS = 384, 288, 5.0
"""Of the cameras; two cores carry a dozen of them."""
SECONDS = 20
_VERSION = 1
"""Version of the recordings in the cache; increase it when their generation changes."""


def recordings(count: int) -> list[Path]:
    """Return recordings of one moving face each, made once."""
    folder = cache_dir() / "benchmarks" / f"boxes-v{_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    return [_made(folder / f"{n}.mp4", n) for n in range(count)]


def _made(path: Path, seed: int) -> Path:
    if not path.exists():
        partial = path.with_stem(f"{path.stem}.making")
        partial.unlink(missing_ok=True)
        source = Synthetic(
            name="clip", width=WIDTH, height=HEIGHT, fps=FPS, size=0.4, seed=seed, seconds=SECONDS, realtime=False
        )
        with closing(Record(path=str(partial))) as record:
            for frame in source.process(()):
                list(record.process([frame]))
        partial.rename(path)
    return path


def main() -> None:
    """Serve until killed."""
    host, port, *files = sys.argv[1:]
    server, lock = Rtsp(host=host, port=int(port), gop_s=0.4), threading.Lock()

    def play(name: str, file: str) -> None:
        camera = Capture(name=name, source=file, loop=True, realtime=True, width=WIDTH, height=HEIGHT, fps=FPS)
        for frame in camera.process():
            with lock:
                list(server.process([frame]))

    threads = [threading.Thread(target=play, args=(f"c{n}", file)) for n, file in enumerate(files)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
