"""What the parts of the settings page share: who may change what, whether it is kept, and how mistakes are told."""

from collections.abc import Callable

import anyio
from nicegui.events import GenericEventArguments

from pipeline.errors import ConfigError, InputError
from stages.web.access.policy import Refused
from stages.web.control.api import one_line
from stages.web.control.control import Control
from stages.web.pages.layout import Tag
from stages.web.pages.parts import Reason
from stages.web.visitor import Reader

SUBMITTED = "(event) => emit(emobotSubmitted(event))"
"""Sends a form's fields as `{name: value}`: those filled in, or edited where it shows what the run says."""


class Desk:
    """One reader's settings page.

    Args:
        control: Makes the changes.
        reader: Who reads.
    """

    def __init__(self, control: Control, reader: Reader) -> None:
        self.control = control
        self.reader = reader
        self.keep = False
        """Whether changes are written into the config file."""
        self.renew: Callable[[], None] = lambda: None
        """Shows how things are now."""

    def add_switch(self) -> None:
        """Add the switch that keeps changes."""
        with Tag("label", "switch card"):
            field = Tag("input", type="checkbox", id="keep")
            Tag("span", text=self.reader("keep"))

        def keep(event: GenericEventArguments) -> None:
            self.keep = bool(event.args)

        field.on("change", keep, js_handler="(event) => emit(event.target.checked)")

    async def act(self, work: Callable[[], None], outcome: "Outcome", done: str = "") -> bool:
        """Make a change and show what came of it; return whether it was made. A second one waits for it.

        Args:
            work: What to do; it may block for seconds.
            outcome: Says that it is being made, then that it was, or why not.
            done: What to say of one that was made, instead of `Applied`.
        """
        async with outcome.turn:
            return await self._act(work, outcome, done)

    async def _act(self, work: Callable[[], None], outcome: "Outcome", done: str) -> bool:
        outcome.wait()
        text = detail = ""
        try:
            await anyio.to_thread.run_sync(work)
        except Refused as error:
            text = self.reader(f"refused_{error.kind}", name=error.name)
        except ConfigError as error:
            text = self.reader.mistakes(error.mistakes)
            if not text:
                text, detail = self.reader("refused_run"), one_line(error)
        except InputError:
            text = self.reader("no_answer")
        if text:
            outcome.fail(text, detail)
        else:
            outcome.succeed(done or self.reader("saved" if self.keep else "applied"))
        self.renew()
        return not text


class Outcome:
    """A line that says what becomes of a change.

    Args:
        reader: Who reads.
    """

    def __init__(self, reader: Reader) -> None:
        self.turn = anyio.Lock()
        self._reader = reader
        with Tag("div", "outcome"):
            self._line = Tag("p", "small", role="status")
            self._wrong = Reason("wrong", role="alert", open_=True)

    def wait(self) -> None:
        """Say that it is being made."""
        self._show("working", self._reader("applying"))

    def succeed(self, text: str) -> None:
        """Say that it was made."""
        self._show("done", text)

    def fail(self, text: str, detail: str) -> None:
        """Say why it was not made, and what else a program said of it."""
        self._show("", "")
        self._wrong.show(text, detail)

    def _show(self, kind: str, text: str) -> None:
        self._wrong.show("")
        self._line.text = text
        self._line.classes(replace=f"small {kind}")
