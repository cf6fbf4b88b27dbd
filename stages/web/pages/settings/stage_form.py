"""A form with a stage's options and the run's current values."""

from dataclasses import dataclass
from typing import Any, Literal

from nicegui.events import GenericEventArguments

from pipeline.supervision.changes import Tables
from stages.web.control.control import stage_values
from stages.web.pages.layout import Tag
from stages.web.pages.settings.desk import SUBMITTED, Desk, Outcome
from stages.web.visitor import Reader


@dataclass(frozen=True)
class Option:
    """One option and its input field."""

    key: str
    kind: Literal["range", "number", "switch", "language", "text"]
    highest: float = 1.0
    step: float = 0.01


FORMS: dict[str, tuple[Option, ...]] = {
    "detect": (
        Option("detect_hz", "number", 60, 0.5),
        Option("classify_hz", "number", 60, 0.5),
        Option("min_score", "range"),
    ),
    "landmarks": (Option("facing_deg", "range", 90, 1), Option("max_faces", "number", 1000, 1)),
    "emotion": (
        Option("tau_s", "range", 3, 0.05),
        Option("margin", "range", 0.5),
        Option("dwell_s", "range", 2, 0.05),
        Option("min_confidence", "range"),
    ),
    "overlay": (
        Option("labels", "language"),
        Option("bars", "switch"),
        Option("boxes", "switch"),
        Option("zones", "switch"),
        Option("blur_faces", "switch"),
        Option("notice", "text"),
    ),
}
"""Options by table. An option that the run's stage does not have is not shown."""


class StageForm:
    """The form of one stage.

    Args:
        desk: The page.
        table: The stage's table.
    """

    def __init__(self, desk: Desk, table: str) -> None:
        reader = desk.reader
        self._table = table
        self._answers = 0
        self._fields: dict[str, tuple[Tag, Tag]] = {}
        with Tag("section", "card", aria_labelledby=f"{table}-title", hidden=True) as self._card:
            Tag("h2", text=reader(table), id=f"{table}-title")
            Tag("p", "muted small", reader(f"{table}_why"))
            with Tag("form", "fields", data_answers="0") as self._form:
                for option in FORMS[table]:
                    with Tag("div", "field", hidden=True) as box:
                        self._fields[option.key] = box, _add_field(reader, f"{table}-{option.key}", option)
                with Tag("div", "actions"):
                    Tag("button", "button primary", reader("apply"), type="submit")
                    restore = Tag("button", "button", reader("defaults"), type="button")
                outcome = Outcome(desk.reader)

        async def change(keys: dict[str, Any]) -> None:
            made = await desk.act(lambda: desk.control.set_stage(table, keys, desk.keep), outcome)
            if made:
                # edited fields now show the run's values
                self._answers += 1
                self._form.set(data_answers=str(self._answers))

        async def submitted(event: GenericEventArguments) -> None:
            await change(event.args)

        async def restored() -> None:
            await change(dict.fromkeys(key for key, (box, _) in self._fields.items() if not box.props["hidden"]))

        self._form.on("submit", submitted, js_handler=SUBMITTED)
        restore.on("click", restored)

    def show(self, tables: Tables) -> None:
        """Update the values; `page.js` skips fields that are being edited."""
        values = stage_values(tables).get(self._table, {})
        self._card.set(hidden=not values)
        for key, (box, field) in self._fields.items():
            box.set(hidden=key not in values)
            field.set(data_value=_text(values.get(key)))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _add_field(reader: Reader, id_: str, option: Option) -> Tag:
    if option.kind == "switch":
        with Tag("label", "switch"):
            field = Tag("input", type="checkbox", id=id_, name_=option.key, data_value="")
            Tag("span", text=reader(option.key))
        return field
    Tag("label", text=reader(option.key), for_=id_)
    shared = {"id": id_, "name_": option.key, "data_value": ""}
    if option.kind == "language":
        with Tag("select", **shared) as field:
            for value, text in (("en", "English"), ("fr", "Français")):
                Tag("option", text=text, value=value, lang=value)
        return field
    if option.kind == "text":
        return Tag("input", maxlength="200", autocomplete="off", **shared)
    shared |= {"type": option.kind, "min": "0", "max": f"{option.highest:g}", "step": f"{option.step:g}"}
    shared |= {"aria_describedby": f"{id_}-why"}
    if option.kind == "range":
        with Tag("div", "slider"):
            field = Tag("input", **shared)
            Tag("output", "number", for_=id_)
    else:
        field = Tag("input", placeholder=reader("automatic"), **shared)
    Tag("p", "muted small", reader(f"{option.key}_why"), id=f"{id_}-why")
    return field
