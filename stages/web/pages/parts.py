"""Parts of pages that show a camera or a person and are updated in place."""

import time

from models.display.palette import PALETTE
from models.following.load import MAX_LEVEL
from pipeline.messages import EMOTIONS, Face
from stages.web.live.board import Now, Person
from stages.web.pages.layout import Tag
from stages.web.visitor import Reader

PORTRAIT_EVERY_S = 2.0


class Reason:
    """The reason of a problem in the reader's language; the program's error message is in the tooltip.

    Args:
        classes: CSS classes of the element.
        role: ARIA role of the element: `alert` makes screen readers read it out.
        open_: Also show the program's error message below.
    """

    def __init__(self, classes: str, role: str | None = None, *, open_: bool = False) -> None:
        self._open = open_
        with Tag("p", classes, hidden=True, role=role) as self._box:
            self._text = Tag("span")
            self._detail = Tag("span", "detail", lang="en", hidden=True)

    def show(self, text: str, detail: str = "") -> None:
        """Show a reason; an empty one hides it."""
        self._text.text, self._detail.text = text, detail
        self._detail.set(hidden=not detail or not self._open)
        self._box.set(hidden=not text, title=None if self._open else detail or None)


class Picture:
    """A camera's live view, drawn by `page.js`, with a message when there is none.

    Args:
        reader: The page's reader.
        name: The camera.
    """

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader = reader
        with Tag("div", "picture") as self.box:
            Tag("canvas", role="img", aria_label=reader("picture_of", name=name), data_camera=name)
            self._message = Reason("message")

    def show(self, now: Now) -> None:
        """Show the camera's state."""
        self.box.set(data_state=now.state)
        if now.width:
            self.box.look(f"aspect-ratio:{now.width}/{now.height}")
        self._message.show(*(("",) if now.state == "live" else _silence(self._reader, now)))


class State:
    """A camera's state, as a dot and a word."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pill = Tag("span", "state")

    def show(self, now: Now) -> None:
        """Show the state."""
        self._pill.set(data_state=now.state)
        self._pill.text = self._reader(f"state_{now.state}")


class Bars:
    """A person: number, label, confidence, the seven probabilities, the time in each emotion.

    Args:
        reader: The page's reader.
        track: The person's number.
        portrait: Address of their picture; empty if individuals are not shown.
        name: The person's name; empty for their number.
    """

    def __init__(self, reader: Reader, track: int, portrait: str = "", name: str = "") -> None:
        self._reader = reader
        self._portrait = portrait
        with Tag("li", "person") as self.element:
            with Tag("div", "head"):
                if portrait:
                    # the image stays empty if the person has just left
                    seen = {"onload": "this.style.opacity = 1", "onerror": "this.style.opacity = 0"}
                    self._image = Tag("img", "portrait", alt=reader("portrait_of", track=track), **seen)
                Tag("h3", text=name or reader("person", track=track))
                self._label = Tag("span", "label")
            with Tag("dl", "bars") as self._bars:
                values = []
                for name in EMOTIONS:
                    Tag("dt", text=reader.label(name))
                    with Tag("dd"):
                        with Tag("span", "bar", aria_hidden="true"):
                            Tag("i").look(f"--part:var(--{name},0);--colour:{PALETTE[name]}")
                        values.append(Tag("span", "value"))
            self._values = values
            self._times = Tag("p", "times")
            self._measures = Tag("p", "times numbers", hidden=True)

    def show(self, person: Person) -> None:
        """Update the numbers, and the picture every few seconds."""
        reader = self._reader
        if self._portrait:
            self._image.set(src=f"{self._portrait}?{time.time() // PORTRAIT_EVERY_S:.0f}")
        text = f"{reader.label(person.label)} {reader.percent(person.confidence)}"
        self._label.text = text if person.label != "uncertain" else reader.label(person.label)
        self._label.look(f"--colour:{PALETTE[person.label]}")
        parts = person.probabilities or (0.0,) * len(EMOTIONS)
        self._bars.look(";".join(f"--{name}:{part:.2f}" for name, part in zip(EMOTIONS, parts, strict=True)))
        for value, part in zip(self._values, parts, strict=True):
            value.text = reader.percent(part) if person.probabilities else ""
        shown = sorted(person.seconds.items(), key=lambda item: -item[1])
        words = [reader("shown", label=reader.label(name), time=reader.seconds(s)) for name, s in shown if s >= 0.1]
        text = ", ".join(words)
        self._times.text = text[:1].upper() + text[1:]
        self._measures.set(hidden=person.face is None)
        self._measures.text = measures(reader, person.face) if person.face else ""


def measures(reader: Reader, face: Face) -> str:
    """Return what was measured of a face in one line."""
    parts = [reader("faces_camera" if face.facing else "faces_away")]
    if face.yaw is not None and face.pitch is not None and face.roll is not None:
        angles = {"yaw": face.yaw, "pitch": face.pitch, "roll": face.roll}
        # no minus zero
        parts.append(reader("pose_of", **{name: reader.number(round(angle) + 0.0) for name, angle in angles.items()}))
    if face.eye_left is not None and face.eye_right is not None:
        parts.append(reader("eyes_of", left=reader.number(face.eye_left, 2), right=reader.number(face.eye_right, 2)))
    if face.mouth is not None:
        parts.append(reader("mouth_of", mouth=reader.number(face.mouth, 2)))
    if face.blinks is not None:
        parts.append(reader("blinks_of", count=face.blinks))
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def clock(at: float) -> str:
    """Return a time of day on this machine's clock."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def numbers(reader: Reader, now: Now, dropped: int | None) -> str:
    """Return a camera's numbers in one line."""
    parts = []
    if now.state == "live":
        parts.append(reader("fps", fps=f"{now.fps:.0f}"))
        if now.lossless:
            parts.append(reader("position", position=reader.seconds(now.position_s)))
        else:
            parts.append(reader("age", ms=f"{now.age_ms:.0f}"))
    elif now.picture_at:
        parts.append(reader("last_picture", time=clock(now.picture_at)))
    if dropped:
        parts.append(reader("dropped", count=dropped))
    if now.saving:
        parts.append(reader("shedding", level=now.saving, most=MAX_LEVEL))
    return " · ".join(parts)


def _silence(reader: Reader, now: Now) -> tuple[str, str]:
    if now.state == "off":
        return reader("webcam_off"), ""
    parts = [reader(f"state_{now.state}").capitalize()]
    if now.state != "ended":
        parts = [reader("no_picture_since", time=clock(now.picture_at)) if now.picture_at else reader("no_picture_yet")]
    why, detail = reader.fault(now.fault, now.error)
    return " – ".join([*parts, *([why] if why else [])]), detail
