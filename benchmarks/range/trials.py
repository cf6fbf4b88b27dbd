"""The trials: which faces are found, how soon, and what is taken for a face."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import cv2
import numpy as np

from benchmarks.range.backgrounds import Background
from benchmarks.range.planes import empty, planes, square
from benchmarks.range.scenes import Scene
from benchmarks.range.sources import Clip
from benchmarks.range.tally import Tally, note, part
from benchmarks.range.truth import Spot
from benchmarks.range.watcher import Seen, Watcher, is_framed, is_there, match, spot_of
from benchmarks.steps.schedule_quality import PARTNER, overlap
from models.detectors.blazeface import BlazeFace
from models.detectors.picture import turned_picture
from models.following.alignment import face_square
from pipeline.messages import Array, Face

Faces = Sequence[Sequence[Spot]]
"""The faces of each frame of a clip."""

REFERENCE = "every_frame"
"""The watcher that examines and classifies everything in every frame."""
LIVE_FPS = 30.0
"""Frames per second of the live streams in which a face appears."""
LEAD_FRAMES = (15, 76)
"""Least and most frames without a face before one appears, half a second to 2.5 s."""
PATIENCE_S = 6.0
"""Seconds after which a face counts as never found."""
STILL_PX = 480
"""Side of the pictures of close and turned heads, pixels."""
STILLS = 12
"""Most frames of a clip that are shown as such pictures."""
PAINTED, PAINTED_SIDES = 10, 1.4
"""Frames before and after a face in which it is painted over, too, and width of the oval, in sides of the face."""
AROUND_TURNED = 4.0
"""Side of a picture of a turned head, as a multiple of the face's box."""


class Shown(Protocol):
    """Footage whose faces are known, see `Scene`."""

    name: str

    def faces(self, n: int) -> Sequence[Spot]:
        """Return the faces of frame `n` of the clip."""

    def is_beside(self, spot: Spot) -> bool:
        """Return whether there is certainly no face at a place."""

    def draw(self, at: int, n: int | None) -> Array:
        """Return a frame."""


class Own:
    """A clip, unchanged or on its side.

    Args:
        name: Name of its streams.
        clip: The clip.
        faces: Its faces in each frame.
        quarters: Quarters of a turn, counterclockwise.
    """

    def __init__(self, name: str, clip: Clip, faces: Faces, quarters: int = 0) -> None:
        self.name = name
        height, width = clip.frames[0].shape[0] * 2 // 3, clip.frames[0].shape[1]
        self._frames = clip.frames if not quarters else [turned_picture(frame, quarters) for frame in clip.frames]
        self._faces = [[spot.turned(quarters, width, height) for spot in frame] for frame in faces]

    def faces(self, n: int) -> Sequence[Spot]:
        """Return the faces of a frame."""
        return self._faces[n]

    def is_beside(self, spot: Spot) -> bool:
        """Return False: the clip may have faces that nobody knows."""
        return False

    def draw(self, at: int, n: int | None) -> Array:
        """Return frame `n` of the clip."""
        return self._frames[n or 0]


def watch(
    scene: Shown, clip: Clip, watchers: Mapping[str, Watcher], tally_of: Callable[[Spot], Tally | None], own: Tally
) -> None:
    """Show a scene to all watchers and add up what they find.

    Args:
        scene: The scene.
        clip: Its clip.
        watchers: By name; the first one's boxes are compared with the true ones. The labels of `REFERENCE`, if it is
            among them, are right.
        tally_of: Returns where a face counts, None for one that does not.
        own: Where the scene's false faces count.
    """
    compared = [name for name in watchers if name != REFERENCE]
    beside: dict[str, set[int]] = {name: set() for name in watchers}
    pictures = (scene.draw(round(n * LIVE_FPS / clip.fps), n) for n in range(len(clip.frames)))
    for n, seen in enumerate(shown(pictures, scene.name, clip.fps, watchers)):
        for name, (faces, _) in seen.items():
            beside[name] |= {face.track for face in faces if scene.is_beside(spot_of(face.box))}
        for spot in scene.faces(n):
            tally = tally_of(spot)
            if tally is None:
                continue
            matches = {name: match(spot, faces) for name, (faces, _) in seen.items()}
            tally.faces += 1
            note(tally.found, [name for name, face in matches.items() if face])
            note(tally.framed, [name for name, face in matches.items() if face and is_framed(spot, face)])
            refused = (name for name, face in matches.items() if not face)
            note(tally.refused, [name for name in refused if any(is_there(spot, box) for box in seen[name].refused)])
            if face := matches[compared[0]]:
                tally.centre_off.append(spot.off(spot_of(face.box)))
                tally.side_off.append(abs(spot_of(face.box).side / spot.side - 1))
            if expected := matches.get(REFERENCE):
                tally.labelled += 1
                note(tally.same, [name for name in compared if _has_label(seen[name].faces, expected)])
    own.seconds += len(clip.frames) / clip.fps
    note(own.false, {name: len(tracks) for name, tracks in beside.items()})


def shown(
    pictures: Iterable[Array], name: str, fps: float, watchers: Mapping[str, Watcher]
) -> Iterator[dict[str, Seen]]:
    """Yield what each watcher sees in each frame of a stream."""
    with ExitStack() as stack:
        shows = {key: stack.enter_context(watcher.stream(name, fps)) for key, watcher in watchers.items()}
        for pixels in pictures:
            yield {key: show(pixels) for key, show in shows.items()}


