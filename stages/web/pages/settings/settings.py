"""The settings page: cameras and stage options of a running run."""

from fastapi import Request
from nicegui import ui

from stages.web.control.control import Control
from stages.web.pages.layout import Tag, page_of
from stages.web.pages.settings.camera_list import AddCamera, CameraList
from stages.web.pages.settings.desk import Desk
from stages.web.pages.settings.stage_form import FORMS, StageForm
from stages.web.site import Site

RENEW_S = 1.0


def add(site: Site, control: Control) -> None:
    """Register the page."""

    @ui.page("/settings")
    def settings(request: Request) -> None:
        with page_of(site, request, "settings") as reader:
            desk = Desk(control, reader)
            Tag("h1", text=reader("settings"))
            Tag("p", "muted lead", reader("settings_intro"))
            desk.add_switch()
            silent = Tag("p", "wrong", reader("no_answer"), role="alert", hidden=True)
            with Tag("div", "settings"):
                cameras = CameraList(desk, site.now)
                AddCamera(desk)
                forms = [StageForm(desk, table) for table in FORMS]

        def renew() -> None:
            tables = control.run.tables
            silent.set(hidden=tables is not None)
            if tables:
                cameras.show(tables)
                for form in forms:
                    form.show(tables)

        desk.renew = renew
        renew()
        ui.timer(RENEW_S, renew, immediate=False)
