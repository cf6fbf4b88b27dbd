"""The page for uploading a video or a picture, with the state of each upload."""

import json

from fastapi import Request
from nicegui import ui

from stages.web.pages.layout import Tag, icon, page_of
from stages.web.pages.parts import Reason
from stages.web.site import OWNER_COOKIE, Site, owner_of
from stages.web.upload_kinds import KINDS
from stages.web.uploads import KEEP_S, Recording, Recordings
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
    """Add where files are dropped or chosen; `recordings.js` sends them one after the other."""
    texts = {
        "limit": upload_mb << 20,
        "queued": reader("upload_queued"),
        "full": reader("upload_full"),
        "sending": reader("upload_sending", part="{part}"),
        "left": reader("time_left", time="{time}"),
        "cancel": reader("cancel"),
        "cancel_of": reader("cancel_of", name="{name}"),
        "dismiss": reader("dismiss"),
        "dismiss_of": reader("dismiss_of", name="{name}"),
        "large": reader("too_large", name="{name}", size=upload_mb),
        "failed": reader("upload_failed"),
    }
    ui.add_head_html('<script src="/recordings.js" defer></script>')
    with Tag("div", "drop", id="drop", data_texts=json.dumps(texts)):
        icon("upload_file")
        Tag("p", "big", reader("drop"))
        Tag("p", "muted", reader("or"))
        Tag("label", "button primary", reader("choose_file"), for_="file")
        Tag("input", "hidden", id="file", type="file", accept="video/*,image/*,.mkv,.ts", multiple=True)
        Tag("p", "muted small", reader("limits", types=KINDS, size=upload_mb))
    Tag("ul", "uploads", id="sending", aria_label=reader("uploads"), aria_live="polite")


class _Item:
    """One recording in the list."""

    def __init__(self, reader: Reader, recording: Recording, recordings: Recordings) -> None:
        self._reader, self._recordings = reader, recordings
        with Tag("li", "upload card") as self.element:
            with Tag("div", "line"):
                Tag("h3", "name", recording.name)
                self._state = Tag("span", "muted numbers")
            self._progress = Tag("progress", max="1", aria_label=recording.name)
            self._error = Reason("wrong")
            with Tag("div", "actions"):
                self._open = Tag("a", "button primary", reader("show_result"), href=f"/recordings/{recording.id}")
                self._delete = Tag("button", "button", type="button")
                self._delete.on("click", lambda: recordings.remove(recording))

    def show(self, recording: Recording) -> None:
        """Update the entry."""
        pending = recording.status in ("waiting", "working")
        self._state.text = self._said(recording)
        self._progress.set(hidden=not pending, **({"value": f"{part:.3f}"} if (part := recording.progress) else {}))
        self._error.show(*self._reader.fault(recording.fault, recording.error))
        self._open.set(hidden=recording.status != "done")
        self._delete.text = self._reader("cancel" if pending else "remove")
        self._delete.set(aria_label=self._reader("cancel_of" if pending else "remove_of", name=recording.name))

    def _said(self, recording: Recording) -> str:
        """Return the state in words, with the progress and the time that is left."""
        reader, part = self._reader, recording.progress
        if recording.status == "waiting" and (ahead := self._recordings.ahead(recording)):
            return reader("status_ahead", count=ahead)
        if recording.status != "working":
            return reader(f"status_{recording.status}")
        if part is None:
            return reader("status_starting")
        parts = [f"{reader('status_working')} {reader.percent(part)}"]
        if part == 1.0:
            parts.append(reader("status_finishing"))
        elif (left_s := recording.time_left.seconds) is not None:
            # tenths of an estimate say nothing
            left = reader.seconds(left_s) if left_s >= 59.5 else f"{max(1.0, left_s):.0f}\N{NO-BREAK SPACE}s"
            parts.append(reader("time_left", time=left))
        return " · ".join(parts)
