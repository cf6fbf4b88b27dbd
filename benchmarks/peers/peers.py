"""`peers`: this program and others on the same recording, alternating."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.base import Fields
from benchmarks.cameras import Place, played
from benchmarks.clip import RecordingBenchmark
from benchmarks.harness import digits, plain, spread
from benchmarks.peers.fer_environment import FER, fer_python
from benchmarks.running import Running
from pipeline.errors import EmobotError, MissingPart
from pipeline.metrics import names
from stages.detect import LIVE_CLASSIFY_HZ, LIVE_DETECT_HZ

HERE = Path(__file__).parent
WARM_UP_FRAMES = 30
LOOP_S = 200
"""Seconds after which a loop counts as hanging."""
FRAMES = {"reference_loop": 300, "reference_loop_no_drawing": 300, "ancestor": 60, "fer": 60}
"""Frames per round for each loop; slow ones get fewer."""
SCHEDULE = {"detect_hz": LIVE_DETECT_HZ, "classify_hz": LIVE_CLASSIFY_HZ}
"""Default detections and classifications per second of live cameras."""
TITLES = {
    "ours": "emobot",
    "scheduled": "emobot, 5 detections, 10 classifications per second",
    "reference_loop": "one loop with the same libraries",
    "reference_loop_no_drawing": "the same without drawing",
    "ancestor": "Haar, Keras predict per face",
    "fer": FER,
}
WHAT = {
    "ours": "emobot, one recording, events only, default processes",
    "scheduled": "the same, with optical flow between detections, as for live cameras",
    "reference_loop": "OpenCV decodes, MediaPipe detects, OpenVINO runs the same network, OpenCV draws; one process",
    "reference_loop_no_drawing": "the same loop without drawing, like ours",
    "ancestor": "OpenCV decodes and detects (Haar), model.predict per face (11.3 M random weights), OpenCV draws",
    "fer": f"OpenCV decodes, {FER} detects (Haar) and classifies (its quantised TensorFlow Lite network)",
}


class Peers(RecordingBenchmark):
    """Frames per second on the same recording; the programs alternate over several rounds.

    Args:
        seconds: Seconds for which ours is measured in each round.
        repetitions: Number of rounds.
        skip: Programs to skip: `reference_loop`, `reference_loop_no_drawing`, `ancestor`, `fer`.
        shared: Options of `RecordingBenchmark`.
    """

    scope = "end to end"
    pace = "as fast as possible"

    def __init__(
        self,
        *,
        seconds: float = 5.0,
        repetitions: int = 3,
        skip: tuple[str, ...] = (),
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self._seconds = seconds
        self._repetitions = repetitions
        self._skip = skip

    def run(self) -> dict[str, Any]:
        """Run all programs in rounds; report and skip those that are not available."""
        contestants: dict[str, Callable[[], dict[str, float]]] = {
            "ours": lambda: self.ours(self._options),
            "scheduled": lambda: self.ours({**self._options, "detect": {**self._options["detect"], **SCHEDULE}}),
        }
        absent: dict[str, str] = {}
        for name in FRAMES:
            if name in self._skip:
                absent[name] = "skipped"
                continue
            try:
                contestants[name] = self._loop(name)
            except MissingPart as error:
                absent[name] = str(error)
                print(f"{name} is skipped: {error}", file=sys.stderr)
        rounds: list[dict[str, dict[str, float]]] = []
        for _ in range(self._repetitions):
            rounds.append({})
            for name, play in list(contestants.items()):
                try:
                    rounds[-1][name] = play()
                except EmobotError as error:
                    if name in ("ours", "scheduled"):
                        raise
                    # it would fail again
                    absent[name] = str(error)
                    del contestants[name]
                    print(f"{name} is skipped: {error}", file=sys.stderr)
        measured = [name for name in contestants if all(name in round_ for round_ in rounds)]
        return {
            "clip": self.recording().name,
            "rounds": self._repetitions,
            "ratios": {name: ratio(rounds, name) if name in measured else None for name in FRAMES},
            "ratios_scheduled": {
                name: ratio(rounds, name, "scheduled") if name in measured else None for name in FRAMES
            },
            "cpu_ratios": {
                name: statistics.median(r[name]["cpu_ms"] / r["ours"]["cpu_ms"] for r in rounds)
                if name in measured
                else None
                for name in FRAMES
            },
            "fps": {name: plain(spread([r[name]["fps"] for r in rounds])) for name in measured},
            "cpu_ms": {name: plain(spread([r[name]["cpu_ms"] for r in rounds])) for name in measured},
            "faces_per_frame": {name: statistics.median(r[name]["faces"] for r in rounds) for name in measured},
            "what": WHAT,
            "absent": absent,
        }

    def ours(self, options: dict[str, dict[str, Any]]) -> dict[str, float]:
        """Measure the program itself: frames per second, CPU milliseconds and faces per frame."""
        with closing(Place()) as place, Running(played(self.recording(), 1, place, options, realtime=False)) as run:
            run.wait_for_frames("output.events", WARM_UP_FRAMES)
            window = run.window(self._seconds)
        frames = window.frames("output.events")
        return {
            "fps": frames / window.seconds,
            "cpu_ms": sum(window.cpu_s.values()) * 1e3 / frames,
            "faces": window.counts.total(names.FACES) / frames,
        }

    def _loop(self, name: str) -> Callable[[], dict[str, float]]:
        python = str(fer_python()) if name == "fer" else sys.executable
        script = {"reference_loop_no_drawing": "reference_loop.py"}.get(name, f"{name.removesuffix('_loop')}_loop.py")
        more = ["--no-drawing"] if name == "reference_loop_no_drawing" else []
        command = [python, str(HERE / script), str(self.recording()), str(FRAMES[name]), *more]

        def play() -> dict[str, float]:
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=LOOP_S, check=False)
                found = json.loads(done.stdout.strip().splitlines()[-1])
            except (subprocess.TimeoutExpired, json.JSONDecodeError, IndexError) as error:
                said = (getattr(error, "stderr", None) or done.stderr or str(error)).strip().splitlines()
                raise EmobotError(f"expected a result of {script}, found: {said[-1] if said else 'nothing'}") from error
            frames = found["frames"]
            return {
                "fps": frames / found["seconds"],
                "cpu_ms": found["cpu_s"] * 1e3 / frames,
                "faces": found["faces"] / frames,
            }

        return play

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per program."""
        head = (
            "program",
            "frames/s",
            "quartiles",
            "our speed-up",
            "scheduled speed-up",
            "CPU ms per frame",
            "faces per frame",
        )
        rows = []
        for name, fps in fields["fps"].items():
            factors = [fields[key].get(name) for key in ("ratios", "ratios_scheduled")]
            rows.append(
                (
                    TITLES[name],
                    digits(fps["median"]),
                    f"{digits(fps['low'])} to {digits(fps['high'])}",
                    *(f"{digits(factor)} x" if factor else "" for factor in factors),
                    digits(fields["cpu_ms"][name]["median"]),
                    f"{fields['faces_per_frame'][name]:.2f}",
                )
            )
        rows += [(TITLES[name], why, "", "", "", "", "") for name, why in fields["absent"].items()]
        return [head, *rows]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot frames per second, annotated with our speed-up."""
        axes = figure.subplots()
        names = list(fields["fps"])[::-1]
        values = [fields["fps"][name]["median"] for name in names]
        bars = axes.barh(
            [TITLES[name] for name in names], values, color=["C0" if n not in FRAMES else "0.6" for n in names]
        )
        labels = [
            f"{digits(v)}" + (f"  (ours {digits(fields['ratios'][n])} x)" if n in FRAMES else "")
            for n, v in zip(names, values, strict=True)
        ]
        axes.bar_label(bars, labels, padding=4)
        axes.set_xlim(right=max(values) * 1.4)
        axes.set_xlabel("frames per second")
        figure.suptitle(f"peers: the same recording ({fields['clip']}), alternating")


def ratio(rounds: Sequence[dict[str, dict[str, float]]], name: str, ours: str = "ours") -> float:
    """Return the ratio of our frames per second to theirs: the median of the rounds' ratios."""
    return statistics.median(r[ours]["fps"] / r[name]["fps"] for r in rounds)
