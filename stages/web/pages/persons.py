"""The form that names the people of a recording and joins tracks of the same person."""

from collections.abc import Callable
from typing import Any

import anyio
from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.errors import InputError
from stages.results.persons.editing import Tracked
from stages.results.persons.table import LONGEST
from stages.results.persons.tracks import Track
from stages.web.naming import name_people, seat_people
from stages.web.pages.layout import Tag
from stages.web.pages.parts import Reason
from stages.web.pages.settings.desk import SUBMITTED
from stages.web.uploads import Recording
from stages.web.visitor import Reader

MOST_ROWS = 40
"""Maximum tracks in the form, those seen longest; `persons.csv` has all of them."""
MOST_SEATS = 20


class PersonsForm:
    """A field for the name of each track, and a button that joins tracks by place.

    Args:
        reader: The page's reader.
        recording: The recording.
        tracked: Its tracks.
    """

    def __init__(self, reader: Reader, recording: Recording, tracked: Tracked) -> None:
        self._reader, self._recording = reader, recording
        longest = sorted(tracked.tracks, key=lambda track: -track.faces)[:MOST_ROWS]
        self._shown = sorted(track.track for track in longest)
        self._turn = anyio.Lock()
        with Tag("section", "card", aria_labelledby="persons"):
            Tag("h2", text=reader("persons"), id="persons")
            Tag("p", "muted small", reader("persons_hint"))
            with Tag("form", "fields") as form:
                self._add_rows([track for track in tracked.tracks if track.track in self._shown], tracked)
                if len(tracked.tracks) > MOST_ROWS:
                    Tag("p", "muted small", reader("persons_more", count=len(tracked.tracks) - MOST_ROWS))
                with Tag("div", "actions"):
                    Tag("button", "button primary", reader("persons_save"), type="submit")
            with Tag("form", "fields seats") as seats:
                Tag("label", text=reader("persons_seats"), for_="seats")
                limits: dict[str, Any] = {"type": "number", "min": 1, "max": MOST_SEATS, "value": 1, "required": True}
                Tag("input", id="seats", name_="seats", **limits)
                Tag("button", "button", reader("persons_join"), type="submit")
            with Tag("div", "outcome"):
                self._line = Tag("p", "small", role="status")
                self._wrong = Reason("wrong", role="alert", open_=True)
        form.on("submit", self._named, js_handler=SUBMITTED)
        seats.on("submit", self._seated, js_handler=SUBMITTED)

    def _add_rows(self, tracks: list[Track], tracked: Tracked) -> None:
        reader = self._reader
        with (
            Tag("div", "scroll", tabindex="0", role="group", aria_label=reader("persons_table")),
            Tag("table", "persons"),
        ):
            with Tag("thead"), Tag("tr"):
                for key in ("persons_track", "persons_seen", "persons_name"):
                    Tag("th", text=reader(key), scope="col")
            with Tag("tbody"):
                for track in tracks:
                    with Tag("tr"):
                        Tag("th", text=f"#{track.track}", scope="row")
                        Tag("td", text=reader("persons_span", start=_clock(track.first_s), end=_clock(track.last_s)))
                        with Tag("td"):
                            name = reader("persons_name_of", track=track.track)
                            value = tracked.names[track.track]
                            field = f"track-{track.track}"
                            Tag("input", name_=field, value=value, aria_label=name, maxlength=LONGEST, list="names")
        with Tag("datalist", id="names"):
            for name in dict.fromkeys(filter(None, tracked.names.values())):
                Tag("option", value=name)

    async def _named(self, event: GenericEventArguments) -> None:
        # an empty field is not sent: its track is left out
        names = {track: str(event.args.get(f"track-{track}", "")) for track in self._shown}
        await self._act(lambda: name_people(self._recording, names))

    async def _seated(self, event: GenericEventArguments) -> None:
        seats = event.args.get("seats")
        if isinstance(seats, (int, float)) and 1 <= seats <= MOST_SEATS:
            await self._act(lambda: seat_people(self._recording, int(seats)))

    async def _act(self, work: Callable[[], None]) -> None:
        async with self._turn:
            self._wrong.show("")
            self._line.text = self._reader("applying")
            self._line.classes(replace="small working")
            try:
                await anyio.to_thread.run_sync(work)
            except InputError as error:
                self._line.text = ""
                self._line.classes(replace="small")
                self._wrong.show(self._reader("persons_wrong"), str(error))
                return
            ui.run_javascript("location.reload()")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
