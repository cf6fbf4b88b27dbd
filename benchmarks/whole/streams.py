"""`streams`: how many live cameras this machine can handle."""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from benchmarks.base import Fields
from benchmarks.cameras import Place, played
from benchmarks.clip import FPS, SECONDS, RecordingBenchmark
from benchmarks.running import Running, Window
from pipeline.metrics import names

MOST_DROPPED = 0.005
LONGEST_AGE_MS = 100.0
"""Limits up to which cameras count as handled: fraction of dropped frames, and 99th percentile of a frame's age, ms."""
WARM_UP_FRAMES = 300
"""Frames of each camera before the measurement, 10 s: until the networks of its frames are compiled in the background
and everything has been searched once, a machine with as many cameras as it can handle drops one frame in a hundred."""
MOST = 64
"""Most cameras tried; no target machine handles more."""


class Streams(RecordingBenchmark):
    """Cameras that play a recording at its own speed; their number rises until the machine is overloaded.

    Sources are files of 30 frames per second, so no network or server is involved; decoding is included. A frame
    that is decoded too late counts as dropped.

    Args:
        height: Height of the benchmark's own recording: 480, 720 or 1080 pixels.
        cameras: Try exactly these numbers, with events only, instead of searching.
        video: Also search for the number of cameras with overlay and an H.264 file each.
        seconds: Seconds of each measurement.
        shared: Options of `RecordingBenchmark`.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(
        self,
        *,
        height: int = 720,
        cameras: tuple[int, ...] = (),
        video: bool = True,
        seconds: float = 60.0,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self._height = height
        self._cameras = cameras
        self._video = video
        self._seconds = seconds

    def run(self) -> dict[str, Any]:
        """Search with events only, then with video."""
        steps: list[dict[str, Any]] = []
        held = self._find(False, steps, first=4)
        with_video = self._find(True, steps, first=2) if self._video and not self._cameras else None
        return {
            "streams": held,
            "streams_with_video": with_video,
            "clip": self.recording(self._height).name,
            "seconds": self._seconds,
            "limits": {"dropped": MOST_DROPPED, "p99_ms": LONGEST_AGE_MS},
            "note": f"steps of {self._seconds:g} s; the clip is looped after {SECONDS} s",
            "steps": steps,
        }

    def _find(self, video: bool, steps: list[dict[str, Any]], first: int) -> int:
        def holds(cameras: int) -> bool:
            step = self._step(cameras, video)
            print(f"{cameras} cameras: {'handled' if step['held'] else 'overloaded'}", file=sys.stderr, flush=True)
            steps.append(step)
            return bool(step["held"])

        if self._cameras:
            return max((n for n in self._cameras if holds(n)), default=0)
        return largest(holds, first)

    def _step(self, cameras: int, video: bool) -> dict[str, Any]:
        with (
            closing(Place()) as place,
            Running(
                played(self.recording(self._height), cameras, place, self._options, realtime=True, video=video)
            ) as run,
        ):
            run.wait_for_frames("output.video" if video else "output.events", WARM_UP_FRAMES, cameras)
            window = run.window(self._seconds)
        return judge(window, cameras, video)

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per number of cameras tried."""
        head = (
            "output",
            "cameras",
            "handled",
            "dropped",
            "causes",
            "age p50",
            "p99",
            "worst p99",
            "detections",
            "classifications",
            "cores busy",
        )
        rows = [
            (
                "overlay and H.264" if s["video"] else "events",
                str(s["cameras"]),
                "yes" if s["held"] else "no",
                f"{s['dropped']:.2%}",
                ", ".join(f"{count} {cause}" for cause, count in s["causes"].items()) or "none",
                f"{s['age_ms']['p50']:.0f} ms",
                f"{s['age_ms']['p99']:.0f} ms",
                f"{s['age_ms']['worst_camera_p99']:.0f} ms",
                # older reports lack it
                *(f"{s['per_second'][k]:.1f} / s" if "per_second" in s else "" for k in ("detections", "crops")),
                f"{s['cores_busy']:.2f}",
            )
            for s in sorted(fields["steps"], key=lambda s: (s["video"], s["cameras"]))
        ]
        return [head, *rows]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot drops, age and CPU by stage over the number of cameras, events only."""
        left, right = figure.subplots(1, 2)
        for video, colour in ((False, "C0"), (True, "C1")):
            steps = sorted((s for s in fields["steps"] if s["video"] == video), key=lambda s: s["cameras"])
            if steps:
                cameras = [s["cameras"] for s in steps]
                label = "overlay and H.264" if video else "events only"
                left.plot(cameras, [s["age_ms"]["p99"] for s in steps], "o-", color=colour, label=label)
                for s in steps:
                    if s["dropped"] >= 0.0005:
                        at = s["cameras"], s["age_ms"]["p99"]
                        text = f"{s['dropped']:.1%} lost"
                        left.annotate(text, at, xytext=(-6, 2), textcoords="offset points", ha="right", fontsize=7)
        left.axhline(fields["limits"]["p99_ms"], color="0.5", linestyle=":", label="limit")
        left.set_ylim(0, 1.15 * max(fields["limits"]["p99_ms"], *(s["age_ms"]["p99"] for s in fields["steps"])))
        left.margins(x=0.12)
        left.xaxis.get_major_locator().set_params(integer=True)
        left.set_xlabel("live cameras")
        left.set_ylabel("99th percentile of frame age, ms")
        left.legend(fontsize=8)
        steps = sorted((s for s in fields["steps"] if not s["video"]), key=lambda s: s["cameras"])
        below = [0.0] * len(steps)
        names = [str(s["cameras"]) for s in steps]
        for stage in dict.fromkeys(stage for s in steps for stage in s["cores_by_stage"]):
            values = [s["cores_by_stage"].get(stage, 0.0) for s in steps]
            right.bar(names, values, 0.6, bottom=below, label=stage)
            below = [b + v for b, v in zip(below, values, strict=True)]
        right.axhline(fields["machine"]["cores"], color="0.5", linestyle=":")
        right.set_ylim(top=fields["machine"]["cores"] * 1.35)
        right.set_xlabel("live cameras, events only")
        right.set_ylabel("cores busy")
        right.legend(fontsize=7, ncols=2, loc="upper left")
        video = fields["streams_with_video"]
        also = "" if video is None else f", {video} with overlay and H.264"
        figure.suptitle(f"streams: {fields['streams']} cameras handled with events only{also} ({fields['clip']})")


def judge(window: Window, cameras: int, video: bool) -> dict[str, Any]:
    """Return the results of a window with this number of cameras, and whether they were handled."""
    due = cameras * FPS * window.seconds
    causes = window.dropped()
    # A paced source with a late decoder sends fewer frames but skips none; windows are accurate to 1 %.
    late = round(due - window.frames("camera.", out=False))
    if late > 0.01 * due:
        causes["capture: decoded late"] = late
    dropped = sum(causes.values()) / due
    output = "output."
    p50, p99 = (window.age_ms(output, q) for q in (0.5, 0.99))
    cores = {stage: s / window.seconds for stage, s in window.cpu_s.items()}
    made = {what: window.counts.total(names.COUNTS, what=what) for what in ("detections", "crops")}
    return {
        "cameras": cameras,
        "video": video,
        "held": dropped < MOST_DROPPED and p99 < LONGEST_AGE_MS,
        "dropped": dropped,
        "causes": causes,
        "fps_per_camera": window.frames("output.events") / window.seconds / cameras,
        "age_ms": {
            "p50": p50,
            "p99": p99,
            "worst_camera_p99": max(window.age_ms(output, 0.99, f"c{n}") for n in range(cameras)),
        },
        # Under overload, load shedding lowers these: detections and classifications per camera.
        "per_second": {what: count / window.seconds / cameras for what, count in made.items()},
        "cores_busy": sum(cores.values()),
        "cores_by_stage": cores,
        "cpu_ms_per_frame": {
            s: v * 1e3 * window.seconds / max(1, window.frames("output.events")) for s, v in cores.items()
        },
    }


def largest(holds: Callable[[int], bool], first: int) -> int:
    """Return the largest number that is handled, or 0; assumes that a machine that handles n handles n - 1.

    The number doubles until it is too large, then a bisection follows. This needs few steps, which take a minute each.
    """
    low, high, n = 0, MOST + 1, first
    while low < MOST and n < high:
        if holds(n):
            low, n = n, min(n * 2, MOST)
        else:
            high = n
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
