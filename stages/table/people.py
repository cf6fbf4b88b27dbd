"""The people of one stream: what each showed, for how long, and their timelines."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.display.person_timeline import PersonTimeline
from models.display.timeline import MOST_PEOPLE, draw_timeline
from models.over_time.episodes import Episodes, Happening, Lost
from models.over_time.shown import Shown
from pipeline.batch.results import TIMELINE, Summary, TrackSummary, merge
from pipeline.messages import Face
from stages.measured import MeasuredSums

FEW_SAMPLES = 8
"""Samples that are kept of a person who left and was seen shorter than those who are drawn: thousands pass a camera in
a day, most of them within seconds."""
_drawing = threading.Lock()


@dataclass(slots=True)
class People:
    """Everybody in one stream; feed it every frame. Track numbers identify one person in the whole stream.

    Attributes:
        most_s: Most seconds for which a frame counts.
        faces: Number of faces.
        timelines: The people who may be drawn, by track.
    """

    most_s: float
    faces: int = 0
    timelines: dict[int, PersonTimeline] = field(default_factory=dict)
    _shown: Shown = field(init=False)
    _episodes: Episodes = field(default_factory=Episodes)
    _measured: MeasuredSums = field(default_factory=MeasuredSums)
    _tracks: list[TrackSummary] = field(default_factory=list)
    _latest: Sequence[Face] = ()
    """Faces of the last frame, which ends where the next one starts."""
    _latest_s: float = 0.0
    _left: set[int] = field(default_factory=set)
    """People who have left and may still be drawn."""

    def __post_init__(self) -> None:
        self._shown = Shown(self.most_s)

    def add(self, faces: Sequence[Face], time_s: float) -> None:
        """Take the faces of a frame, whose position is in seconds of the stream."""
        self.faces += len(faces)
        self._sample(faces, time_s)
        for face in faces:
            self._measured.see(face, time_s)
        showing = [(face.track, face.label) for face in faces]
        self._shown.update(showing, time_s)
        self._note(self._episodes.update(showing, time_s))

    def leave(self, time_s: float) -> None:
        """Let everybody leave: other people follow."""
        self._shown.update((), time_s)
        self._note(self._episodes.end())

    def end(self, time_s: float) -> list[TrackSummary]:
        """Let the last frame end; return each stay of each person, ordered by track."""
        self._sample((), time_s)
        self.leave(time_s)
        return sorted(self._tracks, key=lambda track: track.track)

    def draw(self, summary: Summary, folder: Path, marks: Sequence[tuple[float, str]]) -> None:
        """Draw `timeline.png`.

        Args:
            summary: The summary of the stream.
            folder: Folder of the picture.
            marks: Position in seconds and text of what other programs sent meanwhile.
        """
        for one in merge(summary.tracks):
            self.timelines[one.track].seconds = one.seconds
        people = [self.timelines[track] for track in sorted(self.timelines)]
        start_s, picture = (summary.first_pts_ms or 0.0) / 1e3, folder / f"{TIMELINE}.partial"
        # Matplotlib's fonts are not made for several threads
        with _drawing:
            draw_timeline(people, summary.duration_s, summary.camera, picture, summary.language, start_s, marks)
        picture.rename(folder / TIMELINE)

    def _note(self, happenings: Iterable[Happening]) -> None:
        for what in happenings:
            if isinstance(what, Lost):
                self._thin(what.track)
                seconds = {label: round(value, 3) for label, value in self._shown.take(what.track).items()}
                measured = self._measured.take(what.track)
                self._tracks.append(
                    TrackSummary(
                        track=what.track,
                        first_s=round(what.began_s, 3),
                        last_s=round(what.ended_s, 3),
                        seconds=seconds,
                        measured=measured.rounded() if measured else None,
                    )
                )

    def _sample(self, faces: Sequence[Face], time_s: float) -> None:
        """Add the faces of the last frame to the timelines, now that its end is known, and remember those of the next.

        Values are rounded as in the table, so that a report sees whether the timeline shows the same.
        """
        time_s = round(time_s * 1e3, 3) / 1e3
        start_s = self._latest_s
        end_s = max(start_s, min(time_s, start_s + self.most_s))
        for face in self._latest:
            fused = None if face.fused is None else [round(value, 4) for value in face.fused]
            self.timelines[face.track].add(start_s, end_s, face.label, fused)
        for face in faces:
            self.timelines.setdefault(face.track, PersonTimeline(face.track))
        self._latest, self._latest_s = list(faces), time_s

    def _thin(self, track: int) -> None:
        """Keep few samples of those seen shortest among the people who have left, as long as they stay away."""
        self._left.add(track)
        if len(self._left) > MOST_PEOPLE:
            shortest = min(self._left, key=lambda track: (self.timelines[track].count, -track))
            self._left.remove(shortest)
            self.timelines[shortest].thin(FEW_SAMPLES)


def total_seconds(tracks: Iterable[TrackSummary]) -> dict[str, float]:
    """Return the seconds for which each label was shown, over all people, the longest first."""
    total: dict[str, float] = {}
    for track in tracks:
        for label, seconds in track.seconds.items():
            total[label] = round(total.get(label, 0.0) + seconds, 3)
    return dict(sorted(total.items(), key=lambda item: -item[1]))
