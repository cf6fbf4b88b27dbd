"""All trials of `range`, in pieces that can be measured one by one."""

import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from benchmarks.range import people
from benchmarks.range.backgrounds import Background, Wall, make_background
from benchmarks.range.report import COMPARED
from benchmarks.range.scenes import Scene
from benchmarks.range.sources import Clip, demo_clips, files_in, load_clips, read
from benchmarks.range.tally import Tally, nearest
from benchmarks.range.trials import (
    LIVE_FPS,
    REFERENCE,
    Faces,
    Own,
    appear,
    close_ups,
    drawn,
    nobody,
    painted,
    turned,
    watch,
)
from benchmarks.range.truth import Spot
from benchmarks.range.watcher import Watcher
from pipeline.config.options import keyword_keys
from stages.detect import Detect

MADE = ("plain", "busy", "things", "clips")
"""Backgrounds that the program makes; any other is a path."""
VARIANTS = 3
"""Different backgrounds of each kind, and places at which each clip's face appears."""
EMPTY_FRAMES = 150
"""Frames of each made background that are shown without a face."""
BORDERS = (0.0, 0.1)
ANGLES_DEG = (0, 30, 60, 90, -90, 120)
QUARTERS = {0: "upright", 1: "turned left", 3: "turned right"}
"""How the clips themselves are shown, by quarters of a turn counterclockwise."""
CROSSING_PX = (110, 66, 34)
"""Sides of the faces of people who cross each other's ways, pixels."""
LABELLED_PX = 1200
"""Height of a frame from which on labels are not compared with those of every frame, which needs a minute for each
second of 4K."""

Trial = Literal["sizes", "clips", "heads", "people", "empty"]


class Given(NamedTuple):
    """What the user asks for, see `Range`."""

    faces: Path | None
    empty: Path | None
    trials: tuple[Trial, ...]
    backgrounds: tuple[str, ...]
    sizes: tuple[int, ...]
    heights: tuple[int, ...]
    seconds: float
    seed: int
    detect: dict[str, Any]
    emotion: dict[str, Any]

    def clips(self) -> list[Clip]:
        """Return the clips with faces."""
        return load_clips(self.faces, self.seconds) if self.faces else demo_clips(self.seconds)