def _has_label(faces: Sequence[Face], expected: Face) -> bool:
    """Return whether a face was found again with the same label."""
    best = max(faces, key=lambda face: overlap(face.box, expected.box), default=None)
    return best is not None and overlap(best.box, expected.box) >= PARTNER and best.label == expected.label


def appear(scene: Scene, clip: Clip, live: Watcher, rng: np.random.Generator) -> tuple[float, float]:
    """Let a face appear before a live camera; return its side in pixels and the seconds until it was found, or -1.

    Args:
        scene: The scene, at first without the clip.
        clip: Its clip, with a face in some frame.
        live: The watcher.
        rng: Chooses how long the scene is empty.
    """
    start = next(n for n in range(len(clip.frames)) if scene.faces(n))
    lead = int(rng.integers(*LEAD_FRAMES))
    side = max(spot.side for spot in scene.faces(start))
    with live.stream(f"{scene.name}, appearing", LIVE_FPS) as show:
        for at in range(lead + round(PATIENCE_S * LIVE_FPS)):
            n = start + int((at - lead) * clip.fps / LIVE_FPS) if at >= lead else None
            faces = show(scene.draw(at, n)).faces
            if n is not None and any(match(spot, faces) for spot in scene.faces(n)):
                return side, (at - lead) / LIVE_FPS
    return side, -1.0


def close_ups(clips: Sequence[Clip], faces: Sequence[Faces], recording: Watcher, border: float) -> dict[str, Any]:
    """Return how many faces are found in square pictures, framed as FER2013 frames them, and a border around that."""
    found = []
    for frame, spot in _stills(clips, faces):
        box = (spot.x - spot.side / 2, spot.y - spot.side / 2, spot.side, spot.side)
        x, y, side = face_square(box, BlazeFace.framing)
        side *= 1 + 2 * border
        scale = STILL_PX / side
        there = spot.moved(scale, STILL_PX / 2 - x * scale, STILL_PX / 2 - y * scale)
        found.append(_is_found(there, square(frame, x, y, side, STILL_PX), recording))
    return {"border": border, "faces": len(found), "found": part(sum(found), len(found))}


def turned(clips: Sequence[Clip], faces: Sequence[Faces], recording: Watcher, angle_deg: float) -> dict[str, Any]:
    """Return how many heads are found in pictures that are turned, as from a camera on its side."""
    found = []
    for frame, spot in _stills(clips, faces):
        side = AROUND_TURNED * spot.side
        picture = square(frame, spot.x, spot.y, side, STILL_PX, angle_deg)
        there = Spot(STILL_PX / 2, STILL_PX / 2, STILL_PX / AROUND_TURNED)
        found.append(_is_found(there, picture, recording))
    return {"angle_deg": angle_deg, "faces": len(found), "found": part(sum(found), len(found))}


def _stills(clips: Sequence[Clip], faces: Sequence[Faces]) -> Iterator[tuple[Array, Spot]]:
    """Yield frames from all over each clip, with each of their faces."""
    for clip, frames in zip(clips, faces, strict=True):
        for i in np.linspace(0, len(frames) - 1, min(STILLS, len(frames)), dtype=int):
            for spot in frames[i]:
                yield clip.frames[i], spot


def _is_found(spot: Spot, picture: Array, recording: Watcher) -> bool:
    """Return whether a face is found in the first frame of a recording."""
    with recording.stream("still", LIVE_FPS) as show:
        return match(spot, show(picture).faces) is not None


def nobody(name: str, footage: Iterable[Array], fps: float, watchers: Mapping[str, Watcher]) -> dict[str, Any]:
    """Return what is taken for a face in footage without faces, by watcher: tracks, and frames with a face.

    Args:
        name: What it is called.
        footage: Its frames, I420.
        fps: Frames per second.
        watchers: By name.
    """
    tracks: dict[str, set[int]] = {key: set() for key in watchers}
    with_faces: Counter[str] = Counter()
    frames = 0
    for seen in shown(footage, name, fps, watchers):
        frames += 1
        for key, (faces, _) in seen.items():
            tracks[key] |= {face.track for face in faces}
            with_faces[key] += bool(faces)
    minutes = frames / fps / 60
    return {
        "what": name,
        "minutes": minutes,
        **{f"false_per_minute_{key}": len(numbers) / minutes for key, numbers in tracks.items()},
        **{f"frames_with_faces_{key}": with_faces[key] / frames for key in watchers},
    }


def painted(clip: Clip, faces: Faces) -> Iterator[Array]:
    """Yield the frames of a clip with ovals in the colour of the skin over its faces, each valid until the next."""
    for n, frame in enumerate(clip.frames):
        out = frame.copy()
        # also where a face was not found in this very frame
        for spot in (spot for near in faces[max(0, n - PAINTED) : n + PAINTED + 1] for spot in near):
            x, y, half = int(spot.x), int(spot.y), int(PAINTED_SIDES / 2 * spot.side)
            for step, plane, original in zip((1, 2, 2), planes(out), planes(frame), strict=True):
                middle = original[max(0, y - half // 2) // step : (y + half // 2) // step + 1]
                colour = float(np.median(middle[:, max(0, x - half // 2) // step : (x + half // 2) // step + 1]))
                axes = half // step, int(1.2 * half) // step
                cv2.ellipse(plane, (x // step, y // step), axes, 0, 0, 360, colour, -1)
        yield out


def drawn(background: Background, width: int, height: int, frames: int) -> Iterator[Array]:
    """Yield the frames of a background, each valid until the next."""
    out = empty(width, height)
    for n in range(frames):
        background.draw(n, out)
        yield out
