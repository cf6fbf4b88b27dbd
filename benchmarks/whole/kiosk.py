"""`kiosk`: does the page on a wall grow while it stays open?"""

import shutil
import socket
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any

from benchmarks.base import Benchmark, Fields
from benchmarks.running import Running
from pipeline.errors import MissingPart

CAMERAS = 12
EVERY_S = 30.0
"""Seconds between two samples."""
SHOWN, TURN_S = 4, 5.0
"""Cameras on the screen at a time, and seconds until the next ones."""
CAMERA = {"source": "demo", "width": 320, "height": 240, "fps": 2.0}
"""Every camera: small and slow, since the page is measured, not the analysis."""
SETTLED = 0.25
"""Fraction of the samples at the start that are not judged: caches fill."""
LIMITS = {"heap_mb": 1.0, "nodes": 100.0, "listeners": 50.0, "server_mb": 8.0}
"""Growth over the judged samples above which a quantity counts as growing."""


class Kiosk(Benchmark):
    """The wall with all cameras in turns, in Chromium; its memory, and that of the server.

    Args:
        cameras: Number of cameras; exactly one value.
        minutes: Duration in minutes.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(self, *, cameras: tuple[int, ...] = (CAMERAS,), minutes: float = 60.0) -> None:
        self._cameras = cameras[0]
        self._minutes = minutes

    def run(self) -> dict[str, Any]:
        """Take a sample every half minute."""
        port = _free_port()
        tables = {
            "camera": {f"camera-{number:02}": {**CAMERA, "seed": number} for number in range(self._cameras)},
            "output": {"page": {"kind": "web", "port": port, "uploads": False}},
        }
        samples: list[dict[str, float]] = []
        with Running(tables) as run:
            run.wait_for_frames("camera.", 2, self._cameras)
            with _wall(f"http://127.0.0.1:{port}/wall?show={SHOWN}&every={TURN_S:g}") as look:
                begun = time.monotonic()
                every_s = min(EVERY_S, self._minutes * 60 / 8)
                while time.monotonic() - begun < self._minutes * 60:
                    run.window(every_s)
                    server = next(process for name, process in run.processes() if name.startswith("output.page"))
                    server_mb = server.memory_full_info().uss / 2**20
                    samples.append({"at_s": time.monotonic() - begun, **look(), "server_mb": server_mb})
                    print({name: round(value, 1) for name, value in samples[-1].items()}, file=sys.stderr)
        judged = samples[round(SETTLED * len(samples)) :]
        growth = {name: slope([(one["at_s"], one[name]) for one in judged]) * 3600 for name in LIMITS}
        lasted_h = (judged[-1]["at_s"] - judged[0]["at_s"]) / 3600
        return {
            "cameras": self._cameras,
            "minutes": self._minutes,
            "growth_per_hour": growth,
            "growing": [name for name, limit in LIMITS.items() if growth[name] * lasted_h > limit],
            "looks": samples,
        }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return the first and the last sample, the slope, and what it means."""
        samples = fields["looks"]
        rows: list[Sequence[str]] = [("", "first sample", "last sample", "growth per hour", "")]
        for name in LIMITS:
            said = "growing" if name in fields["growing"] else "flat"
            values = samples[0][name], samples[-1][name], fields["growth_per_hour"][name]
            rows.append((name, f"{values[0]:.1f}", f"{values[1]:.1f}", f"{values[2]:+.1f}", said))
        pictures = samples[-1]["pictures"]
        rows.append(("frames drawn", f"{samples[0]['pictures']:.0f}", f"{pictures:.0f}", "", ""))
        return rows

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot each quantity over time."""
        samples = fields["looks"]
        for axes, name in zip(figure.subplots(len(LIMITS), 1, sharex=True), LIMITS, strict=True):
            axes.plot([one["at_s"] / 60 for one in samples], [one[name] for one in samples])
            axes.set_ylabel(name, fontsize=7)
            axes.set_ylim(bottom=0)
        axes.set_xlabel("minutes")
        figure.suptitle(f"kiosk: {fields['cameras']} cameras on a wall; growing: {fields['growing'] or 'nothing'}")


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median slope of all pairs of points (Theil and Sen): single outliers do not move it."""
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in combinations(points, 2) if x1 > x0]
    return statistics.median(slopes) if slopes else 0.0


@contextmanager
def _wall(address: str) -> Iterator[Any]:
    """Open an address in Chromium; yield what measures the page, after its garbage was collected."""
    browser_path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MissingPart("expected the package playwright, found none") from error
    if not browser_path:
        raise MissingPart("expected chromium, found none (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(address)
        page.locator("canvas[data-pictures]").first.wait_for(timeout=120_000)
        session = page.context.new_cdp_session(page)

        def look() -> dict[str, float]:
            session.send("HeapProfiler.collectGarbage")
            counters = session.send("Memory.getDOMCounters")
            drawn = "[...document.querySelectorAll('canvas')].reduce((n, c) => n + Number(c.dataset.pictures ?? 0), 0)"
            return {
                "heap_mb": session.send("Runtime.getHeapUsage")["usedSize"] / 2**20,
                "nodes": counters["nodes"],
                "listeners": counters["jsEventListeners"],
                "pictures": page.evaluate(drawn),
            }

        try:
            yield look
        finally:
            browser.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
