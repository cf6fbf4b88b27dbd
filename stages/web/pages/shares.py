"""A table of how long each person showed each emotion."""

from collections.abc import Callable, Mapping

from models.display.palette import PALETTE
from stages.web.charts.names import Names
from stages.web.live.samples import track_of
from stages.web.pages.layout import Tag
from stages.web.visitor import Reader

MOST_PEOPLE = 30


class Shares:
    """One row for all people together and one for each person, updated in place.

    Args:
        reader: The page's reader.
        choose: Called with the person of a selected row; None if rows cannot be selected.
    """

    def __init__(self, reader: Reader, choose: Callable[[int], None] | None = None) -> None:
        self._reader = reader
        self._choose = choose
        self._rows: dict[int | None, _Row] = {}
        self._nobody = Tag("p", "muted", reader("nothing_yet"))
        scroll = Tag("div", "scroll", tabindex="0", role="group", aria_label=reader("distribution"))
        with scroll, Tag("table", "shares") as self._table:
            with Tag("thead"), Tag("tr"):
                for key in ("choose_person", "seen", "shown_for"):
                    Tag("th", text=reader(key), scope="col")
            self._body = Tag("tbody")
        self._hint = Tag("p", "muted hint", reader("since_hint"), hidden=True)

    def show(self, names: Names, seconds: Mapping[int, Mapping[str, float]], chosen: int | None = None) -> None:
        """Update the rows.

        Args:
            names: Names of the people.
            seconds: Person to label to seconds.
            chosen: Person of the selected row.
        """
        total: dict[str, float] = {}
        for of_person in seconds.values():
            for label, value in of_person.items():
                total[label] = total.get(label, 0.0) + value
        people: dict[int | None, Mapping[str, float]] = {None: total} if len(seconds) > 1 else {}
        longest = sorted(seconds, key=lambda person: -sum(seconds[person].values()))[:MOST_PEOPLE]
        people |= {person: seconds[person] for person in sorted(longest, key=names.rank)}
        for gone in self._rows.keys() - people.keys():
            self._rows.pop(gone).element.delete()
        self._hint.set(hidden=not names.several)
        for person, of_person in people.items():
            if person not in self._rows:
                with self._body:
                    self._rows[person] = _Row(self._reader, person, self._choose)
                if person is None:
                    self._rows[person].element.move(target_index=0)
            self._rows[person].show(names, of_person, person is not None and person == chosen)
        self._nobody.set(hidden=bool(seconds))
        self._table.set(hidden=not seconds)


class _Row:
    def __init__(self, reader: Reader, person: int | None, choose: Callable[[int], None] | None) -> None:
        self._reader = reader
        self._person = person
        with Tag("tr") as self.element:
            with Tag("th", scope="row"):
                # track 0 stands for all people if individuals are not shown
                self._somebody = person is not None and track_of(person) != 0
                self._button = None
                if choose and person is not None and self._somebody:
                    self._name = self._button = Tag("button", "choose", type="button")
                    self._button.on("click", lambda: choose(person))
                else:
                    self._name = Tag("span", text=reader("everybody"))
            self._seen = Tag("td", "number")
            with Tag("td"):
                with Tag("div", "share", aria_hidden="true"):
                    self._parts = {label: Tag("i") for label in PALETTE}
                self._words = Tag("div", "muted words")

    def show(self, names: Names, seconds: Mapping[str, float], chosen: bool) -> None:
        reader, total = self._reader, sum(seconds.values())
        if self._person is not None and self._somebody:
            self._name.text = names.of(self._person)
            self._name.set(**names.attributes(self._person))
        if self._button:
            self._button.set(aria_pressed="true" if chosen else "false")
        self._seen.text = reader.seconds(total)
        for label, part in self._parts.items():
            part.look(f"flex-grow:{seconds.get(label, 0.0) / total:.3f};background:{PALETTE[label]}" if total else "")
        largest = sorted(seconds.items(), key=lambda item: -item[1])
        self._words.text = ", ".join(
            f"{reader.label(label)} {reader.percent(value / total)}"
            for label, value in largest
            if value >= 0.005 * total
        )
