"""The trials: which faces are found, how soon, and what is taken for a face."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.harness import quantiles
from benchmarks.range.backgrounds import Background
from benchmarks.range.planes import empty, square
from benchmarks.range.scenes import Scene
from benchmarks.range.sources import Clip
from benchmarks.range.truth import Spot
from benchmarks.range.watcher import Watcher, is_framed, match, spot_of
from benchmarks.steps.schedule_quality import PARTNER, overlap
from models.detectors.blazeface import BlazeFace
from models.following.alignment import face_square
from pipeline.messages import Array, Face

Faces = Sequence[Sequence[Spot]]
"""The faces of each frame of a clip."""

LIVE_FPS = 30.0
"""Frames per second of the live streams in which a face appears."""
LEAD_FRAMES = (15, 76)
"""Least and most frames without a face before one appears, half a second to 2.5 s."""
PATIENCE_S = 6.0
"""Seconds after which a face counts as never found."""
SIZE_FACTOR = 1.25
"""A face counts for the nearest of the sizes if neither is longer than this multiple of the other."""
STILL_PX = 480
"""Side of the pictures of close and turned heads, pixels."""
STILLS = 12
"""Most frames of a clip that are shown as such pictures."""
AROUND_TURNED = 4.0
"""Side of a picture of a turned head, as a multiple of the face's box."""


@dataclass
class Tally:
    """What was found of the faces of one size, by watcher."""

    faces: int = 0
    """Faces that are there, over all frames."""
    found: Counter[str] = field(default_factory=Counter)
    framed: Counter[str] = field(default_factory=Counter)
    """Of these, those whose boxes fit."""
    centre_off: list[float] = field(default_factory=list)
    """Distances of the boxes' centres in recordings, as fractions of the side."""
    side_off: list[float] = field(default_factory=list)
    """Differences of the boxes' sides in recordings, as fractions of the side."""
    labelled: int = 0
    """Faces to which the reference gave a label."""
    same: Counter[str] = field(default_factory=Counter)
    """Of these, those found with the same label."""
    minutes: float = 0.0
    false: Counter[str] = field(default_factory=Counter)
    """Tracks beside the placed clip, where no face is."""
    delays_s: list[float] = field(default_factory=list)
    """Seconds until a face that appeared was found, infinite where it was not."""

    def summary(self, compared: Sequence[str]) -> dict[str, Any]:
        """Return the numbers in JSON types, for the watchers named; None where nothing was measured."""
        p50_s, p95_s = (_reached(self.delays_s, part) for part in (0.5, 0.95))
        return {
            "faces": self.faces,
            **{f"found_{name}": _part(self.found[name], self.faces) for name in compared},
            **{f"framed_{name}": _part(self.framed[name], self.faces) for name in compared},
            **{f"same_label_{name}": _part(self.same[name], self.labelled) for name in compared},
            **{f"false_per_minute_{name}": _part(self.false[name], self.minutes) for name in compared},
            "centre_off": _spread(self.centre_off),
            "side_off": _spread(self.side_off),
            "appearances": len(self.delays_s),
            "until_found_p50_s": p50_s,
            "until_found_p95_s": p95_s,
        }


def _part(count: float, of: float) -> float | None:
    return count / of if of else None


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    return dict(zip(("p50", "p95"), quantiles(values, (0.5, 0.95)), strict=True)) if values else None


def _reached(delays_s: Sequence[float], part: float) -> float | None:
    """Return the time after which this part of the faces was found; None if it never was."""
    if not delays_s:
        return None
    delay_s = sorted(delays_s)[math.ceil(part * len(delays_s)) - 1]
    return delay_s if math.isfinite(delay_s) else None


def nearest(side: float, sizes: Collection[int]) -> int:
    """Return the size for which a face counts, 0 for none."""
    size = min(sizes, key=lambda size: abs(math.log(side / size)))
    return size if 1 / SIZE_FACTOR <= side / size <= SIZE_FACTOR else 0


