"""State that the parts of the settings page share: permissions, whether changes are saved, and error messages."""

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
"""Sends a form's fields as `{name: value}`: those filled in, or only edited ones where it shows the run's values."""


class Desk:
    """One reader's settings page.

    Args:
        control: Makes the changes.
        reader: The page's reader.
    """

    def __init__(self, control: Control, reader: Reader) -> None:
        self.control = control
        self.reader = reader
        self.keep = False
        """Whether changes are saved to the config file."""
        self.renew: Callable[[], None] = lambda: None
        """Updates the page."""

    def add_switch(self) -> None:
        """Add the switch that saves changes."""
        with Tag("label", "switch card"):
            field = Tag("input", type="checkbox", id="keep")
            Tag("span", text=self.reader("keep"))

        def keep(event: GenericEventArguments) -> None:
            self.keep = bool(event.args)

        field.on("change", keep, js_handler="(event) => emit(event.target.checked)")

    async def act(self, work: Callable[[], None], outcome: "Outcome", done: str = "") -> bool:
        """Make a change and show its outcome; return whether it succeeded. A second change waits for it.

        Args:
            work: Makes the change; may block for seconds.
            outcome: Shows its progress and result.
            done: Message of success, instead of `Applied`.
        """
        async with outcome.turn:
            return await self._act(work, outcome, done)

    def reason(self, error: ConfigError | InputError) -> tuple[str, str]:
        """Return why something was refused, and the program's error message; one of them may be empty."""
        if isinstance(error, Refused):
            return self.reader(f"refused_{error.kind}", name=error.name), ""
        if isinstance(error, InputError):
            return self.reader("no_answer"), ""
        text = self.reader.mistakes(error.mistakes)
        return (text, "") if text else (self.reader("refused_run"), one_line(error))

    async def _act(self, work: Callable[[], None], outcome: "Outcome", done: str) -> bool:
        outcome.wait()
        text = detail = ""
        try:
            await anyio.to_thread.run_sync(work)
        except (ConfigError, InputError) as error:
            text, detail = self.reason(error)
        if text:
            outcome.fail(text, detail)
        else:
            outcome.succeed(done or self.reader("saved" if self.keep else "applied"))
        self.renew()
        return not text


class Outcome:
    """A line that shows the progress and result of a change.

    Args:
        reader: The page's reader.
    """

    def __init__(self, reader: Reader) -> None:
        self.turn = anyio.Lock()
        self._reader = reader
        with Tag("div", "outcome"):
            self._line = Tag("p", "small", role="status")
            self._wrong = Reason("wrong", role="alert", open_=True)

    def wait(self, text: str = "") -> None:
        """Show that the change, or what `text` says, is in progress."""
        self._show("working", text or self._reader("applying"))

    def clear(self) -> None:
        """Show nothing."""
        self._show("", "")

    def succeed(self, text: str) -> None:
        """Show that the change succeeded."""
        self._show("done", text)

    def fail(self, text: str, detail: str) -> None:
        """Show why the change failed, and the program's error message."""
        self._show("", "")
        self._wrong.show(text, detail)

    def _show(self, kind: str, text: str) -> None:
        self._wrong.show("")
        self._line.text = text
        self._line.classes(replace=f"small {kind}")
