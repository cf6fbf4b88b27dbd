"""Recordings in batch: every file through the pipeline, lossless, its results moved into place when complete."""

import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Config, parse_config
from pipeline.graph import build_plan
from pipeline.ledger import Entry, Ledger, camera_names
from pipeline.messages import Fault, Language
from pipeline.results import PICTURES, SUMMARY, TABLE, TIMELINE, VIDEO, Summary
from pipeline.run import Outcome, run_plan

WORK = ".partial"
"""Folder inside the output folder for results on their way."""


class Batch:
    """A batch over some inputs.

    Args:
        config: Where the options of the stages come from.
        ledger: The ledger of the output folder.
        folder: The output folder.
        video: Whether to write annotated videos.
        pictures: Whether to keep small pictures of the moments at which somebody's expression changed most.
        jobs: How many files are read at once.
        language: Of what is written for people; of the labels in the videos only where the config names none.
        started_at: When the recordings began, UNIX seconds; 0 takes what each file says.
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
        started_at: float = 0.0,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._folder = folder.absolute()
        self._wanted = [TABLE, SUMMARY, TIMELINE]
        self._outputs: dict[str, dict[str, Any]] = {
            "table": {"kind": "table", "path": "{folder}", "language": language}
        }
        if video:
            self._wanted.append(VIDEO)
            self._outputs["video"] = {"kind": "file", "path": f"{{folder}}/{VIDEO}"}
        if pictures:
            self._wanted.append(PICTURES)
            self._outputs["moments"] = {"kind": "moments", "path": "{folder}"}
        self._jobs = jobs
        self._source = {"started_at": started_at} if started_at else {}
        told = (config.detect, config.emotion, config.overlay, config.stage, config.privacy, *self._source.values())
        self._told = sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:16]
        self._language = language

    def is_done(self, entry: Entry) -> bool:
        """Return whether an input's results are all there, made with the options of this batch."""
        return entry.status == "done" and entry.options == self._told and self._has_all(self._folder / entry.directory)

    def run(self, entries: Sequence[Entry], tick: Callable[[Path, dict[str, Entry]], None]) -> bool:
        """Process inputs; what a crash left incomplete is tried once more, alone, so that one file costs no other.

        Args:
            entries: The inputs, their `status` is changed.
            tick: Called often with the counters' folder and the inputs by camera name, for a progress display.

        Returns:
            False if a signal ended it.

        Raises:
            ConfigError: The stages cannot be set up.
        """
        waiting = []
        for entry in entries:
            entry.status = "waiting"
            if not Path(entry.source).is_file():
                self._fail(entry, f"expected a file, found nothing: {entry.source}", "absent")
            else:
                waiting.append(entry)
        attempts = [waiting] if waiting else []
        attempts += [[entry] for entry in waiting]
        try:
            for attempt, group in enumerate(attempts):
                group = [entry for entry in group if entry.status == "waiting"]
                if group and not self._attempt(group, tick, last=attempt > 0):
                    return False
        finally:
            shutil.rmtree(self._folder / WORK, ignore_errors=True)
            self._ledger.save()
        return True

    def _attempt(self, entries: Sequence[Entry], tick: Callable[[Path, dict[str, Entry]], None], *, last: bool) -> bool:
        shutil.rmtree(self._folder / WORK, ignore_errors=True)
        names = camera_names(entries)

        def look(counters: Path) -> None:
            self._collect(names)
            tick(counters, names)

        outcome = self._run(names, look)
        self._collect(names)
        for camera in outcome.cameras:
            names[camera.camera].seconds = round(camera.seconds, 3)
            names[camera.camera].fps = round(camera.fps, 2)
        for entry in entries:
            if entry.status == "waiting" and last:
                self._fail(
                    entry, "expected a complete result, found that a stage crashed on it twice; see the log", "crashed"
                )
        self._ledger.save()
        return not outcome.interrupted

    def _run(self, names: dict[str, Entry], tick: Callable[[Path], None]) -> Outcome:
        work = str(self._folder / WORK / "{camera}")
        raw = {
            "camera": {name: {"source": entry.source, **self._source} for name, entry in names.items()},
            "output": {
                name: {**table, "path": table["path"].replace("{folder}", work)}
                for name, table in self._outputs.items()
            },
            "metrics": {"listen": ""},
        }
        tables = msgspec.structs.replace(
            parse_config(raw),
            detect=self._config.detect,
            emotion=self._config.emotion,
            overlay={"labels": self._language, **self._config.overlay},
            stage=self._config.stage,
            privacy=self._config.privacy,
            log=self._config.log,
            run=msgspec.structs.replace(self._config.run, jobs=self._jobs, attempts=1),
        )
        return run_plan(build_plan(tables), tick)

    def _collect(self, names: dict[str, Entry]) -> None:
        """Move complete results into place, and note what they say."""
        for name, entry in names.items():
            work = self._folder / WORK / name
            if entry.status != "waiting" or not (work / SUMMARY).exists():
                continue
            result = msgspec.json.decode((work / SUMMARY).read_bytes(), type=Summary)
            entry.frames_in, entry.frames_out = result.frames_in, result.frames_out
            # of an input without a picture there is nothing else
            if (self._has_all(work) or not result.frames_in) and result.frames_in == result.frames_out:
                self._finish(entry, work, result)

    def _has_all(self, folder: Path) -> bool:
        return all((folder / name).exists() for name in self._wanted)

    def _finish(self, entry: Entry, work: Path, result: Summary) -> None:
        place = self._folder / entry.directory
        if result.frames_in:
            shutil.rmtree(place, ignore_errors=True)
            work.rename(place)
        if result.error or not result.frames_in:
            # what could be decoded of a damaged file is kept, but it is not done
            error = result.error or f"expected a video, found no picture in {entry.source}"
            self._fail(entry, error, result.fault if result.error else "format")
        else:
            entry.status, entry.error, entry.fault, entry.options = "done", None, "", self._told
        self._ledger.save()

    def _fail(self, entry: Entry, error: str, fault: Fault) -> None:
        entry.status, entry.error, entry.fault = "failed", error, fault
