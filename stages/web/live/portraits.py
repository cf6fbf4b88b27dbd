"""Small pictures of the people in a camera's frame, for its page; only if enabled.

They are cropped from the annotated frame: what is blurred there is blurred here. They end inside the box's outline, so
that they show the face without its label.
"""

import threading
from collections.abc import Callable, Sequence

from models.display.drawing.portrait import cut_out
from pipeline.messages import Array, Face
from stages.web.live.samples import person_key

ROWS = 112
"""Rows of a portrait: twice its size on the page, for high-density displays."""

Ready = Callable[[bytes], None]


class Portraits:
    """Crops requested people, once for all viewers, and keeps nothing.

    All methods are thread-safe.
    """

    def __init__(self) -> None:
        self.asked: dict[str, dict[int, list[Ready]]] = {}
        """Who waits for a picture, by camera and person."""
        self._lock = threading.Lock()

    def ask(self, camera: str, person: int, ready: Ready) -> None:
        """Call `ready` once, in the sink's thread, with the next picture of a person, a JPEG file.

        Args:
            camera: Its name.
            person: Number from `person_key`.
            ready: Receives the picture; must not block.
        """
        with self._lock:
            self.asked.setdefault(camera, {}).setdefault(person, []).append(ready)

    def forget(self, ready: Ready) -> None:
        """Cancel the request with `ready`: the person or the viewer has gone."""
        with self._lock:
            for camera, people in list(self.asked.items()):
                left = {person: [r for r in asked if r != ready] for person, asked in people.items()}
                self.asked[camera] = {person: asked for person, asked in left.items() if asked}
                if not self.asked[camera]:
                    del self.asked[camera]

    def publish(
        self,
        camera: str,
        since_s: int,
        faces: Sequence[Face],
        pixels: Array,
        full_range: bool = False,
        intact: Callable[[], bool] = lambda: True,
    ) -> None:
        """Serve the viewers that wait for a person in this frame.

        Args:
            camera: Its name.
            since_s: Start of the numbering, as in `person_key`.
            faces: The frame's faces.
            pixels: I420, `uint8[height * 3 // 2, width]`; not kept.
            full_range: Whether luma ranges from 0 to 255.
            intact: Returns whether `pixels` still hold this frame; called after each copy. Else no viewer is served.
        """
        with self._lock:
            people = self.asked.get(camera, {})
            wanted = [(face, people.pop(person_key(since_s, face.track), [])) for face in faces]
        for face, asked in wanted:
            box = face.box
            rectangle = box.x, box.y, box.width, box.height
            jpeg = cut_out(pixels, rectangle, ROWS, full_range, bare=True) if asked else None
            if jpeg and intact():
                for ready in asked:
                    ready(jpeg)
