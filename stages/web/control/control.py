"""Changes to the run that are asked for over the network: by the settings page and by `/api`."""

from collections.abc import Mapping
from typing import Any

from pipeline.supervision.changes import Change, Tables
from stages.web.access.policy import STAGE_OPTIONS, Refused, check_camera, check_name, check_stage
from stages.web.control.run import Run

Keys = Mapping[str, Any]


class Control:
    """Makes changes; every method blocks until the run has answered, and may be called from any thread.

    All of them raise `ConfigError` where the run refuses, its subclass `Refused` where the network may not ask for it,
    and `InputError` where the run does not answer.

    Args:
        run: The run.
        any_source: Allow every source of pictures, files and fragments of GStreamer too.
    """

    def __init__(self, run: Run, any_source: bool) -> None:
        self.run = run
        self._any_source = any_source

    def camera(self, name: str) -> dict[str, Any]:
        """Return a camera's table."""
        return _known(self.run.ask(), name)

    def add(self, name: str, keys: Keys, save: bool) -> None:
        """Add a camera."""
        check_name(name)
        _check_new(self.run.ask(), name)
        wanted = check_camera(keys, {}, self._any_source)
        if "source" not in wanted:
            raise Refused("no_source", "source: expected text, found nothing", 422)
        self._change(f"camera.{name}", wanted, save)

    def set_camera(self, name: str, keys: Keys, save: bool, whole: bool = False) -> None:
        """Change a camera's keys; one that is None is removed, and where they are the whole table every other one."""
        before = self.camera(name)
        keys = {**dict.fromkeys(before), **keys} if whole else keys
        self._change(f"camera.{name}", check_camera(keys, before, self._any_source), save)

    def rename(self, name: str, new: str, save: bool) -> None:
        """Call a camera by another name: it is added under it, then removed, so people in it are new ones."""
        check_name(new)
        tables = self.run.ask()
        keys = _known(tables, name)
        if new == name:
            return
        _check_new(tables, new)
        # never without a camera in between: a run whose last one has gone ends
        self._change(f"camera.{new}", keys, save, like=f"camera.{name}")
        self._change(f"camera.{name}", None, save)

    def remove(self, name: str, save: bool) -> None:
        """Remove a camera."""
        tables = self.run.ask()
        _known(tables, name)
        if len(tables.config["camera"]) == 1:
            raise Refused("last", f"expected another camera beside {name}, found none", 409, name)
        self._change(f"camera.{name}", None, save)

    def set_stage(self, table: str, keys: Keys, save: bool) -> None:
        """Change options of `detect`, `emotion` or `overlay`; one that is None gets its default."""
        check_stage(table, keys)
        self._change(table, keys, save)

    def _change(self, table: str, keys: Keys | None, save: bool, like: str = "") -> None:
        self.run.ask(Change(table=table, keys=None if keys is None else dict(keys), save=save, like=like))


def stage_values(tables: Tables) -> dict[str, dict[str, Any]]:
    """Return what can be changed of each stage, with its present value."""
    return {
        table: {
            key: tables.config[table].get(key, tables.defaults[table][key])
            for key in keys
            if key in tables.defaults[table]
        }
        for table, keys in STAGE_OPTIONS.items()
    }


def _known(tables: Tables, name: str) -> dict[str, Any]:
    cameras: dict[str, dict[str, Any]] = tables.config["camera"]
    if name not in cameras:
        expected = ", ".join(cameras) or "no camera"
        raise Refused("gone", f"expected one of {expected}, found {name[:40]!r}", 404, name[:40])
    return cameras[name]


def _check_new(tables: Tables, name: str) -> None:
    if name in tables.config["camera"]:
        raise Refused("taken", f"name: expected a new one, found {name}, which there is already", 409, name)
