"""The run's cameras: their state and actions on them."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.redaction import redact
from pipeline.supervision.changes import Tables
from stages.web.live.board import Now
from stages.web.pages.layout import Tag
from stages.web.pages.parts import Reason
from stages.web.pages.settings.desk import SUBMITTED, Desk, Outcome
from stages.web.pages.settings.edit_camera import TURNS, EditCamera, add_turns
from stages.web.pages.settings.try_out import TryOut
from stages.web.visitor import Reader

NAME_PATTERN = "[A-Za-z0-9_\\-]{1,40}"


class CameraList:
    """A row for each camera, updated in place.

    Args:
        desk: The page.
        now: Returns a camera's state; None before its first message.
    """

    def __init__(self, desk: Desk, now: Callable[[str], Now | None]) -> None:
        self._desk, self._now = desk, now
        self._rows: dict[str, _Row] = {}
        with Tag("section", "card wide", aria_labelledby="cameras"):
            Tag("h2", text=desk.reader("cameras"), id="cameras")
            self._list = Tag("ul", "cameras")
            self.outcome = Outcome(desk.reader)
        self._name = ""
        self._removal = _Dialog(desk, "remove", "remove_it", self._remove)
        self._renaming = _Dialog(desk, "rename", "rename", self._rename, asks_name=True)
        self._editing = EditCamera(desk, self.outcome)
        self._tables: dict[str, dict[str, Any]] = {}
        self._groups: list[str] = []
        self._known = Tag("datalist", id="groups")

    def show(self, tables: Tables) -> None:
        """Update the rows."""
        cameras = self._tables = tables.config["camera"]
        groups = sorted({str(keys["group"]) for keys in cameras.values() if keys.get("group")})
        if groups != self._groups:
            self._groups = groups
            self._known.clear()
            with self._known:
                for group in groups:
                    Tag("option", value=group)
        for gone in self._rows.keys() - cameras.keys():
            self._rows.pop(gone).element.delete()
        for name, keys in cameras.items():
            if name not in self._rows:
                with self._list:
                    self._rows[name] = _Row(self, self._desk, name)
            now = self._now(name)
            process = tables.states[name]
            state = now.state if now and process == "runs" else process
            reason = self._desk.reader.fault(now.fault, redact(now.error)) if now and process == "runs" else ("",)
            self._rows[name].show(state, redact(str(keys.get("source", keys.get("use", "")))), *reason)

    def ask_to_remove(self, name: str) -> None:
        """Ask whether to remove a camera."""
        self._name = name
        self._removal.open(name)

    def ask_for_name(self, name: str) -> None:
        """Ask for the new name of a camera."""
        self._name = name
        self._renaming.open(name)

    def ask_for_options(self, name: str) -> None:
        """Ask for the new address, size and rate of a camera."""
        self._editing.open(name, self._tables.get(name, {}))

    async def _remove(self, values: dict[str, Any]) -> None:
        name, desk = self._name, self._desk
        await desk.act(lambda: desk.control.remove(name, desk.keep), self.outcome)

    async def _rename(self, values: dict[str, Any]) -> None:
        name, desk = self._name, self._desk
        await desk.act(lambda: desk.control.rename(name, str(values.get("name", "")), desk.keep), self.outcome)


class _Row:
    def __init__(self, cameras: CameraList, desk: Desk, name: str) -> None:
        reader = self._reader = desk.reader
        self._name = name
        self._paused = False
        with Tag("li") as self.element:
            Tag("h3", "name", name)
            self._state = Tag("span", "state")
            with Tag("div", "source"):
                self._source = Tag("p", "muted")
                self._why = Reason("small")
            with Tag("div", "actions"):
                self._pause = Tag("button", "button", type="button")
                edit = Tag("button", "button", reader("edit"), type="button")
                rename = Tag("button", "button", reader("rename"), type="button")
                remove = Tag("button", "button", reader("remove_it"), type="button")
        edit.set(aria_label=reader("edit_camera", name=name))
        rename.set(aria_label=reader("rename_camera", name=name))
        remove.set(aria_label=reader("remove_camera", name=name))

        async def pause() -> None:
            keys = {"enabled": None if self._paused else False}
            await desk.act(lambda: desk.control.set_camera(name, keys, desk.keep), cameras.outcome)

        self._pause.on("click", pause)
        edit.on("click", lambda: cameras.ask_for_options(name))
        rename.on("click", lambda: cameras.ask_for_name(name))
        remove.on("click", lambda: cameras.ask_to_remove(name))

    def show(self, state: str, source: str, why: str, detail: str = "") -> None:
        """Update the row."""
        reader = self._reader
        self._paused = state == "paused"
        self._state.set(data_state=state)
        self._state.text = reader(f"state_{state}")
        self._source.text = source
        self._why.show(why, detail)
        key = "resume" if self._paused else "pause"
        self._pause.text = reader(key)
        self._pause.set(aria_label=reader(f"{key}_camera", name=self._name))


class _Dialog:
    """Asks for confirmation before an action on a camera."""

    def __init__(
        self, desk: Desk, key: str, button: str, done: Callable[[dict[str, Any]], Any], asks_name: bool = False
    ) -> None:
        self._reader, self._key = desk.reader, key
        reader = desk.reader
        with (
            Tag("dialog", "dialog", id=f"dialog-{key}", aria_labelledby=f"dialog-{key}-title"),
            Tag("form", "fields", method="dialog") as form,
        ):
            self._title = Tag("h2", id=f"dialog-{key}-title")
            Tag("p", "muted", reader(f"{key}_why"))
            if asks_name:
                _add_name(reader("camera_name"), f"{key}-name", reader("name_hint"))
            with Tag("div", "actions"):
                Tag("button", "button primary", reader(button), type="submit")
                Tag("button", "button", reader("cancel"), type="button", onclick="this.closest('dialog').close()")

        async def submitted(event: GenericEventArguments) -> None:
            ui.run_javascript(f"document.getElementById('dialog-{key}').close()")
            await done(event.args)

        form.on("submit", submitted, js_handler=SUBMITTED)

    def open(self, name: str) -> None:
        """Ask about a camera."""
        self._title.text = self._reader(f"{self._key}_question", name=name)
        ui.run_javascript(f"emobotOpen('dialog-{self._key}')")


class AddCamera:
    """A form that adds a camera.

    Args:
        desk: The page.
    """

    def __init__(self, desk: Desk) -> None:
        reader = desk.reader
        with Tag("section", "card", aria_labelledby="add"):
            Tag("h2", text=reader("add_title"), id="add")
            with Tag("form", "fields", id="add-camera") as form:
                _add_name(reader("camera_name"), "add-name", reader("name_hint"))
                with Tag("div", "field"):
                    Tag("label", text=reader("source"), for_="add-source")
                    Tag("input", id="add-source", name_="source", required=True, maxlength="500", autocomplete="off")
                    Tag("p", "muted small", reader("source_hint"))
                with Tag("details"):
                    Tag("summary", text=reader("more_options"))
                    _add_more(reader)
                trial = TryOut(desk, str)
                with trial.actions:
                    Tag("button", "button primary", reader("add_camera"), type="submit")
                outcome = Outcome(desk.reader)

        async def submitted(event: GenericEventArguments) -> None:
            keys = dict(event.args)
            name = str(keys.pop("name", ""))
            if await desk.act(lambda: desk.control.add(name, keys, desk.keep), outcome, reader("added", name=name)):
                trial.clear()
                ui.run_javascript("document.getElementById('add-camera').reset()")

        form.on("submit", submitted, js_handler=SUBMITTED)


def _add_more(reader: Reader) -> None:
    with Tag("div", "pair"):
        for key in ("width", "height"):
            _add_number(reader(key), f"add-{key}", key, reader("automatic"))
    with Tag("div", "field"):
        Tag("label", text=reader("group"), for_="add-group")
        shared = {"maxlength": "40", "autocomplete": "off", "list": "groups", "placeholder": reader("none")}
        Tag("input", id="add-group", name_="group", **shared)
    with Tag("div", "pair"):
        _add_number(reader("camera_fps"), "add-fps", "fps", reader("automatic"))
        with Tag("div", "field"):
            Tag("label", text=reader("transport"), for_="add-transport")
            with Tag("select", id="add-transport", name_="transport"):
                for value, text in (("", reader("automatic")), ("tcp", "TCP"), ("udp", "UDP")):
                    Tag("option", text=text, value=value)
    with Tag("div", "field"):
        Tag("label", text=reader("rotate"), for_="add-rotate")
        add_turns("add-rotate", {"": "0°", **TURNS})


def _add_name(label: str, id_: str, hint: str) -> None:
    with Tag("div", "field"):
        Tag("label", text=label, for_=id_)
        Tag("input", id=id_, name_="name", required=True, pattern=NAME_PATTERN, title=hint, autocomplete="off")
        Tag("p", "muted small", hint)


def _add_number(label: str, id_: str, name: str, empty: str) -> None:
    with Tag("div", "field"):
        Tag("label", text=label, for_=id_)
        Tag("input", id=id_, name_=name, type="number", min="1", max="16384", placeholder=empty)
