"""What happens in the zones of a camera, from its frames."""

from collections.abc import Iterable, Iterator

from models.zones.shape import Outline, Place
from models.zones.watch import Happening, Inside, ZoneWatch
from pipeline.messages import Face, Frame, Zone


class CameraZones:
    """The zones and lines of one camera while its track numbering lasts."""

    def __init__(self) -> None:
        self._watch = ZoneWatch()
        self._zones: tuple[Zone, ...] = ()

    def see(self, frame: Frame) -> Iterator[Happening]:
        """Yield what happened in a frame; everybody leaves when the camera is interrupted or ends."""
        yield from self.redraw(frame.zones)
        if frame.state != "live":
            # a recording that is read slowly shows the same people afterwards
            if frame.state == "ended" or not frame.lossless:
                yield from self._watch.end()
        elif self._zones and frame.height:
            faces = ((face.track, _place(face, frame.height)) for face in frame.faces)
            yield from self._watch.update(faces, frame.pts_ns / 1e9, frame.width / frame.height)

    def redraw(self, zones: tuple[Zone, ...]) -> Iterator[Happening]:
        """Change the zones, as `see` does; everybody leaves one that is gone or drawn differently."""
        if zones != self._zones:
            self._zones = zones
            yield from self._watch.redraw([Outline(one.name, one.points, one.line) for one in zones])

    def end(self) -> Iterator[Happening]:
        """Let everybody leave."""
        return self._watch.end()

    def inside(self) -> list[Inside]:
        """Return who is in which zone, for `resume` in the next process."""
        return self._watch.inside()

    def resume(self, inside: Iterable[Inside]) -> None:
        """Continue where another process ended."""
        self._watch.resume(inside)

    def occupancy(self) -> dict[str, int]:
        """Return the number of people in each zone."""
        return self._watch.occupancy()

    def zones_of(self, track: int) -> tuple[int, Iterable[str]]:
        """Return the number under which a track's person is reported, and the zones they are in."""
        return self._watch.zones_of(track)

    def screen_of(self, zone: str) -> float | None:
        """Return the yaw of a face that looks at a zone's screen, degrees; None if that is the camera."""
        return next((one.screen_deg for one in self._zones if one.name == zone), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the zones and lines."""
        return tuple(one.name for one in self._zones)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the names of the lines."""
        return tuple(one.name for one in self._zones if one.line)


def _place(face: Face, rows: int) -> Place:
    box = face.box
    return Place((box.x + box.width / 2) / rows, (box.y + box.height / 2) / rows, max(box.width, box.height) / rows)
