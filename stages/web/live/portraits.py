"""Small pictures of the people in a camera's picture, for whoever looks at its page; only where they are switched on.

They are cut out of the picture that everybody sees: what is hidden there is hidden here. They end inside the outline,
so that a face is shown and not what is written about it.
"""

import threading
from collections.abc import Callable, Sequence

from models.display.drawing.portrait import cut_out
from pipeline.messages import Array, Face
from stages.web.live.samples import person_key

ROWS = 112
"""Twice what the page shows, for screens with small pixels."""

Ready = Callable[[bytes], None]


class Portraits:
    """Cuts out who was asked for, once for all who ask, and keeps nothing.

    Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._asked: dict[str, dict[int, list[Ready]]] = {}
        self._lock = threading.Lock()

    def ask(self, camera: str, person: int, ready: Ready) -> None:
        """Have `ready` called once, in the sink's thread, with the next picture of a person, a JPEG file.

        Args:
            camera: Its name.
            person: Number from `person_key`.
            ready: Takes the picture; must not wait.
        """
        with self._lock:
            self._asked.setdefault(camera, {}).setdefault(person, []).append(ready)

    def forget(self, ready: Ready) -> None:
        """Take back what was asked with `ready`: the person has gone, or who asked."""
        with self._lock:
            for camera, people in list(self._asked.items()):
                left = {person: [r for r in asked if r != ready] for person, asked in people.items()}
                self._asked[camera] = {person: asked for person, asked in left.items() if asked}
                if not self._asked[camera]:
                    del self._asked[camera]

    def publish(
        self,
        camera: str,
        since_s: int,
        faces: Sequence[Face],
        pixels: Array,
        full_range: bool = False,
        intact: Callable[[], bool] = lambda: True,
    ) -> None:
        """Serve those who wait for somebody in this picture.

        Args:
            camera: Its name.
            since_s: Since when people are counted, as in `person_key`.
            faces: Who is in it.
            pixels: I420, `uint8[height * 3 // 2, width]`; not kept.
            full_range: Whether the luma goes from 0 to 255.
            intact: Whether `pixels` are still this picture, asked after each copy; else nobody is served.
        """
        with self._lock:
            people = self._asked.get(camera, {})
            wanted = [(face, people.pop(person_key(since_s, face.track), [])) for face in faces]
        for face, asked in wanted:
            box = face.box
            rectangle = box.x, box.y, box.width, box.height
            jpeg = cut_out(pixels, rectangle, ROWS, full_range, bare=True) if asked else None
            if jpeg and intact():
                for ready in asked:
                    ready(jpeg)
