"""One camera, large, with the people in view."""

import json
import time

from fastapi import Request
from nicegui import ui

from stages.web.live.board import Now
from stages.web.live.samples import person_key
from stages.web.pages.layout import Tag, icon, page_of
from stages.web.pages.parts import Bars, Picture, State, clock, numbers
from stages.web.pages.sight import Sight
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 0.3
MARKER_S = 60.0
"""Seconds for which the last marker of another program is shown."""
REASONS = {"NotAllowedError": "not_allowed", "NotFoundError": "not_found", "NotReadableError": "not_readable"}
"""Errors for which a browser gives no camera (Media Capture and Streams, 10.2), and their messages."""


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/camera/{name}")
    def camera(request: Request, name: str) -> None:
        now = site.now(name)
        own = name == site.webcam
        with page_of(site, request, "webcam" if own else "live", name if now and not own else "") as reader:
            with Tag("a", "back", href="/"):
                icon("arrow_back")
                Tag("span", text=reader("all_cameras"))
            if now is None:
                Tag("p", "empty big", reader("unknown_camera"))
                # a run that has just started does not know its cameras yet
                ui.timer(RENEW_S, lambda: ui.navigate.reload() if site.now(name) else None)
                return
            if own:
                _add_start(reader)
            with Tag("div", "single"):
                with Tag("section", "card", aria_labelledby="camera"):
                    picture = Picture(reader, name)
                    with Tag("div", "under"):
                        with Tag("div", "line"):
                            Tag("h1", text=name, id="camera")
                            state = State(reader)
                            figures = Tag("span", "muted numbers")
                            with Tag("div", "actions"):
                                Tag("a", "button", reader("timeline"), href=f"/timeline?camera={name}")
                                if site.control:
                                    Tag("a", "button", reader("zones"), href=f"/camera/{name}/zones")
                                if site.clips:
                                    for what in ("snapshot", "clip"):
                                        Tag("button", "button", reader(what), type="button", id=what)
                        _add_outcome(reader, name, may=site.clips is not None)
                        load = Tag("p", "muted", role="status", hidden=True)
                        zones = Tag("p", "numbers")
                        marker = Tag("p", "numbers muted", hidden=True)
                        sight = Sight(reader, site.run, picture)
                with Tag("section", "card people", aria_labelledby="people"):
                    Tag("h2", text=reader("people"), id="people")
                    nobody = Tag("p", "muted", reader("nobody"))
                    people = Tag("ul")
        shown: dict[int, Bars] = {}

        def renew() -> None:
            now = site.now(name)
            if now is None:
                ui.navigate.to("/")  # the camera was removed from the run
                return
            picture.show(now)
            sight.show(now)
            state.show(now)
            load.set(hidden=not now.saving)
            load.text = f"{reader('load_shedding')}{reader('colon')}{reader(f'shedding_{now.saving}')}"
            zones.text = _zones(reader, now)
            latest = site.markers.since(time.time() - MARKER_S)[-1:]
            marker.set(hidden=not latest)
            marker.text = reader("last_marker", time=clock(latest[0].at), text=latest[0].text) if latest else ""
            figures.text = numbers(reader, now, site.counters.read().dropped.get(name))
            here = {person_key(person.since_s, person.track): person for person in now.people}
            for gone in shown.keys() - here.keys():
                shown.pop(gone).element.delete()
            for key, person in here.items():
                if key not in shown:
                    with people:
                        address = f"/cameras/{name}/people/{key}.jpg" if site.portraits else ""
                        shown[key] = Bars(reader, person.track, address)
                shown[key].show(person)
            nobody.set(hidden=bool(shown))

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


def _add_outcome(reader: Reader, name: str, *, may: bool) -> None:
    """Add the line that says what became of a snapshot or a clip; `capture.js` implements both."""
    if not may:
        Tag("p", "muted small", reader("capture_off"))
        return
    keys = ("clip", "clip_stop", "clip_begun", "clip_stopped", "capture_done", "capture_failed")
    unfilled = {"left": "{left}", "name": "{name}"}
    texts = json.dumps({key: reader(key, **unfilled) for key in keys})
    Tag("p", "muted small outcome", role="status", id="capture", data_of=name, data_texts=texts)
    ui.add_head_html('<script src="/capture.js" defer></script>')


def _zones(reader: Reader, now: Now) -> str:
    """Return the people in each zone and the crossings of each line."""
    parts = [reader("zone_count", zone=zone, count=count) for zone, count in now.zones.items()]
    parts += [reader("line_count", line=line, ins=ins, outs=outs) for line, (ins, outs) in now.lines.items()]
    return " · ".join(parts)


def _add_start(reader: Reader) -> None:
    """Add the button that sends the browser's own camera; `page.js` implements it."""
    keys = ("start", "stop", "insecure", "busy")
    texts: dict[str, object] = {key: reader(f"webcam_{key}") for key in keys}
    texts |= {"denied": reader("webcam_denied", reason="{reason}")}
    texts |= {"reasons": {name: reader(f"webcam_{key}") for name, key in REASONS.items()}}
    with Tag("div", "card own"):
        Tag(
            "button", "button primary", reader("webcam_start"), type="button", id="webcam", data_texts=json.dumps(texts)
        )
        Tag("p", "muted", reader("webcam_why"))
        Tag("p", "wrong", id="webcam-error", role="alert", hidden=True)
