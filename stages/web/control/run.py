"""The run that the page belongs to: polls its tables and changes them."""

import threading
from pathlib import Path

from pipeline.errors import InputError
from pipeline.supervision.changes import Change, Tables, change
from stages.web.live.board import Board

RENEW_S, ANSWER_S, ASK_S = 2.0, 2.0, 10.0
"""Seconds between two polls in the background, and to wait for an answer to a poll and to a page."""


class Run:
    """Polls the run, so that a camera that anyone removed or paused is not shown as lost.

    Args:
        directory: The run's directory.
        board: Receives the list of cameras.
    """

    def __init__(self, directory: Path, board: Board) -> None:
        self.tables: Tables | None = None
        """The last answer; None before the first."""
        self._directory = directory
        self._board = board
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True, name="tables")
        self._thread.start()

    def ask(self, wanted: Change | None = None) -> Tables:
        """Return the tables, after applying a change if there is one. Blocks until the run has answered.

        Raises:
            ConfigError: The run refuses the change.
            InputError: The run does not answer.
        """
        if wanted is not None:
            # takes seconds: others may poll meanwhile
            change(self._directory, wanted)
        return self._ask(ASK_S)

    def close(self) -> None:
        """Stop polling."""
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
        # one at a time: an older answer must not replace a newer one
        with self._turn:
            tables = self.tables = change(self._directory, Change(), timeout_s)
            self._board.keep(tables.states)
        return tables
