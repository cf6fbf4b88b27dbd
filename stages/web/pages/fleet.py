"""The fleet: all machines and all their cameras, with links to the machines' pages."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import Request
from nicegui import ui

from pipeline.fleet.view import BoxView, CameraView, offset_text, read_view
from stages.web.pages.layout import Tag, page_of
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 2.0
STATES = frozenset(("runs", "leads", "drains", "drained", "gone", "waits", "unplaced"))
"""States of machines, and of cameras that have no stream."""
STREAM = frozenset(("live", "connecting", "stalled", "offline", "ended", "paused"))
"""States of cameras."""
REASONS = {
    "no box is connected": "fleet_none",
    "all boxes are drained": "fleet_all_drained",
    "every box is at its capacity": "fleet_full",
    "every box that can run it is at its capacity": "fleet_able_full",
}
"""Why no machine takes a camera, as `pipeline/fleet/placement.py` says it, and the key of its message."""


def add(site: Site, directory: Path) -> None:
    """Register the page.

    Args:
        site: The site.
        directory: The run's directory.
    """

    @ui.page("/fleet")
    def fleet(request: Request) -> None:
        with page_of(site, request, "fleet") as reader:
            Tag("h1", text=reader("fleet"))
            away = Tag("p", "muted", reader("fleet_away"), role="status")
            boxes = _Table(reader, "fleet_boxes", ("fleet_box", "fleet_load", "state", "fleet_clock"))
            cameras = _Table(reader, "cameras", ("camera", "fleet_box", "state", "why", "fleet_clock", "fleet_source"))

        def renew() -> None:
            view = read_view(directory)
            away.set(hidden=view is not None)
            if view:
                pages = {box.name: box.page for box in view.boxes}
                boxes.show([(box.name, *_of_box(reader, box)) for box in view.boxes], lambda row: pages[row[0]])
                cameras.show([_of_camera(reader, one) for one in view.cameras], lambda row: pages.get(row[1], ""))

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


class _Table:
    """A table whose rows are drawn again when they change."""

    def __init__(self, reader: Reader, title: str, heads: Sequence[str]) -> None:
        self._rows: Sequence[tuple[str, ...]] = ()
        with Tag("section", "card", aria_labelledby=title):
            Tag("h2", text=reader(title), id=title)
            with Tag("div", "scroll", tabindex="0", role="group", aria_label=reader(title)), Tag("table"):
                with Tag("thead"), Tag("tr"):
                    for head in heads:
                        Tag("th", text=reader(head), scope="col")
                self._body = Tag("tbody")

    def show(self, rows: Sequence[tuple[str, ...]], page: Callable[[tuple[str, ...]], str]) -> None:
        """Show rows; the first cell links to a page, if it has one."""
        if rows == self._rows:
            return
        self._rows = rows
        self._body.clear()
        with self._body:
            for row in rows:
                with Tag("tr"):
                    with Tag("th", scope="row"):
                        address = page(row)
                        # it comes from another machine: nothing but a page of the web becomes a link
                        if address.startswith(("http://", "https://")):
                            Tag("a", text=row[0], href=address)
                        else:
                            Tag("span", text=row[0])
                    for text in row[1:]:
                        Tag("td", text=text)


def _of_box(reader: Reader, box: BoxView) -> tuple[str, ...]:
    clock = _clock(reader, box.clock_s, box.clock_error_s)
    return f"{box.cameras} / {box.capacity}", _state(reader, box.state), clock


def _of_camera(reader: Reader, camera: CameraView) -> tuple[str, ...]:
    clock = _clock(reader, camera.clock_s)
    note = reader(REASONS[camera.note]) if camera.note in REASONS else camera.note
    return camera.name, camera.box, _state(reader, camera.state), note, clock, camera.source


def _clock(reader: Reader, seconds: float | None, error_s: float = 0.0) -> str:
    text = offset_text(seconds, error_s)
    return text.replace(".", ",") if reader.language == "fr" else text


def _state(reader: Reader, state: str) -> str:
    # another machine may report a state that this one does not know
    return reader(f"fleet_{state}") if state in STATES else reader(f"state_{state}") if state in STREAM else state
