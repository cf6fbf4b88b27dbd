"""Runs recordings, those that are URLs too: each is copied to this machine before it starts."""

import re
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from pipeline.batch.places import fault_of, file_system, is_url, path_of, reason
from pipeline.batch.results import SUMMARY, Summary, save_summary
from pipeline.batch.scratch import scratch
from pipeline.config.config import Config
from pipeline.config.graph import build_plan
from pipeline.errors import EmobotError
from pipeline.messages import Fault
from pipeline.metrics.camera_totals import CameraSummary, summarize
from pipeline.supervision.run import Outcome, run_plan

ATTEMPTS = 2
"""Attempts to copy a file; a connection may have ended since it was last used."""
FETCHED = "fetched"
"""Name of the folder of the copies."""
_COPY = re.compile(rf"\S*/{FETCHED}/\S*")
Cameras = Callable[[], Sequence[CameraSummary]]
"""Returns what each recording of a run has done so far."""
Tick = Callable[[Cameras], None]
Admit = Callable[[str], bool | None]
Ended = Callable[[str, bool], None]


class Run(Protocol):
    """Runs a config whose cameras are recordings, see `pipeline.supervision.run`."""

    def __call__(self, config: Config, wanted: Sequence[str], tick: Tick, admit: Admit) -> Outcome:
        """Run it to its end; `wanted` are the names of the result files."""


def run_here(
    config: Config, wanted: Sequence[str], tick: Tick, admit: Admit, ended: Ended = lambda name, failed: None
) -> Outcome:
    """Run recordings on this machine.

    Args:
        config: The recordings, and the output `table` for their results.
        wanted: Names of the result files; they follow from the outputs.
        tick: Called about ten times a second.
        admit: Called with a source's name; returns whether it starts, None for later.
        ended: Called with a source's name when it will not start again, and whether it failed.

    Raises:
        ConfigError: The stages cannot be set up.
    """
    sources = {f"camera.{name}": str(table["source"]) for name, table in config.camera.items()}
    # a file that has just vanished, or that this machine does not see, must not cost the others their plan
    urls = {name: source for name, source in sources.items() if is_url(source) or not Path(source).exists()}
    if not urls:
        return run_plan(build_plan(config), lambda folder: tick(lambda: summarize(folder)), admit=admit, ended=ended)
    with scratch() as folder:
        copies = Copies(folder / FETCHED, urls, admit, most=max(1, config.run.jobs))
        results = str(config.output["table"]["path"])

        def start(name: str) -> bool | None:
            if name not in urls:
                return admit(name)
            copy = copies.take(name)
            if isinstance(copy, Copy) and copy.error:
                work = Path(results.replace("{camera}", name.removeprefix("camera.")))
                _report(work, copy.error, copy.fault)
                return False
            return copy if copy is None else bool(copy)

        def end(name: str, failed: bool) -> None:
            copies.drop(name)
            ended(name, failed)

        def look(counters: Path) -> None:
            copies.go_ahead()
            tick(lambda: summarize(counters))

        places = {n: {**t, "source": copies.places.get(f"camera.{n}", t["source"])} for n, t in config.camera.items()}
        return run_plan(build_plan(replace(config, camera=places)), look, admit=start, ended=end)


def original(error: str, source: str) -> str:
    """Return an error with the name of a recording instead of that of its copy, but not at its beginning.

    Reports of the error begin with that name. Only an error about several files begins with their names.
    """
    renamed = _COPY.sub(lambda match: source, error)
    copy = _file_name(source) if is_url(source) else Path(source).name
    return renamed.removeprefix(f"{source}: ").removeprefix(f"{Path(source).name}: ").removeprefix(f"{copy}: ")


class Copy:
    """A recording on this machine; a thread copies it.

    Args:
        url: The recording; a path only if it was not there a moment ago.
        path: Where it is put.
    """

    def __init__(self, url: str, path: Path) -> None:
        self.done = False
        self.error = ""
        self.fault: Fault = ""
        self._thread = threading.Thread(target=self._fetch, args=(url, path), daemon=True, name=f"copy of {url}")
        self._thread.start()

    def _fetch(self, url: str, path: Path) -> None:
        for attempt in range(ATTEMPTS):
            try:
                partial = path.with_name(f"{path.name}.partial")
                if is_url(url):
                    files, place = file_system(url, again=attempt > 0)
                    files.get_file(place, str(partial))
                else:
                    shutil.copyfile(url, partial)
                partial.rename(path)
            except EmobotError as error:
                self.error, self.fault = str(error), "unreachable"
            except Exception as error:
                # foreign code
                self.error, self.fault = str(reason(url, error)), fault_of(url, error)
            else:
                self.error, self.fault = "", ""
            if self.fault != "unreachable":
                break
        self.done = True


class Copies:
    """The copies of a run: one is made ahead for each recording that is processed at once.

    Args:
        folder: Where they are put.
        urls: The recordings by name, in the order in which they start.
        admit: Returns whether a recording is processed, None for later.
        most: Copies that may wait for their use.
    """

    def __init__(self, folder: Path, urls: dict[str, str], admit: Admit, most: int) -> None:
        self._urls = urls
        self._admit = admit
        self._most = most
        self.places = {name: str(folder / name.partition(".")[2] / _file_name(url)) for name, url in urls.items()}
        """The path of each copy."""
        for place in map(Path, self.places.values()):
            place.parent.mkdir(parents=True)
            place.touch()  # a plan refuses files that are not there
        self._copies: dict[str, Copy] = {}
        self._unused: set[str] = set()
        # the supervisor starts the last one first
        self._ahead = list(urls)

    def take(self, name: str) -> "Copy | bool | None":
        """Return the copy of a recording that starts now; None if it starts later, False if it does not."""
        copy = self._copies.get(name)
        if copy is None:
            return self._begin(name) and None
        if not copy.done:
            return None
        self._unused.discard(name)
        return copy

    def go_ahead(self) -> None:
        """Make the next copies."""
        while self._ahead and len(self._unused) < self._most:
            if self._ahead[-1] in self._copies or self._begin(self._ahead[-1]) is not None:
                self._ahead.pop()
            else:
                return

    def drop(self, name: str) -> None:
        """Remove the copy of a recording that has ended."""
        if name in self.places:
            Path(self.places[name]).unlink(missing_ok=True)

    def _begin(self, name: str) -> bool | None:
        if len(self._unused) >= self._most:
            return None
        admitted = self._admit(name)
        if admitted:
            self._unused.add(name)
            self._copies[name] = Copy(self._urls[name], Path(self.places[name]))
        return admitted


def _file_name(url: str) -> str:
    return "recording" + re.sub(r"[^A-Za-z0-9.]", "", path_of(url).suffix)


def _report(work: Path, error: str, fault: Fault) -> None:
    """Write the summary of a recording that could not be copied."""
    work.mkdir(parents=True, exist_ok=True)
    nothing = {"frames_in": 0, "frames_out": 0, "duration_s": 0.0, "fps": 0.0, "width": 0, "height": 0, "faces": 0}
    summary = Summary(
        camera=work.name,
        status="failed",
        error=error,
        fault=fault,
        model="",
        seconds={},
        tracks=[],
        **nothing,  # type: ignore[arg-type]
    )
    save_summary(summary, work / SUMMARY)
