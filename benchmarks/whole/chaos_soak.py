"""`soak --chaos`: is anything lost when processes are killed, frozen and reconfigured at random?"""

import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from benchmarks.base import Fields
from benchmarks.cameras import Place
from benchmarks.harness import quantiles
from benchmarks.running import Running
from benchmarks.settings import StagesBenchmark
from benchmarks.whole.arrivals import ArrivalsReader
from benchmarks.whole.chaos import HANG_S, Chaos, Done, Servers, left_behind, tables
from benchmarks.whole.deeds import draw
from benchmarks.whole.listener import Listener
from benchmarks.whole.losses import PATHS, find_gaps, out_of_order, settle, unfinished, unobserved
from benchmarks.whole.soak import footprint, growth
from pipeline.metrics import names

CAMERAS = 8
PER_SERVER = 4
"""Cameras per network camera; the others are demo cameras."""
WARM_UP_FRAMES = 15


class ChaosSoak(StagesBenchmark):
    """Live cameras with a fault injected every few seconds; every frame is accounted for.

    Args:
        cameras: Number of cameras; exactly one value.
        minutes: Duration in minutes.
        seed: Random seed of the faults and their targets; the same seed gives the same sequence.
        shared: Options of `StagesBenchmark`.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(
        self, *, cameras: tuple[int, ...] = (CAMERAS,), minutes: float = 15.0, seed: int = 0, **shared: Any
    ) -> None:
        super().__init__(**shared)
        self._cameras = cameras[0]
        self._minutes = minutes
        self._seed = seed

    def run(self) -> dict[str, Any]:
        """Inject the faults one by one, then account for all frames."""
        names = tuple(f"c{n}" for n in range(self._cameras))
        samples: list[dict[str, Any]] = []
        with closing(Place()) as place, closing(Servers(self._cameras // PER_SERVER)) as servers:
            config = tables(self._cameras, servers, place, self._options)
            frames, pictures = ArrivalsReader(place.path / "frames"), ArrivalsReader(place.path / "pictures")
            with Listener(place.events) as heard:
                run = Running(config)
                chaos = Chaos(run, servers, names, heard, pictures)
                with left_behind(run) as left, run:
                    run.until(lambda: heard.newest.keys() >= set(names))
                    run.wait_for_frames("output.pictures", WARM_UP_FRAMES, self._cameras)
                    chaos.mark()
                    done = self._do(chaos, draw(self._seed, names, len(servers.ports)), samples)
                    chaos.mark()
                    restarts = _restarts(run)
                    log = run.log()
            frames.read()
            pictures.read()
            return {
                "cameras": self._cameras,
                "minutes": self._minutes,
                "seed": self._seed,
                "hang_s": HANG_S,
                "deeds": [_plain(one) for one in done],
                "recovery": recovery(done),
                **_accounts(chaos, frames, pictures),
                "growth": growth([sample["total_mb"] for sample in samples]),
                "descriptors_growth": growth([sample["descriptors"] for sample in samples]),
                "shared_growth": growth([sample["shared_mb"] for sample in samples]),
                "marks": [[mark.at_ns, {"/".join(k): n for k, n in mark.dropped.items()}] for mark in chaos.marks],
                "harms": [asdict(harm) for harm in chaos.harms],
                "restarts_without_a_reason": sum((restarts - chaos.kills).values()),
                "problems": [f"{one.deed}: {one.problem}" for one in done if one.problem],
                "exit_code": run.code,
                "left_behind": left,
                "looks": samples,
                "log": log.splitlines()[-200:],
            }

    def _do(self, chaos: Chaos, deeds: Any, samples: list[dict[str, Any]]) -> list[Done]:
        done: list[Done] = []
        start_s = time.monotonic()
        while not done or time.monotonic() < start_s + self._minutes * 60:
            done.append(chaos.do(next(deeds), start_s))
            samples.append({"at_s": time.monotonic() - start_s, **footprint(chaos.run)})
            one = done[-1]
            said = f"{one.at_s:.0f} s: {one.deed}: {one.recovery_s:.2f} s {one.problem}"
            print(said.rstrip(), file=sys.stderr)
        return done

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return the recovery times of each kind of fault, and the losses."""
        rows: list[Sequence[str]] = [("", "times", "median", "p95", "longest")]
        for kind, row in fields["recovery"].items():
            seconds = (f"{row[key]:.2f} s" for key in ("median_s", "p95_s", "longest_s"))
            rows.append((kind, str(row["times"]), *seconds))
        for path, account in fields["accounts"].items():
            of = f"of {account['arrived'] + account['missing']}"
            rows.append((f"{path} lost without explanation", str(account["lost"]), of, "", ""))
            cells = (f"{account['own']} of an affected process", f"{account['dropped']} dropped and counted")
            rows.append((f"{path} missing", str(account["missing"]), *cells, ""))
        for key in ("out_of_order", "restarts_without_a_reason"):
            rows.append((key.replace("_", " "), str(fields[key]), "", "", ""))
        rows.append(("ends that did not arrive", str(len(fields["unfinished"])), "", "", ""))
        rows.append(("problems", str(len(fields["problems"])), "", "", ""))
        rows.append(("left behind", str(len(fields["left_behind"])), "", "", ""))
        for key in ("growth", "descriptors_growth", "shared_growth"):
            rows.append((key.replace("_", " "), f"{fields[key]:+.1%}", "", "", ""))
        return rows

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot recoveries and memory over time."""
        upper, lower = figure.subplots(2, 1, sharex=True)
        kinds: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for deed in fields["deeds"]:
            kinds[deed["kind"]].append((deed["at_s"] / 60, deed["excess_s"]))
        for kind, points in kinds.items():
            upper.plot(*zip(*points, strict=True), "o", markersize=4, label=kind)
        upper.set_ylim(bottom=0)
        upper.set_ylabel("recovery, s")
        upper.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
        samples = fields["looks"]
        lower.plot([sample["at_s"] / 60 for sample in samples], [sample["total_mb"] for sample in samples], color="k")
        lower.set_ylim(bottom=0)
        lower.set_ylabel("private memory, MB")
        lower.set_xlabel("minutes")
        lost = sum(account["lost"] for account in fields["accounts"].values())
        figure.suptitle(f"chaos: {fields['cameras']} live cameras, {len(fields['deeds'])} deeds, {lost} lost")


def recovery(done: Sequence[Done]) -> dict[str, dict[str, Any]]:
    """Return count, median, 95th percentile and longest recovery in seconds, by kind of fault.

    A freeze counts from the moment the process may be replaced; `all` covers every process killed or frozen.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for one in done:
        if one.deed.kind == "mistake":
            continue
        harmed = one.deed.kind in ("kill", "freeze") or one.deed.whom
        kind = "kill during set" if one.deed.kind == "set" and one.deed.whom else str(one.deed.kind)
        if any(name.startswith("server.") for name in one.deed.whom):
            kind += ", network camera"
        found[kind].append(one.excess_s if harmed else one.recovery_s)
        if harmed:
            found["all that was killed or frozen"].append(one.excess_s)
    return {
        kind: {
            "times": len(values),
            "median_s": statistics.median(values),
            "p95_s": quantiles(values, (0.95,))[0],
            "longest_s": max(values),
        }
        for kind, values in sorted(found.items())
    }


def _accounts(chaos: Chaos, frames: ArrivalsReader, pictures: ArrivalsReader) -> dict[str, Any]:
    gaps = {
        "frames": find_gaps(frames.all),
        "pictures": find_gaps(pictures.all),
        "events": unobserved(frames.all, chaos.listener.observed) + chaos.listener.gaps,
    }
    arrived = Counter(one.camera for one in frames.all)
    counts = {"frames": arrived, "pictures": Counter(one.camera for one in pictures.all), "events": arrived}
    return {
        "accounts": {path: asdict(settle(path, counts[path], gaps[path], chaos.harms, chaos.marks)) for path in PATHS},
        "events_heard": chaos.listener.events,
        "out_of_order": out_of_order(frames.all) + out_of_order(pictures.all),
        "unfinished": unfinished(frames.all, chaos.told),
    }


def _plain(one: Done) -> dict[str, Any]:
    return {**asdict(one.deed), "at_s": one.at_s, "recovery_s": one.recovery_s, "excess_s": one.excess_s}


def _restarts(run: Running) -> Counter[str]:
    found = run.counts().by(names.RESTARTS, "stage")
    return Counter({stage: round(count) for stage, count in found.items()})
