"""Processes recordings in a batch: each file without loss, its results moved into place when complete.

Several processes may share the files: each claims a file just before processing it, skips files claimed by others, and
finally waits for those, in case their process dies.
"""

import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from pipeline.batch.fetching import Cameras, Run, original, run_here
from pipeline.batch.interruption import interruptible
from pipeline.batch.ledger import RECORD, Entry, Ledger, write_whole
from pipeline.batch.places import missing
from pipeline.batch.results import Summary, keep_persons
from pipeline.batch.taking_over import take_over
from pipeline.batch.wanted import Wanted, camera_names, has_all, is_complete, summary_in
from pipeline.batch.workers import REPLACED, Claim, Settings, Worker
from pipeline.config.config import Config, parse_config
from pipeline.messages import Fault, Language
from pipeline.supervision.run import Outcome

POLL_S = 0.2
"""Seconds between polls of files that other processes work on."""
FULL_BYTES = 1_000_000
"""Free bytes below which a disk counts as full: the results of a recording without a video take as much."""
Display = Callable[[Cameras, dict[str, Entry]], None]
Finished = Callable[[Entry], None]

log = logging.getLogger("emobot")


class Batch:
    """A batch over some inputs.

    Args:
        config: Options of the stages.
        ledger: The ledger of the output folder.
        folder: The output folder.
        video: Whether to write annotated videos.
        pictures: Whether to keep small pictures of the moments when an expression changed most.
        jobs: Number of files processed in parallel.
        language: Language of the reports, and of labels in videos unless the config sets one.
        source: Options of every recording's `[camera.NAME]`, beside `source`.
        every_frame: Whether frames without a face have a row in the table.
        parquet: Whether to write the table as Parquet, too.
        journal: Whether an interrupted recording is continued, if it can be.
        run: Runs the recordings, by default on this machine.
        finished: Called with the entry of each input whose results are in place.
        keep: Called with old and new folder, to take over what others wrote before new results replace old ones.
    """

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        folder: Path,
        *,
        video: bool,
        pictures: bool,
        jobs: int,
        language: Language,
        source: Mapping[str, object] | None = None,
        every_frame: bool = False,
        parquet: bool = False,
        journal: bool = True,
        run: Run = run_here,
        finished: Finished = lambda entry: None,
        keep: Callable[[Path, Path], None] = lambda old, new: None,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._run_config = run
        self._finished = finished
        self._keep = keep
        self._folder = folder.absolute()
        self.wanted = Wanted(
            language, video=video, pictures=pictures, every_frame=every_frame, parquet=parquet, journal=journal
        )
        self._jobs = jobs
        self._source = dict(source or {})
        settings = [config.detect, config.emotion, config.overlay, config.stage, config.privacy]
        # what is not set has no part in it, so that results of before this option existed stay valid
        settings += [option for option in (self._source, every_frame) if option]
        settings += [{"landmarks": config.landmarks}] if config.landmarks is not None else []
        self.settings = sha256(msgspec.json.encode(settings, order="deterministic")).hexdigest()[:16]
        """Hash of the options that change results."""
        self._language = language
        wanted = msgspec.json.encode([self.settings, self.wanted.names])
        self.all_settings = Settings(options=sha256(wanted).hexdigest()[:16], language=language)
        """The same with the wanted files and the language, for other processes at work on this batch."""
        self._before: dict[str, tuple[str, int]] = {}
        """Status and claims of each input when this process began."""
        self._interrupted = False
        self.settled: set[str] = set()
        """Sources that this process has finished or found broken."""

    def is_done(self, entry: Entry) -> bool:
        """Return whether an input has all results, made with the options of this batch.

        Those of a damaged file are not made again while it is unchanged: they would be the same.
        """
        return (
            (entry.status == "done" or (entry.status == "failed" and entry.fault == "broken"))
            and entry.options == self.settings
            and has_all(self._folder / entry.directory, self.wanted.names)
        )

    def run(self, entries: Sequence[Entry], tick: Display) -> bool:
        """Process inputs; a file left incomplete by a crash is retried once, alone, so that it affects no other file.

        Args:
            entries: The inputs. Their results are in the ledger.
            tick: Called often with the cameras' figures and the inputs by camera name, for a progress display.

        Returns:
            False if a signal ended it.

        Raises:
            ConfigError: The stages cannot be set up, or another process works in the folder with other options.
        """
        self._before = {entry.source: (entry.status, entry.claims) for entry in entries}
        worker = self._ledger.join(self.all_settings)
        try:
            with interruptible(self._interrupt):
                self._process(worker, tick)
        finally:
            self._ledger.leave(worker)
        return not self._interrupted

    def _process(self, worker: Worker, tick: Display) -> None:
        unsettled, tried, waited_for = set(self._before), set[str](), set[str]()
        while not self._interrupted:
            left = [e for e in self._ledger.entries() if e.source in unsettled and not self._is_settled(e)]
            unsettled = {e.source for e in left}
            free = [e for e in left if e.worker == worker.name or not self._ledger.is_held(e)]
            fresh = [e for e in free if e.source not in tried]
            if fresh:
                tried |= self._attempt(fresh, worker, tick, last=False)
            elif free:
                self._attempt(free[:1], worker, tick, last=True)
            elif left:
                workers = {e.worker for e in left}
                if workers != waited_for:
                    log.warning("waiting for %d files claimed by %s", len(left), ", ".join(sorted(workers)))
                    waited_for = workers
                time.sleep(POLL_S)
            else:
                return

    def _is_settled(self, entry: Entry) -> bool:
        """Return whether an input is finished, by any process."""
        if entry.source in self.settled:
            return True
        if entry.status == "failed" and (entry.status, entry.claims) != self._before[entry.source]:
            return True  # another process has just retried it
        return self.is_done(entry) and self._ledger.is_current(entry)

    def _interrupt(self) -> None:
        self._interrupted = True

    def _attempt(self, entries: Sequence[Entry], worker: Worker, tick: Display, *, last: bool) -> set[str]:
        """Process inputs that no other process works on; return the sources of those that this process claimed."""
        names = camera_names(entries)
        refused: set[str] = set()

        def admit(node: str) -> bool:
            name = node.removeprefix("camera.")
            entry = self._ledger.claim(names[name].source, worker, self._is_settled)
            if entry is None:
                refused.add(names[name].source)
                return False
            names[name] = entry
            worker.note(name, self._claim(entry))
            return True

        def look(cameras: Cameras) -> None:
            self._collect(names, worker, cameras)
            tick(cameras, names)

        worker.empty()
        for name, entry in list(names.items()):
            if found := missing(entry.source):
                if admit(name):
                    self._fail(names[name], f"expected a file, found {found}: {entry.source}", "absent")
                del names[name]
        if not names:
            return {entry.source for entry in entries} - refused
        claims = {name: self._claim(entry) for name, entry in names.items()}
        begins_s = float(str(self._source.get("from_s", 0)))
        resumed = take_over(worker, claims, begins_s, resumes=self.wanted.resumes)
        outcome = self._run(names, worker, look, admit, resumed)
        self._interrupted |= outcome.interrupted
        self._collect(names, worker, lambda: outcome.cameras, ended=True)
        if last and not self._interrupted:
            for name in names:
                if names[name].source not in self.settled and admit(name):
                    self._fail(names[name], self._why_incomplete(worker), "crashed")
        return {entry.source for entry in entries} - refused

    def _why_incomplete(self, worker: Worker) -> str:
        free = shutil.disk_usage(worker.folder).free
        if free < FULL_BYTES:
            return f"expected room for the results, found {free / 1e6:.1f} MB free in {self._folder}"
        return "expected a complete result, found that a stage crashed on it twice; see the log"

    def _run(
        self,
        names: dict[str, Entry],
        worker: Worker,
        tick: Callable[[Cameras], None],
        admit: Callable[[str], bool | None],
        resumed: Mapping[str, dict[str, float]],
    ) -> Outcome:
        raw = {
            "camera": {
                name: {"source": entry.source, **self._source, **resumed.get(name, {})} for name, entry in names.items()
            },
            "output": self.wanted.outputs(worker.folder),
            "metrics": {"listen": ""},
        }
        tables = msgspec.structs.replace(
            parse_config(raw),
            detect=self._config.detect,
            landmarks=self._config.landmarks,
            emotion=self._config.emotion,
            overlay={"labels": self._language, **self._config.overlay},
            stage=self._config.stage,
            privacy=self._config.privacy,
            log=self._config.log,
            run=msgspec.structs.replace(self._config.run, jobs=self._jobs, attempts=1),
        )
        return self._run_config(tables, self.wanted.names, tick, admit)

    def _collect(self, names: dict[str, Entry], worker: Worker, cameras: Cameras, *, ended: bool = False) -> None:
        """Move complete results into place, and copy their figures into the ledger's entries."""
        for name, entry in names.items():
            work = worker.folder / name
            if entry.source in self.settled or entry.worker != worker.name or not (result := summary_in(work)):
                continue
            entry.frames_in, entry.frames_out = result.frames_in, result.frames_out
            complete = is_complete(work, result, self.wanted.names)
            # reading the counters of all processes takes 0.03 s, too long for each look
            for camera in cameras() if complete or ended else ():
                if camera.camera == name:
                    entry.seconds, entry.fps = round(camera.seconds, 3), round(camera.fps, 2)
            if complete:
                self.finish(entry, work, result)

    def _claim(self, entry: Entry) -> Claim:
        return Claim(source=entry.source, fingerprint=entry.fingerprint, options=self.settings)

    def finish(self, entry: Entry, work: Path, result: Summary) -> None:
        """Put the results of a file in place, and note in its entry whether it is done."""
        place, old = self._folder / entry.directory, work.parent / REPLACED / entry.directory
        if result.error or not result.frames_in:
            # the results of a damaged file's decodable part are kept, but its status is not `done`
            entry.error = (
                original(result.error or "", entry.source) or f"expected a video, found no frame in {entry.source}"
            )
            entry.status, entry.fault = "failed", result.fault if result.error else "format"
            entry.options = self.settings if result.frames_in else ""
        elif not self._ledger.is_current(entry) and not missing(entry.source):
            entry.error = f"expected a complete recording, found that it was still being written: {entry.source}"
            entry.status, entry.fault, entry.options = "failed", "broken", self.settings
        else:
            entry.status, entry.error, entry.fault, entry.options = "done", None, "", self.settings

        def move() -> None:
            if not result.frames_in:
                return
            write_whole(work / RECORD, entry)
            if place.exists():
                keep_persons(place, work)
                self._keep(place, work)
                # rename the old folder first, so that readers never find a mixture; after a kill here, it is put back
                old.parent.mkdir(exist_ok=True)
                place.rename(old)
            work.rename(place)

        self._ledger.settle(entry, move)
        self.settled.add(entry.source)
        self._finished(entry)
        shutil.rmtree(old.parent, ignore_errors=True)

    def _fail(self, entry: Entry, error: str, fault: Fault) -> None:
        entry.status, entry.error, entry.fault = "failed", error, fault
        self._ledger.settle(entry)
        self.settled.add(entry.source)
