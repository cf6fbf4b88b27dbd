"""`boxes`: three boxes, six cameras and a broker in network namespaces; every event is counted."""

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta

from benchmarks.base import Fields
from benchmarks.boxes.accounts import FAILOVER_S, Deed, Terms, account
from benchmarks.boxes.cameras import FPS, recordings
from benchmarks.boxes.disturbances import DISTURBANCES
from benchmarks.boxes.network import Network
from benchmarks.boxes.site import Site, drops, options_of
from benchmarks.harness import digits
from benchmarks.settings import StagesBenchmark
from pipeline.errors import InputError

NAMES = ("a", "b", "c")
CAPACITY = 3
"""Most cameras of a box: two boxes just carry all six."""
WARM_UP_S = 8.0
"""Seconds before the first disturbance, in which the cameras' clocks become known."""
DELIVERY_S = 15.0
"""Seconds at the end in which events that wait in an output arrive."""
SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".gif")
Trial = Literal["kill", "freeze", "cut", "leases", "restart", "away", "drain", "add", "events"]


class Boxes(StagesBenchmark):
    """A fleet of real runs and RTSP cameras on a network of namespaces; a single box beside it counts.

    Args:
        cameras: Number of cameras.
        ttl_s: Ttl of the leases.
        seconds: Seconds of rest after each disturbance.
        trial: The disturbances, in this order.
        clips: Folder of recordings for the cameras, instead of generated ones.
        shared: Options of `StagesBenchmark`.

    Raises:
        InputError: The folder has no recordings.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(
        self,
        *,
        cameras: Annotated[tuple[Annotated[int, Meta(ge=1, le=6)], ...], Meta(min_length=1, max_length=1)] = (6,),
        ttl_s: Annotated[float, Meta(ge=1, le=60)] = 5.0,
        seconds: Annotated[float, Meta(ge=1)] = 4.0,
        trial: tuple[Trial, ...] = get_args(Trial),
        clips: Path | None = None,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self._count, self._ttl_s, self._rest_s, self._trial = cameras[0], ttl_s, seconds, trial
        self._clips = _found(clips) if clips else []

    def run(self) -> dict[str, Any]:
        """Disturb the fleet, then count."""
        # the namespaces would remain
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        files = self._clips or recordings(self._count + 1)
        files = [files[n % len(files)] for n in range(self._count + 1)]
        cameras = tuple(f"c{n}" for n in range(self._count))
        with (
            Network(NAMES) as network,
            Site(network, NAMES, files, self._count, self._ttl_s, CAPACITY, self._options) as site,
        ):
            site.until(lambda state: len(state.boxes) == len(NAMES), "all boxes are in the fleet")
            for camera in cameras:
                site.command("add", camera, *options_of(site.sources[camera]))
            placed_s = site.until_runs(cameras, NAMES)
            assert site.single
            site.single.until(lambda: all(site.heard(camera) for camera in cameras))
            print(f"all cameras run, {placed_s:.1f} s after the last was added", file=sys.stderr, flush=True)
            time.sleep(WARM_UP_S)
            from_s = time.time()
            deeds = [self._do(name, site, cameras) for name in self._trial]
            to_s = time.time() - 1.0
            time.sleep(DELIVERY_S)
            fleet, reference = site.stored(), list(site.reference)
            logs = {name: run.log().splitlines()[-100:] for name, run in site.boxes.items()}
            above = site.above_capacity
            dropped, alone = sum((drops(run) for run in site.boxes.values()), site.dropped), drops(site.single)
        terms = Terms(cameras=cameras, from_s=from_s, to_s=to_s, interval_s=1 / FPS, ttl_s=self._ttl_s)
        return {
            "ttl_s": self._ttl_s,
            "boxes": len(NAMES),
            "cameras": self._count,
            "capacity": CAPACITY,
            "clips": "of people" if self._clips else "generated",
            "seconds": round(to_s - from_s, 1),
            "placed_s": placed_s,
            "above_capacity": above,
            "dropped_by_boxes": dropped,
            "dropped_by_single_box": alone,
            **account(reference, fleet, deeds, terms),
            "logs": logs,
        }

    def _do(self, name: str, site: Site, cameras: tuple[str, ...]) -> Deed:
        deed = DISTURBANCES[name](site, cameras)
        time.sleep(self._rest_s)
        deed.ended_s = time.time()
        print(f"{deed.kind} {deed.box}: {deed.ended_s - deed.began_s:.1f} s", file=sys.stderr, flush=True)
        return deed

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per disturbance, then the accounts."""
        rows: list[Sequence[str]] = [("", "cameras", "longest away, s", "events lost", "too late")]
        for deed in fields["deeds"]:
            away = max(deed["away_s"].values(), default=0.0)
            rows.append((deed["kind"], str(deed["cameras"]), digits(away), str(deed["lost"]), str(deed["late"])))
        counts = ("expected", "arrived", "lost_in_failovers", "lost_otherwise", "duplicate_ids")
        for key in (*counts, "frames_from_two_boxes", "missing_in_sequences", "above_capacity"):
            rows.append((key.replace("_", " "), "", "", str(fields[key]), ""))
        for key in ("dropped_by_boxes", "dropped_by_single_box"):
            rows.append((key.replace("_", " "), "", "", str(sum(fields[key].values())), ""))
        rows.append(("longest on two boxes, s", "", digits(fields["overlap_s"]), "", ""))
        return rows

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot for how long each camera was away."""
        axes = figure.subplots()
        kinds = [deed["kind"] for deed in fields["deeds"]]
        for place, deed in enumerate(fields["deeds"]):
            away = list(deed["away_s"].values())
            axes.plot(away, [place] * len(away), "o", color="tab:blue")
        axes.set_yticks(range(len(kinds)), kinds)
        axes.invert_yaxis()
        axes.axvline(fields["ttl_s"] + FAILOVER_S, color="0.6", linestyle="--")
        axes.set_xlim(left=0)
        axes.set_xlabel("seconds without events of a camera (dashed: ttl + 5 s)")
        lost = fields["lost_otherwise"]
        figure.suptitle(f"boxes: {fields['expected']} events, {lost} lost outside of failovers")


def _found(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES) if folder.is_dir() else []
    if not files:
        raise InputError(f"expected a folder of recordings, found none in {folder}")
    return files
