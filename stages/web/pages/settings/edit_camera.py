"""A dialog with a camera's address, size and rate, and its place on the page."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.redaction import redact
from stages.web.pages.layout import Tag
from stages.web.pages.settings.desk import SUBMITTED, Desk, Outcome
from stages.web.pages.settings.try_out import TryOut

NUMBERS = {"width": "width", "height": "height", "fps": "camera_fps"}
"""Options and their messages; an empty field restores the default."""
TURNS = {str(degrees): f"{degrees}°" for degrees in (90, 180, 270)}
"""How a camera's frames may be turned."""


class EditCamera:
    """Asks for a camera's new options; only those that were edited are changed.

    Args:
        desk: The page.
        outcome: Shows the progress and result of the change.
    """

    def __init__(self, desk: Desk, outcome: Outcome) -> None:
        self._reader = desk.reader
        self._name = ""
        self._answers = 0
        reader = desk.reader
        with (
            Tag("dialog", "dialog", id="dialog-edit", aria_labelledby="dialog-edit-title"),
            Tag("form", "fields", method="dialog", data_answers="0") as self._form,
        ):
            self._title = Tag("h2", id="dialog-edit-title")
            Tag("p", "muted", reader("edit_why"))
            with Tag("div", "field"):
                Tag("label", text=reader("source"), for_="edit-source")
                shared: dict[str, Any] = {"required": True, "maxlength": "500", "autocomplete": "off", "data_value": ""}
                self._fields = {"source": Tag("input", id="edit-source", name_="source", **shared)}
            with Tag("div", "pair"):
                for key, text in NUMBERS.items():
                    with Tag("div", "field"):
                        Tag("label", text=reader(text), for_=f"edit-{key}")
                        shared = {"min": "0", "max": "16384", "step": "any", "placeholder": reader("automatic")}
                        self._fields[key] = Tag(
                            "input", type="number", id=f"edit-{key}", name_=key, data_value="", **shared
                        )
                with Tag("div", "field"):
                    Tag("label", text=reader("rotate"), for_="edit-rotate")
                    self._fields["rotate"] = add_turns("edit-rotate", {"0": "0°", **TURNS}, data_value="0")
            with Tag("div", "pair"):
                with Tag("div", "field"):
                    Tag("label", text=reader("group"), for_="edit-group")
                    shared = {"maxlength": "40", "autocomplete": "off", "list": "groups", "placeholder": reader("none")}
                    self._fields["group"] = Tag("input", id="edit-group", name_="group", data_value="", **shared)
                with Tag("div", "field"):
                    Tag("label", text=reader("position"), for_="edit-position")
                    shared = {"type": "number", "min": "0", "max": "10000", "step": "1", "placeholder": "0"}
                    self._fields["position"] = Tag(
                        "input", id="edit-position", name_="position", data_value="", **shared
                    )
            self._trial = TryOut(desk, lambda: self._name)
            with self._trial.actions:
                Tag("button", "button primary", reader("apply"), type="submit")
                Tag("button", "button", reader("cancel"), type="button", onclick="this.closest('dialog').close()")

        async def submitted(event: GenericEventArguments) -> None:
            name, keys = self._name, dict(event.args)
            if keys.get("group") == "":
                keys["group"] = None
            ui.run_javascript("document.getElementById('dialog-edit').close()")
            await desk.act(lambda: desk.control.set_camera(name, keys, desk.keep), outcome)

        self._form.on("submit", submitted, js_handler=SUBMITTED)

    def open(self, name: str, keys: Mapping[str, Any]) -> None:
        """Ask about a camera.

        Args:
            name: The camera.
            keys: Its table.
        """
        self._name = name
        self._title.text = self._reader("edit_question", name=name)
        for key, field in self._fields.items():
            value = keys.get(key, 0 if key == "rotate" else None)
            # a login stays hidden, and does not change if the address is not edited
            field.set(data_value="" if value is None else redact(str(value)))
        self._trial.clear()
        # what was typed the last time is forgotten
        self._answers += 1
        self._form.set(data_answers=str(self._answers))
        ui.run_javascript("emobotOpen('dialog-edit')")


def add_turns(id_: str, turns: Mapping[str, str], **attributes: str) -> Tag:
    """Add a field in which the turn of a camera's frames is chosen, and return it.

    Args:
        id_: Its name in the page.
        turns: Degrees clockwise, and their texts.
        attributes: More of the field.
    """
    field = Tag("select", id=id_, name_="rotate", data_number="", **attributes)
    with field:
        for value, text in turns.items():
            Tag("option", text=text, value=value)
    return field