def watch(scene: Scene, clip: Clip, watchers: Mapping[str, Watcher], tallies: Mapping[int, Tally], size: int) -> None:
    """Show a scene to all watchers and add up what they find.

    Args:
        scene: The scene.
        clip: Its clip.
        watchers: By name; the first one's boxes are compared with the true ones, and the last one's labels are right.
        tallies: By size; each face counts for its own.
        size: Size of the scene, for which its false faces count.
    """
    *compared, reference = watchers
    beside: dict[str, set[int]] = {name: set() for name in watchers}
    pictures = (scene.draw(round(n * LIVE_FPS / clip.fps), n) for n in range(len(clip.frames)))
    for n, seen in enumerate(_shown(pictures, scene.name, clip.fps, watchers)):
        for name, faces in seen.items():
            beside[name] |= {face.track for face in faces if scene.is_beside(spot_of(face.box))}
        for spot in scene.faces(n):
            tally = tallies.get(nearest(spot.side, tallies))
            if tally is None:
                continue
            matches = {name: match(spot, faces) for name, faces in seen.items()}
            tally.faces += 1
            tally.found.update(name for name, face in matches.items() if face)
            tally.framed.update(name for name, face in matches.items() if face and is_framed(spot, face))
            if face := matches[compared[0]]:
                tally.centre_off.append(spot.off(spot_of(face.box)))
                tally.side_off.append(abs(spot_of(face.box).side / spot.side - 1))
            if expected := matches[reference]:
                tally.labelled += 1
                tally.same.update(name for name in compared if _has_label(seen[name], expected))
    tally = tallies[size]
    tally.minutes += len(clip.frames) / clip.fps / 60
    tally.false.update({name: len(tracks) for name, tracks in beside.items()})


def _shown(
    pictures: Iterable[Array], name: str, fps: float, watchers: Mapping[str, Watcher]
) -> Iterator[dict[str, tuple[Face, ...]]]:
    """Yield what each watcher finds in each frame of a stream."""
    with ExitStack() as stack:
        shows = {key: stack.enter_context(watcher.stream(name, fps)) for key, watcher in watchers.items()}
        for pixels in pictures:
            yield {key: show(pixels) for key, show in shows.items()}


def _has_label(faces: Sequence[Face], expected: Face) -> bool:
    """Return whether a face was found again with the same label."""
    best = max(faces, key=lambda face: overlap(face.box, expected.box), default=None)
    return best is not None and overlap(best.box, expected.box) >= PARTNER and best.label == expected.label


def appear(scene: Scene, clip: Clip, live: Watcher, rng: np.random.Generator) -> tuple[float, float]:
    """Let a face appear before a live camera; return its side in pixels and the seconds until it was found.

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
            faces = show(scene.draw(at, n))
            if n is not None and any(match(spot, faces) for spot in scene.faces(n)):
                return side, (at - lead) / LIVE_FPS
    return side, math.inf


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
    return {"border": border, "faces": len(found), "found": _part(sum(found), len(found))}


def turned(clips: Sequence[Clip], faces: Sequence[Faces], recording: Watcher, angle_deg: float) -> dict[str, Any]:
    """Return how many heads are found in pictures that are turned, as from a camera on its side."""
    found = []
    for frame, spot in _stills(clips, faces):
        side = AROUND_TURNED * spot.side
        picture = square(frame, spot.x, spot.y, side, STILL_PX, angle_deg)
        there = Spot(STILL_PX / 2, STILL_PX / 2, STILL_PX / AROUND_TURNED)
        found.append(_is_found(there, picture, recording))
    return {"angle_deg": angle_deg, "faces": len(found), "found": _part(sum(found), len(found))}


def _stills(clips: Sequence[Clip], faces: Sequence[Faces]) -> Iterator[tuple[Array, Spot]]:
    """Yield frames from all over each clip, with each of their faces."""
    for clip, frames in zip(clips, faces, strict=True):
        for i in np.linspace(0, len(frames) - 1, min(STILLS, len(frames)), dtype=int):
            for spot in frames[i]:
                yield clip.frames[i], spot


def _is_found(spot: Spot, picture: Array, recording: Watcher) -> bool:
    """Return whether a face is found in the first frame of a recording."""
    with recording.stream("still", LIVE_FPS) as show:
        return match(spot, show(picture)) is not None


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
    for seen in _shown(footage, name, fps, watchers):
        frames += 1
        for key, faces in seen.items():
            tracks[key] |= {face.track for face in faces}
            with_faces[key] += bool(faces)
    minutes = frames / fps / 60
    return {
        "what": name,
        "minutes": minutes,
        **{f"false_per_minute_{key}": len(numbers) / minutes for key, numbers in tracks.items()},
        **{f"frames_with_faces_{key}": with_faces[key] / frames for key in watchers},
    }


def drawn(background: Background, width: int, height: int, frames: int) -> Iterator[Array]:
    """Yield the frames of a background, each valid until the next."""
    out = empty(width, height)
    for n in range(frames):
        background.draw(n, out)
        yield out
