"""What people are called on the page: by their number, and where several starts are shown also by when those began.

Numbers begin anew with each start of a camera, so there may be several of one number in a time. Times are said in the
reader's zone, which only the browser knows: `page.js` puts them in.
"""

import json
import time
from collections.abc import Iterable

from stages.web.live.samples import since_of, track_of
from stages.web.visitor import Reader


class Names:
    """Names of all who are shown together.

    Args:
        reader: Who reads.
        people: Who is shown, numbers from `person_key`.
    """

    def __init__(self, reader: Reader, people: Iterable[int]) -> None:
        self._reader = reader
        # 0 is everybody, where people are not told apart
        starts = {since_of(person) for person in people if track_of(person)}
        self.several = len(starts) > 1
        """Whether a number alone does not say who is meant."""
        self._exact = len({start // 60 for start in starts}) < len(starts)

    def of(self, person: int) -> str:
        """Return a name, its time in this machine's zone."""
        since = time.strftime("%H:%M:%S" if self._exact else "%H:%M", time.localtime(since_of(person)))
        return self.pattern("person", person).replace("{time}", since)

    def pattern(self, key: str, person: int) -> str:
        """Return a text about a person, with `{time}` in the place of the time if there is one.

        Args:
            key: Of the text; that of the one with a time is `KEY_since`.
            person: Whom it is about.
        """
        since = {"time": "{time}"} if self.several else {}
        return self._reader(f"{key}_since" if self.several else key, track=track_of(person), **since)

    def attributes(self, person: int) -> dict[str, str]:
        """Return what has `page.js` put the reader's time into an element that holds the name; empty: nothing to do."""
        if not self.several:
            return {"data_since": "", "data_exact": "", "data_text": ""}
        exact = "true" if self._exact else ""
        return {"data_since": str(since_of(person)), "data_exact": exact, "data_text": self.pattern("person", person)}

    def script(self, pattern: str, person: int, dated: bool = True) -> str:
        """Return JavaScript that puts the reader's time into a pattern.

        Args:
            pattern: A text with `{time}` in it, or without.
            person: Whose time.
            dated: Say the day too, if it is not today.
        """
        arguments = (pattern, since_of(person), self._exact, dated)
        return f"emobotSince({', '.join(map(json.dumps, arguments))})"
