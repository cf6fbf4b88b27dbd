"""`range`: from which size faces are found, how soon, and what is wrongly taken for one."""

import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from benchmarks.base import Benchmark, Fields
from benchmarks.range.backgrounds import Background, make_background
from benchmarks.range.report import COMPARED, draw, rows
from benchmarks.range.scenes import Scene
from benchmarks.range.sources import Clip, demo_clips, files_in, load_clips, read
from benchmarks.range.trials import LIVE_FPS, Faces, Tally, appear, close_ups, drawn, nearest, nobody, turned, watch
from benchmarks.range.truth import find_faces
from benchmarks.range.watcher import Watcher
from benchmarks.settings import alone, stage_options
from pipeline.config.options import Problems, keyword_keys, read_table
from pipeline.errors import ConfigError, InputError
from stages.detect import Detect
from stages.emotion import Emotion

SIZES = (95, 66, 48, 34, 24)
HEIGHTS = (1080, 2160)
BACKGROUNDS = ("plain", "busy")
MADE = (*BACKGROUNDS, "clips")
"""Backgrounds that the program makes; any other is a path."""
VARIANTS = 3
"""Different backgrounds of each kind, and places at which each clip's face appears."""
EMPTY_FRAMES = 150
"""Frames of each made background that are shown without a face."""
BORDERS = (0.0, 0.1)
ANGLES_DEG = (0, 60, 90, 120)
REFERENCE = "every_frame"
"""Examines and classifies everything in every frame."""


class Range(Benchmark):
    """Clips with faces, scaled and placed in larger frames.

    Args:
        faces: A folder of recordings or pictures with faces, or one file; the demo faces by default.
        empty: A folder of recordings or pictures without faces, or one file.
        background: `plain`, `busy`, `clips` (other clips, blurred), or the path of footage without faces.
        size: Sides of the faces' boxes, pixels of the frame.
        height: Only this height of the frames (16:9); 0 for 1080 and 2160.
        seconds: Most seconds of each clip.
        seed: Seed of backgrounds, places and times.
        config: A config file with options for the stages.
        set: Options of `detect` and `emotion` instead of its.
    """

    scope = "isolated"
    pace = "as fast as possible"

    def __init__(
        self,
        *,
        faces: Path | None = None,
        empty: Path | None = None,
        background: tuple[str, ...] = BACKGROUNDS,
        size: tuple[Annotated[int, Meta(ge=8, le=2000)], ...] = SIZES,
        height: Annotated[int, Meta(ge=0, le=8192, multiple_of=2)] = 0,
        seconds: float = 2.0,
        seed: int = 0,
        config: Path | None = None,
        set: dict[str, dict[str, Any]] | None = None,  # named as on the command line
    ) -> None:
        # a key without a value stands for its default
        self._options = {
            name: {key: v for key, v in (alone(table) | (set or {}).get(name, {})).items() if v is not None}
            for name, table in stage_options(config).items()
        }
        _check(self._options, set or {})
        self._paths = {"faces": faces, "empty": empty}
        for path in filter(None, (faces, empty, *(Path(name) for name in background if name not in MADE))):
            if not path.exists():
                raise ConfigError(f"expected a file or folder, or a background of {', '.join(MADE)}, found {path}")
        self._background, self._sizes, self._heights = background, size, (height,) if height else HEIGHTS
        self._seconds, self._seed = seconds, seed

    def run(self) -> dict[str, Any]:
        """Find the faces of the clips at full resolution, then show them in every size and place."""
        faces, empty = self._paths["faces"], self._paths["empty"]
        clips = load_clips(faces, self._seconds) if faces else demo_clips(self._seconds)
        found = list(zip(clips, find_faces(clips), strict=True))
        with_faces = [(clip, frames) for clip, frames in found if any(frames)]
        if not with_faces:
            raise InputError(f"expected clips with faces, found none, in {faces}")
        footage = {name: load_clips(Path(name), self._seconds) for name in self._background if name not in MADE}
        with ExitStack() as stack:
            detect, emotion = self._options["detect"], self._options["emotion"]
            watchers = {
                "recording": stack.enter_context(closing(Watcher(detect, emotion, lossless=True))),
                "live": stack.enter_context(closing(Watcher(detect, emotion, lossless=False))),
                REFERENCE: stack.enter_context(closing(Watcher(detect | _thorough(), emotion, lossless=True))),
            }
            trials = _Trials(with_faces, watchers, footage, self._sizes, self._seed)
            sizes = [
                row for height in self._heights for name in self._background for row in trials.placed(name, height)
            ]
            return {
                "options": self._options,
                "clips": len(with_faces),
                "clips_without_faces": len(found) - len(with_faces),
                "demo": faces is None,
                "seconds": self._seconds,
                "seed": self._seed,
                "sizes": sizes,
                **trials.heads(),
                "empty": [*trials.backgrounds(self._background, self._heights), *trials.clips(empty)],
            }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return a row per size, background and height, then one per trial without sizes."""
        return rows(fields)

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot the faces found against their size."""
        draw(figure, fields)


