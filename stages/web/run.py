"""The run that the page belongs to: its tables, asked for again and again, and changes to them."""

import threading
from pathlib import Path

from pipeline.changes import Change, Tables, change
from pipeline.errors import InputError
from stages.web.board import Board

RENEW_S, ANSWER_S = 2.0, 2.0
CHANGE_S = 30.0
"""Seconds a change may take: until a stage that it restarts has sent its first heartbeat."""


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
        """Return the tables, after a change if one is wanted. Blocks up to `CHANGE_S`.

        Raises:
            ConfigError: The run refuses.
            InputError: It does not answer.
        """
        return self._ask(wanted or Change(), CHANGE_S)

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()
        self._thread.join(ANSWER_S)

    def _follow(self) -> None:
        while True:
            try:
                self._ask(Change(), ANSWER_S)
            except InputError:
                self.tables = None
            if self._closed.wait(RENEW_S):
                return

    def _ask(self, wanted: Change, timeout_s: float) -> Tables:
        # one after the other: an older answer must not replace a newer one
        with self._turn:
            tables = self.tables = change(self._directory, wanted, timeout_s)
            self._board.keep(tables.states)
        return tables
