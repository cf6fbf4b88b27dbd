"""The button that opens a camera's address once before it is saved, and what it gave."""

import base64
from collections.abc import Callable

import anyio
from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.errors import ConfigError, InputError
from pipeline.redaction import redact
from stages.web.control.trial import Trial
from stages.web.pages.layout import Tag
from stages.web.pages.settings.desk import Desk, Outcome
from stages.web.visitor import Reader

TYPED = "(event) => emobotTyped(event.target.form, emit)"
"""Sends the fields of the button's form, if its address is valid."""


class TryOut:
    """A button and its result.

    Args:
        desk: The page.
        name: Returns the camera whose form it is; empty for a new one.
    """

    def __init__(self, desk: Desk, name: Callable[[], str]) -> None:
        self._desk, self._name = desk, name
        self._round = 0
        with Tag("div", "tried") as self._box:
            self._outcome = Outcome(desk.reader)
            self._picture = Tag("img", alt=desk.reader("tested_picture"), hidden=True)
        with Tag("div", "actions") as self.actions:
            button = Tag("button", "button", desk.reader("test"), type="button")
        button.on("click", self._clicked, js_handler=TYPED)

    def clear(self) -> None:
        """Forget the last result, and one that is still awaited."""
        self._round += 1
        self._outcome.clear()
        self._picture.set(hidden=True, src=None)

    async def _clicked(self, event: GenericEventArguments) -> None:
        self.clear()
        mine, keys, name, reader = self._round, dict(event.args), self._name(), self._desk.reader
        keys.pop("name", None)
        self._outcome.wait(reader("testing"))
        text = detail = ""
        trial = Trial()
        try:
            trial = await anyio.to_thread.run_sync(lambda: self._desk.control.try_out(name, keys))
        except (ConfigError, InputError) as error:
            text, detail = self._desk.reason(error)
        if mine != self._round:
            return  # the dialog was opened for another camera meanwhile
        if trial.error:
            text, detail = reader.fault(trial.fault, redact(trial.error))
            text = reader("tested_wrong", why=text)
        if text:
            self._outcome.fail(text, detail)
            return
        self._outcome.succeed(describe(reader, trial))
        if trial.jpeg:
            self._picture.set(hidden=False, src=f"data:image/jpeg;base64,{base64.b64encode(trial.jpeg).decode()}")
        # the result is below the fold of a small dialog
        ui.run_javascript(f"getHtmlElement({self.actions.id}).scrollIntoView({{block: 'nearest'}})")


def describe(reader: Reader, trial: Trial) -> str:
    """Return what a source gave, in one line."""
    rate = reader("fps", fps=reader.tenths(trial.fps)) if trial.fps else reader("one_frame")
    parts = [f"{trial.width}\N{MULTIPLICATION SIGN}{trial.height}", rate, *([trial.codec] if trial.codec else [])]
    return ", ".join(parts) + ("" if trial.jpeg else f". {reader('tested_blurred')}")
