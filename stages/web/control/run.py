"""The run that the page belongs to: its tables, asked for again and again, and changes to them."""

import threading
from pathlib import Path

from pipeline.errors import InputError
from pipeline.supervision.changes import Change, Tables, change
from stages.web.live.board import Board

RENEW_S, ANSWER_S, ASK_S = 2.0, 2.0, 10.0
"""Seconds between two questions of the background thread, and to wait for an answer there and for a page."""


class Run:
    """Asks the run how things are, so that a camera that was removed or paused, by whomever, is not shown as lost.

    Args:
        directory: The run's.
        board: Is told which cameras there are.
    """

    def __init__(self, directory: Path, board: Board) -> None:
        self.tables: Tables | None = None
        """The last answer; None while there is none."""
        self._directory = directory
        self._board = board
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True, name="tables")
        self._thread.start()

    def ask(self, wanted: Change | None = None) -> Tables:
        """Return the tables, once a change is applied if one is wanted. Blocks until the run has answered.

        Raises:
            ConfigError: The run refuses.
            InputError: It does not answer.
        """
        if wanted is not None:
            # takes seconds: meanwhile others may ask how things are
            change(self._directory, wanted)
        return self._ask(ASK_S)

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()
        self._thread.join(ANSWER_S)

    def _follow(self) -> None:
        while True:
            try:
                self._ask(ANSWER_S)
            except InputError:
                self.tables = None
            if self._closed.wait(RENEW_S):
                return

    def _ask(self, timeout_s: float) -> Tables:
        # one after the other: an older answer must not replace a newer one
        with self._turn:
            tables = self.tables = change(self._directory, Change(), timeout_s)
            self._board.keep(tables.states)
        return tables
