"""`range`: from which size faces are found, how soon, and what is wrongly taken for one."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from benchmarks.base import Benchmark, Fields
from benchmarks.range.people import CROWD, WALKS
from benchmarks.range.pieces import Pieces
from benchmarks.range.report import COMPARED, draw, rows
from benchmarks.range.sources import Clip
from benchmarks.range.study import MADE, QUARTERS, Given, RangeStudy, Trial, called, width_of
from benchmarks.range.tally import Tally, note
from benchmarks.range.truth import Spot, find_faces
from benchmarks.settings import alone, stage_options
from pipeline.config.options import Problems, keyword_keys, read_table
from pipeline.errors import ConfigError, InputError
from stages.detect import Detect
from stages.emotion import Emotion

SIZES = (95, 66, 48, 34, 24)
HEIGHTS = (1080, 2160)
BACKGROUNDS = ("plain", "busy")
TRIALS: tuple[Trial, ...] = ("sizes", "clips", "heads", "people", "empty")


class Range(Benchmark):
    """Clips with faces, scaled and placed in larger frames.

    Args:
        faces: A folder of recordings or pictures with faces, or one file; the demo faces by default.
        empty: A folder of recordings or pictures without faces, or one file.
        background: `plain`, `busy`, `things` (busy, with hands, heads from behind and such), `clips` (other clips,
            blurred), or the path of footage without faces.
        size: Sides of the faces' boxes, pixels of the frame.
        height: Only this height of the frames (16:9); 0 for 1080 and 2160.
        seconds: Most seconds of each clip.
        seed: Seed of backgrounds, places and times.
        trial: `sizes` (clips placed in larger frames), `clips` (the clips themselves), `heads` (close up and turned),
            `people` (who cross each other's ways), `empty` (footage without faces); all by default.
        resume: A folder in which each part's numbers are kept. Run again, it measures only what is missing.
        workers: Number of processes; results do not depend on it.
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
        trial: tuple[Trial, ...] = TRIALS,
        resume: Path | None = None,
        workers: Annotated[int, Meta(ge=1, le=64)] = 1,
        config: Path | None = None,
        set: dict[str, dict[str, Any]] | None = None,  # named as on the command line
    ) -> None:
        # a key without a value stands for its default
        self._options = {
            name: {key: v for key, v in (alone(table) | (set or {}).get(name, {})).items() if v is not None}
            for name, table in stage_options(config).items()
        }
        _check(self._options, set or {})
        for path in filter(None, (faces, empty, *(Path(name) for name in background if name not in MADE))):
            if not path.exists():
                raise ConfigError(f"expected a file or folder, or a background of {', '.join(MADE)}, found {path}")
        heights = (height,) if height else HEIGHTS
        detect, emotion = self._options["detect"], self._options["emotion"]
        self._given = Given(faces, empty, trial, background, size, heights, seconds, seed, detect, emotion)
        self._resume, self._workers = resume, workers

    def run(self) -> dict[str, Any]:
        """Find the faces of the clips at full resolution, then show them in every size and place."""
        given = self._given
        clips = given.clips()
        of = msgspec.to_builtins(given._replace(trials=(), heights=(), sizes=(), backgrounds=()), enc_hook=str)
        pieces = Pieces(self._resume, dict(zip(Given._fields, of, strict=True)) | {"sizes": list(given.sizes)})
        truth = [pieces.get(f"faces, clip {n}", partial(_faces, clip)) for n, clip in enumerate(clips)]
        with_faces = sum(any(frames) for frames in truth)
        if not with_faces:
            raise InputError(f"expected clips with faces, found none, in {given.faces}")
        with closing(RangeStudy(given, truth, clips)) as study:
            found = pieces.get_all(study, self._workers, RangeStudy, given, truth)
        return {
            "options": self._options,
            "clips": with_faces,
            "clips_without_faces": len(clips) - with_faces,
            "demo": given.faces is None,
            "seconds": given.seconds,
            "seed": given.seed,
            "sizes": list(_sizes(given, found)),
            "own": list(_own(found)),
            "close_ups": _all(found, "heads, border"),
            "turned": [row for name, row in found.items() if name.startswith("heads") and name.endswith("degrees")],
            "people": list(_people(given, found)),
            "empty": list(_empty(found)),
        }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return a row per size, background and height, then one per trial without sizes."""
        return rows(fields)

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot the faces found against their size."""
        draw(figure, fields)


def _faces(clip: Clip) -> list[list[Spot]]:
    (faces,) = find_faces([clip])
    return faces


def _all(found: dict[str, Any], start: str) -> list[Any]:
    """Return the pieces whose names begin with this."""
    return [piece for name, piece in found.items() if name.startswith(start)]


def _sizes(given: Given, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is found of each size before each background."""
    for height in given.heights:
        for name in map(called, given.backgrounds):
            pieces = _all(found, f"sizes, {height}p, {name} ")
            where = {"width": width_of(height), "height": height, "background": name}
            for size in given.sizes if pieces else ():
                yield {
                    **where,
                    "face_px": size,
                    **_sum(p[str(size)] for p in pieces if str(size) in p).summary(COMPARED),
                }


def _own(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is found in the clips themselves, upright and on their side."""
    for shown in QUARTERS.values():
        if pieces := _all(found, f"clips, {shown}, "):
            yield {"shown": shown, **_sum(pieces).summary(COMPARED)}


def _sum(pieces: Iterable[Any]) -> Tally:
    total = Tally()
    for piece in pieces:
        total.add(msgspec.convert(piece, Tally))
    return total


def _people(given: Given, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield whose tracks are swapped or split, by walk, over all sizes and backgrounds."""
    for height in given.heights:
        for walk in (*WALKS, CROWD):
            if pieces := [piece for piece in _all(found, f"people, {height}p, {walk}, ") if piece["faces"]]:
                counts: dict[str, int] = {}
                for piece in pieces:
                    note(counts, {key: n for key, n in piece.items() if key != "people"})
                yield {"height": height, "walk": walk, "times": len(pieces), "people": pieces[0]["people"], **counts}


def _empty(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is taken for a face in footage without faces; all clips that are painted over as one."""
    rows: dict[str, dict[str, Any]] = {}
    for piece in _all(found, "empty, "):
        row = rows.setdefault(piece["what"], {"what": piece["what"], "minutes": 0.0})
        # rates are those of all minutes
        share = piece["minutes"] / (row["minutes"] + piece["minutes"])
        for key, value in piece.items():
            if key not in ("what", "minutes"):
                row[key] = row.get(key, 0.0) * (1 - share) + value * share
        row["minutes"] += piece["minutes"]
    yield from rows.values()


def _check(options: dict[str, dict[str, Any]], given: dict[str, Any]) -> None:
    problems = Problems()
    for table in given.keys() - {"detect", "emotion"}:
        problems.add(table, "expected a table of detect, emotion")
    for table, stage in (("detect", Detect), ("emotion", Emotion)):
        options[table] = read_table(table, options[table], keyword_keys(stage), problems)
    problems.raise_if_any("bench")
