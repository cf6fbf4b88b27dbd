"""The list of raised alerts on the first page, and the button for the browser's notifications."""

import json

from pipeline.messages import Alert
from stages.web.live.alerts import AlertBoard
from stages.web.pages.layout import Tag
from stages.web.visitor import Reader


class AlertList:
    """Hidden while nothing is raised; the button is hidden without alerts in the config.

    Args:
        reader: The page's reader.
        board: The alerts.
    """

    def __init__(self, reader: Reader, board: AlertBoard) -> None:
        self._reader, self._board = reader, board
        self._shown: list[str] = []
        texts = {key: reader(key) for key in ("notify", "notify_stop", "notify_denied", "notify_insecure")}
        with Tag("section", "alerts", aria_label=reader("alerts"), hidden=True) as self._section:
            # around the list: a list that is a status itself is no list to screen readers
            with Tag("div", role="status"):
                self._list = Tag("ul", id="alerts")
            with Tag("p", "notify"):
                Tag(
                    "button", "button", reader("notify"), type="button", id="notify", aria_pressed="false",
                    data_texts=json.dumps(texts), onclick="emobotNotify(event)",
                )  # fmt: skip
                Tag("span", "muted", id="notify-error", role="alert")

    def show(self) -> None:
        """Update the list."""
        self._section.set(hidden=not self._board.present)
        raised = self._board.raised()
        if (ids := [alert.id for alert in raised]) == self._shown:
            return
        self._shown = ids
        self._list.clear()
        with self._list:
            for alert in raised:
                self._add(alert)

    def _add(self, alert: Alert) -> None:
        text = self._reader("alert_line", camera=alert.camera, text=alert.text or alert.when)
        with Tag("li", data_alert=alert.id, data_text=text):
            Tag("strong", text=alert.name)
            Tag("span", text=text)
            since = self._reader("alert_since", time="{time}")
            Tag("span", "muted", data_since=alert.raised_s, data_text=since)
