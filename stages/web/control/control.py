"""Changes to the run over the network: from the settings page and `/api`."""

from collections.abc import Mapping
from typing import Any

from pipeline.supervision.changes import Change, Tables
from stages.web.access.policy import STAGE_OPTIONS, Refused, check_camera, check_name, check_stage
from stages.web.control.run import Run
from stages.web.control.trial import Trial, try_camera

Keys = Mapping[str, Any]
UNTRIED = ("enabled", "zones", "group", "position")
"""Keys of a camera's table that do not concern its source."""


class Control:
    """Makes changes; every method blocks until the run has answered, and may be called from any thread.

    All of them raise `ConfigError` if the run refuses the change, its subclass `Refused` if it is not allowed over the
    network, and `InputError` if the run does not answer.

    Args:
        run: The run.
        any_source: Allow every source, including files and GStreamer fragments.
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
        """Change a camera's keys; a key of None is removed, and with `whole` every other one too."""
        before = self.camera(name)
        keys = {**dict.fromkeys(before), **keys} if whole else keys
        self._change(f"camera.{name}", check_camera(keys, before, self._any_source), save)

    def set_zones(self, name: str, zones: Keys, before: Keys, save: bool) -> Keys:
        """Replace all zones of a camera, unless they are others than those that were shown; return them.

        Args:
            name: The camera.
            zones: Its new zones.
            before: Those from which they were drawn.
            save: Also write them into the config file.

        Raises:
            Refused: Someone else has changed them meanwhile.
        """
        if (self.camera(name).get("zones") or {}) != before:
            raise Refused("redrawn", "zones: expected those that were shown, found others: read them again", 409, name)
        self.set_camera(name, {"zones": dict(zones) or None}, save)
        return self.camera(name).get("zones") or {}

    def try_out(self, name: str, keys: Keys) -> Trial:
        """Open a camera's source once, apart from the run; its frame is left out if faces are to be blurred.

        Args:
            name: The camera whose keys these replace; empty for a new one.
            keys: Keys of its table; None removes one.
        """
        tables = self.run.ask()
        before = _known(tables, name) if name else {}
        table = {**before, **check_camera(keys, before, self._any_source)}
        if not table.get("source") and "use" not in table:
            raise Refused("no_source", "source: expected text, found nothing", 422)
        drawn = stage_values(tables).get("overlay", {})
        wanted = {key: value for key, value in table.items() if value is not None and key not in UNTRIED}
        return try_camera(wanted, picture=not drawn.get("blur_faces"), notice=str(drawn.get("notice", "")))

    def rename(self, name: str, new: str, save: bool, keys: Keys | None = None) -> None:
        """Rename a camera, so people get new numbers, and change its keys; all of it, or nothing if it is refused."""
        check_name(new)
        tables = self.run.ask()
        before = _known(tables, name)
        wanted = check_camera(keys or {}, before, self._any_source)
        if new == name:
            if wanted:
                self._change(f"camera.{name}", wanted, save)
            return
        _check_new(tables, new)
        self._change(f"camera.{new}", before | wanted, save, instead=f"camera.{name}")

    def remove(self, name: str, save: bool) -> None:
        """Remove a camera."""
        tables = self.run.ask()
        _known(tables, name)
        if len(tables.config["camera"]) == 1:
            raise Refused("last", f"expected another camera than {name}, found none", 409, name)
        self._change(f"camera.{name}", None, save)

    def set_stage(self, table: str, keys: Keys, save: bool) -> None:
        """Change options of `detect`, `landmarks`, `emotion` or `overlay`; None restores an option's default."""
        check_stage(table, keys)
        self._change(table, keys, save)

    def _change(self, table: str, keys: Keys | None, save: bool, instead: str = "") -> None:
        self.run.ask(Change(table=table, keys=None if keys is None else dict(keys), save=save, instead=instead))


def stage_values(tables: Tables) -> dict[str, dict[str, Any]]:
    """Return the changeable options of each stage of the run, with their current values."""
    return {
        table: {
            key: tables.config[table].get(key, tables.defaults[table][key])
            for key in keys
            if key in tables.defaults[table]
        }
        for table, keys in STAGE_OPTIONS.items()
        if table in tables.defaults
    }


def _known(tables: Tables, name: str) -> dict[str, Any]:
    cameras: dict[str, dict[str, Any]] = tables.config["camera"]
    if name not in cameras:
        expected = ", ".join(cameras) or "no camera"
        raise Refused("gone", f"expected one of {expected}, found {name[:40]!r}", 404, name[:40])
    return cameras[name]


def _check_new(tables: Tables, name: str) -> None:
    if name in tables.config["camera"]:
        raise Refused("taken", f"name: expected a new one, found {name}, which exists already", 409, name)
