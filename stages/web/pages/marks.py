"""The list of markers below a timeline, for those who cannot see the lines in it."""

from collections.abc import Sequence

from stages.web.pages.layout import Tag
from stages.web.visitor import Reader

MOST = 50
"""Markers in the list."""


class Marks:
    """A list of markers, hidden without any, updated in place.

    Args:
        reader: The page's reader.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._shown: list[tuple[str, str]] = []
        with Tag("section", "card", aria_labelledby="markers", hidden=True) as self._section:
            Tag("h2", text=reader("markers"), id="markers")
            Tag("p", "muted hint", reader("markers_why"))
            self._list = Tag("ul", "marks numbers", tabindex="0", aria_labelledby="markers")
            self._more = Tag("p", "muted")

    def show(self, marks: Sequence[tuple[str, str]]) -> None:
        """Show time and text of the first `MOST`."""
        if list(marks) == self._shown:
            return
        self._shown = list(marks)
        self._section.set(hidden=not marks)
        self._list.clear()
        with self._list:
            for time, text in marks[:MOST]:
                Tag("li", text=self._reader("marker", time=time, text=text))
        rest = len(marks) - MOST
        self._more.text = self._reader("more_markers", count=rest) if rest > 0 else ""