class _Trials:
    """All trials with the same clips and watchers."""

    def __init__(
        self,
        found: Sequence[tuple[Clip, Faces]],
        watchers: dict[str, Watcher],
        footage: dict[str, list[Clip]],
        sizes: Sequence[int],
        seed: int,
    ) -> None:
        self._found = found
        self._watchers = watchers
        self._footage = footage
        self._sizes = sizes
        self._seed = seed

    def placed(self, name: str, height: int) -> Iterator[dict[str, Any]]:
        """Yield what is found of each size before one kind of background."""
        width = _width(height)
        tallies = {size: Tally() for size in self._sizes}
        skipped = 0
        for variant in range(VARIANTS):
            background = self._make(name, height, variant)
            for size in self._sizes:
                print(f"{width} x {height}, {name} {variant + 1}: {size} pixels", file=sys.stderr, flush=True)
                # the same places before every background, whatever else is measured
                rng = np.random.default_rng([self._seed, variant, height, size])
                for i, (clip, faces) in enumerate(self._found):
                    stream = f"{name} {variant}, {height}p, {size} pixels, clip {i}"
                    try:
                        scene = Scene(stream, clip, faces, size, background, width, height, rng)
                    except ValueError:
                        skipped += 1
                        continue
                    # each clip before one of the backgrounds; faces appear before each of them
                    if i % VARIANTS == variant:
                        watch(scene, clip, self._watchers, tallies, size)
                    side, delay_s = appear(scene, clip, self._watchers["live"], rng)
                    if tally := tallies.get(nearest(side, tallies)):
                        tally.delays_s.append(delay_s)
        if skipped:
            print(f"{skipped} scenes are skipped: the clip does not fit", file=sys.stderr)
        where = {"width": width, "height": height, "background": _called(name)}
        for size, tally in tallies.items():
            yield {**where, "face_px": size, **tally.summary(COMPARED)}

    def heads(self) -> dict[str, Any]:
        """Return what is found of close-ups and of turned heads."""
        clips, faces = zip(*self._found, strict=True)
        watcher = self._watchers["recording"]
        return {
            "close_ups": [close_ups(clips, faces, watcher, border) for border in BORDERS],
            "turned": [turned(clips, faces, watcher, angle) for angle in ANGLES_DEG],
        }

    def backgrounds(self, names: Sequence[str], heights: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Yield what is taken for a face in the backgrounds."""
        for height in heights:
            for name in names:
                made = (self._make(name, height, variant) for variant in range(VARIANTS))
                frames = (frame for one in made for frame in drawn(one, _width(height), height, EMPTY_FRAMES))
                yield nobody(f"{_called(name)}, {height}p", frames, LIVE_FPS, self._compared())

    def clips(self, path: Path | None) -> Iterator[dict[str, Any]]:
        """Yield what is taken for a face in the user's clips without faces, each whole and at its own size."""
        for file in files_in(path) if path else ():
            first, *_ = itertools.islice(read(file), 1)
            pictures = (frame.pixels for frame in read(file) if frame.pixels is not None)
            yield nobody(file.stem, pictures, first.fps or LIVE_FPS, self._compared())

    def _make(self, name: str, height: int, variant: int) -> Background:
        clips = self._footage.get(name) or [clip for clip, _ in self._found]
        return make_background(name, _width(height), height, self._seed + variant, clips)

    def _compared(self) -> dict[str, Watcher]:
        return {name: self._watchers[name] for name in COMPARED}


def _check(options: dict[str, dict[str, Any]], given: dict[str, Any]) -> None:
    problems = Problems()
    for table in given.keys() - {"detect", "emotion"}:
        problems.add(table, "expected a table of detect, emotion")
    for table, stage in (("detect", Detect), ("emotion", Emotion)):
        options[table] = read_table(table, options[table], keyword_keys(stage), problems)
    problems.raise_if_any("bench")


def _thorough() -> dict[str, Any]:
    """Return the options that find and classify all faces of every frame."""
    every = {"detect_hz": 0.0, "classify_hz": 0.0}
    return every | ({"thorough": True} if "thorough" in keyword_keys(Detect) else {})


def _width(height: int) -> int:
    return round(height * 16 / 9 / 2) * 2


def _called(background: str) -> str:
    return background if background in MADE else "given"
