"""The editor of a camera's zones and lines."""

import json
from typing import Any

from fastapi import Request
from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.errors import ConfigError
from stages.web.control.control import Control
from stages.web.pages.layout import Tag, icon, page_of
from stages.web.pages.parts import Picture
from stages.web.pages.settings.desk import Desk, Outcome
from stages.web.site import Site

RENEW_S = 1.0
SAVED = "() => { const drawn = emobotDrawnZones(); if (drawn) emit(drawn); }"
"""Sends what was drawn, if all names are valid."""
MOST = 40
"""Maximum shapes that are read from a browser; the run refuses fewer with a reason."""


def add(site: Site, control: Control) -> None:
    """Register the page."""

    @ui.page("/camera/{name}/zones")
    def zones(request: Request, name: str) -> None:
        now = site.now(name)
        with page_of(site, request, "live", name) as reader:
            with Tag("a", "back", href=f"/camera/{name}" if now else "/"):
                icon("arrow_back")
                Tag("span", text=name if now else reader("all_cameras"))
            tables = control.run.tables
            if now is None or tables is None or name not in tables.config["camera"]:
                Tag("p", "empty big", reader("unknown_camera"))
                return
            ui.add_head_html('<script src="/zones.js" defer></script>')
            desk = Desk(control, reader)
            Tag("h1", text=reader("zones_of", name=name))
            Tag("p", "muted lead", reader("zones_intro"))
            texts = {key: reader(f"zones_{key}") for key in ("zone", "line", "point", "swap", "remove")}
            shown = tables.config["camera"][name].get("zones") or {}
            shapes = shapes_of(shown)
            size = f"{now.width or 16} {now.height or 9}"
            with Tag(
                "div",
                "single",
                id="zone-editor",
                data_zones=json.dumps(shapes),
                data_texts=json.dumps(texts),
                data_size=size,
            ):
                with Tag("section", "card", aria_label=reader("zones_of", name=name)):
                    picture = Picture(reader, name)
                    with picture.box:
                        Tag("svg", "zones", id="zone-drawing", role="group", aria_label=reader("zones_drawing"))
                    Tag("p", "muted hint", reader("zones_hint"))
                with Tag("section", "card", aria_labelledby="zones"):
                    Tag("h2", text=reader("zones"), id="zones")
                    Tag("ul", "zone-list", id="zone-list")
                    with Tag("div", "actions"):
                        # until the script listens: who is quick would press in vain
                        for key, button in (("zones_add", "add-zone"), ("zones_add_line", "add-line")):
                            Tag("button", "button", reader(key), type="button", id=button, disabled=True)
                    desk.add_switch()
                    with Tag("div", "actions"):
                        save = Tag("button", "button primary", reader("apply"), type="button", id="save-zones")
                    outcome = Outcome(reader)

        async def saved(event: GenericEventArguments) -> None:
            def change() -> None:
                nonlocal shown
                shown = control.set_zones(name, table_of(event.args), shown, desk.keep)

            await desk.act(change, outcome)

        save.on("click", saved, js_handler=SAVED)
        picture.show(now)

        def renew() -> None:
            if state := site.now(name):
                picture.show(state)

        ui.timer(RENEW_S, renew, immediate=False)
        ui.context.client.on_connect(lambda: ui.run_javascript("emobotEditZones()"))


def shapes_of(table: Any) -> list[dict[str, Any]]:
    """Return the zones of a config for the editor; what is no zone is left out."""
    found = []
    for name, value in table.items() if isinstance(table, dict) else ():
        for kind in ("polygon", "line"):
            if isinstance(value, dict) and kind in value:
                more = {key: one for key, one in value.items() if key != kind}
                found.append({"name": name, "line": kind == "line", "points": value[kind], "more": more})
    return found


def table_of(shapes: Any) -> dict[str, Any]:
    """Return what a browser has drawn as a table of a config; the run checks its content.

    Raises:
        ConfigError: It is no list of shapes, or two have the same name.
    """
    table: dict[str, Any] = {}
    if not isinstance(shapes, list) or len(shapes) > MOST:
        raise ConfigError(f"zones: expected a list of at most {MOST} shapes, found another message")
    for shape in shapes:
        name = str(shape.get("name", ""))[:60] if isinstance(shape, dict) else ""
        if name in table:
            raise ConfigError(f"zones: expected different names, found {name} twice")
        if isinstance(shape, dict):
            more = shape.get("more")
            table[name] = {
                "line" if shape.get("line") else "polygon": shape.get("points", []),
                **(more if isinstance(more, dict) else {}),
            }
    return table
