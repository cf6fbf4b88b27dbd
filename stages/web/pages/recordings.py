"""The page for uploading a video or a picture, with the state of each upload."""

import json

from fastapi import Request
from nicegui import ui

from stages.web.pages.layout import Tag, icon, page_of
from stages.web.pages.parts import Reason
from stages.web.site import OWNER_COOKIE, Site, owner_of
from stages.web.uploads import KEEP_S, KINDS, Recording, Recordings
from stages.web.visitor import Reader

RENEW_S = 0.5


def add(site: Site, recordings: Recordings) -> None:
    """Register the page."""

    @ui.page("/recordings")
    def upload(request: Request) -> None:
        owner = owner_of(request)
        secure = ";secure" if request.url.scheme == "https" else ""
        cookie = f"{OWNER_COOKIE}={owner};path=/;max-age={KEEP_S:.0f};samesite=strict{secure}"
        with page_of(site, request, "recordings", "") as reader:
            ui.add_head_html(f"<script>document.cookie={json.dumps(cookie)}</script>")
            Tag("h1", text=reader("try_title"))
            Tag("p", "muted lead", reader("try_intro"))
            _add_drop_zone(reader, site.upload_mb)
            with Tag("section", aria_labelledby="yours"):
                Tag("h2", text=reader("yours"), id="yours")
                none = Tag("p", "muted", reader("none_yet"))
                found = Tag("ul", "uploads", aria_live="polite")
        items: dict[str, _Item] = {}

        def renew() -> None:
            present = {recording.id: recording for recording in recordings.of(owner)}
            for gone in items.keys() - present.keys():
                items.pop(gone).element.delete()
            for id_, recording in reversed(present.items()):
                if id_ not in items:
                    with found:
                        items[id_] = _Item(reader, recording, recordings)
                    items[id_].element.move(target_index=0)
                items[id_].show(recording)
            none.set(hidden=bool(items))

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


def _add_drop_zone(reader: Reader, upload_mb: int) -> None:
    texts = {
        "limit": upload_mb << 20,
        "uploading": reader("uploading", name="{name}"),
        "large": reader("too_large", name="{name}", size=upload_mb),
        "failed": reader("upload_failed"),
    }
    with Tag("div", "drop", id="drop", data_texts=json.dumps(texts)):
        icon("upload_file")
        Tag("p", "big", reader("drop"))
        Tag("p", "muted", reader("or"))
        Tag("label", "button primary", reader("choose_file"), for_="file")
        Tag("input", "hidden", id="file", type="file", accept="video/*,image/*,.mkv,.ts")
        Tag("p", "muted small", reader("limits", types=KINDS, size=upload_mb))
        with Tag("div", "sending", id="sending", hidden=True):
            Tag("span", id="sending-name")
            Tag("progress", id="sending-part", max="1", value="0", aria_labelledby="sending-name")
        Tag("p", "wrong", id="sending-error", role="alert", hidden=True)


class _Item:
    """One recording in the list."""

    def __init__(self, reader: Reader, recording: Recording, recordings: Recordings) -> None:
        self._reader = reader
        with Tag("li", "upload card") as self.element:
            with Tag("div", "line"):
                Tag("h3", "name", recording.name)
                self._state = Tag("span", "muted")
            self._progress = Tag("progress", max="1", aria_label=recording.name)
            self._error = Reason("wrong")
            with Tag("div", "actions"):
                self._open = Tag("a", "button primary", reader("show_result"), href=f"/recordings/{recording.id}")
                delete = Tag("button", "button", reader("remove"), type="button")
                delete.on("click", lambda: recordings.remove(recording))

    def show(self, recording: Recording) -> None:
        """Update the entry."""
        status, part = recording.status, recording.progress
        starting = status == "working" and part is None
        text = self._reader("status_starting" if starting else f"status_{status}")
        self._state.text = f"{text} {self._reader.percent(part)}" if status == "working" and part is not None else text
        self._progress.set(hidden=status not in ("waiting", "working"), **({"value": f"{part:.3f}"} if part else {}))
        self._error.show(*self._reader.fault(recording.fault, recording.error))
        self._open.set(hidden=status != "done")
