"""Names of people on the page: their number and, if several starts of a camera are shown, the time of the start.

Numbering restarts whenever a camera restarts, so a number may occur several times in a period. Times are in the
reader's time zone, which only the browser knows: `page.js` inserts them.
"""

import json
import time
from collections.abc import Iterable, Mapping

from models.display.words import number_of
from stages.web.live.samples import since_of, track_of
from stages.web.visitor import Reader


class Names:
    """Names of all people shown together.

    Args:
        reader: The page's reader.
        people: The people, as numbers from `person_key`.
        given: Names by person, in the order in which people are listed; "Person 3" is translated.
    """

    def __init__(self, reader: Reader, people: Iterable[int], given: Mapping[int, str] | None = None) -> None:
        self._reader = reader
        self.given = given or {}
        """Names by person, as given."""
        # 0 stands for all people if individuals are not shown
        starts = {since_of(person) for person in people if track_of(person)}
        self.several = len(starts) > 1
        """Whether a number alone is ambiguous."""
        self._exact = len({start // 60 for start in starts}) < len(starts)

    def of(self, person: int) -> str:
        """Return a name, with its time in this machine's time zone."""
        since = time.strftime("%H:%M:%S" if self._exact else "%H:%M", time.localtime(since_of(person)))
        return self.pattern("person", person).replace("{time}", since)

    def pattern(self, key: str, person: int) -> str:
        """Return a message about a person, with `{time}` instead of the time if it has one.

        Args:
            key: Key of the message: `person`, `lane` or `probabilities`; with a time it is `KEY_since`.
            person: The person.
        """
        name = self.given.get(person, "")
        if name and not number_of(name):
            return self._reader(f"{key}_of", name=name) if key == "probabilities" else name
        if name:
            return self._reader(key, track=number_of(name))
        since = {"time": "{time}"} if self.several else {}
        return self._reader(f"{key}_since" if self.several else key, track=track_of(person), **since)

    def rank(self, person: int) -> int:
        """Return a person's position in a list of people."""
        return list(self.given).index(person) if person in self.given else person

    def attributes(self, person: int) -> dict[str, str]:
        """Return the attributes with which `page.js` inserts the reader's time into an element; empty for none."""
        if not self.several:
            return {"data_since": "", "data_exact": "", "data_text": ""}
        exact = "true" if self._exact else ""
        return {"data_since": str(since_of(person)), "data_exact": exact, "data_text": self.pattern("person", person)}

    def script(self, pattern: str, person: int, dated: bool = True) -> str:
        """Return JavaScript that inserts the reader's time into a pattern.

        Args:
            pattern: A message, with or without `{time}`.
            person: The person whose start it is.
            dated: Also give the day, if it is not today.
        """
        arguments = (pattern, since_of(person), self._exact, dated)
        return f"emobotSince({', '.join(map(json.dumps, arguments))})"