class RangeStudy:
    """The trials, in pieces.

    Args:
        given: What is asked for.
        truth: The faces of each frame of each clip, `x, y, side` in pixels.
        clips: The clips, if they have been read already.
    """

    def __init__(self, given: Given, truth: Sequence[Sequence[Sequence[Any]]], clips: Sequence[Clip] = ()) -> None:
        self._given = given
        all_faces: list[Faces] = [[[Spot(*spot) for spot in frame] for frame in clip] for clip in truth]
        found = zip(clips or given.clips(), all_faces, strict=True)
        self._found = [(clip, faces) for clip, faces in found if any(faces)]
        self._open = ExitStack()
        self._watchers: dict[str, Watcher] = {}
        self._drawn: tuple[tuple[str, int, int], Background] = ("", 0, 0), Wall(2, 2, 0)
        """The background drawn last."""
        self._trials = self._pieces()

    def close(self) -> None:
        """Release the networks."""
        self._open.close()

    def names(self) -> Sequence[str]:
        """Return the names of the pieces."""
        return list(self._trials)

    def measure(self, name: str) -> Any:
        """Return the measurements of a piece, in JSON types."""
        return msgspec.to_builtins(self._trials[name](), str_keys=True)

    def watchers(self, *names: str) -> dict[str, Watcher]:
        """Return watchers by name."""
        for name in names:
            if name not in self._watchers:
                detect = self._given.detect | (_thorough() if name == REFERENCE else {})
                watcher = Watcher(detect, self._given.emotion, lossless=name != "live")
                self._watchers[name] = self._open.enter_context(closing(watcher))
        return {name: self._watchers[name] for name in names}

    def _pieces(self) -> dict[str, Callable[[], Any]]:
        given, trials = self._given, self._given.trials
        pieces: dict[str, Callable[[], Any]] = {}
        where = list(itertools.product(given.heights, given.backgrounds))
        if "sizes" in trials:
            for (height, name), variant in itertools.product(where, range(VARIANTS)):
                for size, n in itertools.product(given.sizes, range(len(self._found))):
                    key = f"sizes, {height}p, {called(name)} {variant}, {size} px, clip {n}"
                    pieces[key] = partial(self._placed, name, height, variant, size, n)
        if "clips" in trials:
            for quarters, n in itertools.product(QUARTERS, range(len(self._found))):
                pieces[f"clips, {QUARTERS[quarters]}, {n}"] = partial(self._own, n, quarters)
        if "heads" in trials:
            for border in BORDERS:
                pieces[f"heads, border {border:.0%}"] = partial(self._heads, close_ups, border)
            for angle in ANGLES_DEG:
                pieces[f"heads, {angle} degrees"] = partial(self._heads, turned, angle)
        if "people" in trials:
            for height, variant in itertools.product(given.heights, range(VARIANTS)):
                pieces[f"people, {height}p, {people.CROWD}, {variant}"] = partial(self._crowd, height, variant)
                for side, walk in itertools.product(CROSSING_PX, people.WALKS):
                    key = f"people, {height}p, {walk}, {side} px, {variant}"
                    pieces[key] = partial(self._crossing, walk, height, side, variant)
        if "empty" in trials:
            for height, name in itertools.product(given.heights, dict.fromkeys((*given.backgrounds, "things"))):
                pieces[f"empty, {called(name)}, {height}p"] = partial(self._backgrounds, name, height)
            for n in range(len(self._found)):
                pieces[f"empty, clip {n} painted over"] = partial(self._painted, n)
            for file in files_in(given.empty) if given.empty else ():
                pieces[f"empty, {file.stem}"] = partial(self._empty_clip, file)
        return pieces

    def _placed(self, name: str, height: int, variant: int, size: int, n: int) -> dict[int, Tally]:
        """Return what is found of each size where a clip is placed at one."""
        width, seed = width_of(height), self._given.seed
        tallies = {other: Tally() for other in self._given.sizes}
        clip, faces = self._found[n]
        # the same places before every background, whatever else is measured
        rng = np.random.default_rng([seed, variant, height, size, n])
        background = self._background(name, height, variant)
        stream = f"{name} {variant}, {height}p, {size} pixels, clip {n}"
        try:
            scene = Scene(stream, clip, faces, size, background, width, height, rng)
        except ValueError:
            return {}  # too large for the frame
        # each clip before one of the backgrounds; faces appear before each of them
        if n % VARIANTS == variant:
            watchers = self.watchers(*COMPARED, *([REFERENCE] if height < LABELLED_PX else []))
            watch(scene, clip, watchers, partial(_of_size, tallies), tallies[size])
        side, delay_s = appear(scene, clip, self.watchers("live")["live"], rng)
        if tally := tallies.get(nearest(side, tallies)):
            tally.delays_s.append(delay_s)
        return {px: tally for px, tally in tallies.items() if tally != Tally()}

    def _own(self, n: int, quarters: int) -> Tally:
        """Return what is found in a clip itself."""
        clip, faces = self._found[n]
        tally = Tally()
        own = Own(f"clip {n}, {QUARTERS[quarters]}", clip, faces, quarters)
        watch(own, clip, self.watchers(*COMPARED, REFERENCE), lambda spot: tally, tally)
        return tally

    def _heads(self, trial: Callable[..., dict[str, Any]], how: float) -> dict[str, Any]:
        clips, faces = zip(*self._found, strict=True)
        return trial(clips, faces, self.watchers("recording")["recording"], how)

    def _crossing(self, walk: str, height: int, side: int, variant: int) -> dict[str, Any]:
        walkers = partial(people.walkers, walk, self._found, variant, side)
        return self._watch_people(f"{walk}, {side} px, {variant}", walkers, height, variant)

    def _crowd(self, height: int, variant: int) -> dict[str, Any]:
        crowd = partial(people.crowd, self._found, variant)
        return self._watch_people(f"{people.CROWD}, {variant}", crowd, height, variant)

    def _watch_people(
        self, name: str, make: Callable[[int, int], list[people.Person]], height: int, variant: int
    ) -> dict[str, Any]:
        size = width_of(height), height
        try:
            there = make(*size)
        except ValueError:
            return {"faces": 0}  # they do not fit into the frame
        background = self._background("busy" if variant % 2 else "plain", height, variant)
        return people.crossing(name, there, background, size, self.watchers(*COMPARED))

    def _backgrounds(self, name: str, height: int) -> dict[str, Any]:
        made = (self._background(name, height, variant) for variant in range(VARIANTS))
        frames = (frame for one in made for frame in drawn(one, width_of(height), height, EMPTY_FRAMES))
        return nobody(f"{called(name)}, {height}p", frames, LIVE_FPS, self.watchers(*COMPARED))

    def _painted(self, n: int) -> dict[str, Any]:
        clip, faces = self._found[n]
        return nobody("clips, painted over", painted(clip, faces), clip.fps, self.watchers(*COMPARED))

    def _empty_clip(self, file: Path) -> dict[str, Any]:
        """Return what is taken for a face in a clip of the user, whole and at its own size."""
        first, *_ = itertools.islice(read(file), 1)
        pictures = (frame.pixels for frame in read(file) if frame.pixels is not None)
        return nobody(file.stem, pictures, first.fps or LIVE_FPS, self.watchers(*COMPARED))

    def _background(self, name: str, height: int, variant: int) -> Background:
        which = name, height, variant
        if which != self._drawn[0]:
            footage = self._footage.get(name) or [clip for clip, _ in self._found]
            self._drawn = which, make_background(name, width_of(height), height, self._given.seed + variant, footage)
        return self._drawn[1]

    @cached_property
    def _footage(self) -> dict[str, list[Clip]]:
        """The user's backgrounds."""
        given = self._given
        return {name: load_clips(Path(name), given.seconds) for name in given.backgrounds if name not in MADE}


def width_of(height: int) -> int:
    """Return the width of frames of 16:9, even."""
    return round(height * 16 / 9 / 2) * 2


def called(background: str) -> str:
    """Return what a background is called in reports."""
    return background if background in MADE else "given"


def _of_size(tallies: dict[int, Tally], spot: Spot) -> Tally | None:
    return tallies.get(nearest(spot.side, tallies))


def _thorough() -> dict[str, Any]:
    """Return the options that find and classify all faces of every frame."""
    every = {"detect_hz": 0.0, "classify_hz": 0.0}
    return every | ({"thorough": True} if "thorough" in keyword_keys(Detect) else {})
