"""The text of a message about alerts."""

import hashlib
import time
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate

from pipeline.foreign import one_line
from pipeline.messages import Alert

MOST_NAMED = 50
"""Alerts that a message lists; more are only counted."""
_REASONS = {
    "condition": "the condition no longer holds",
    "missing": "there is no data any more",
    "ended": "the recording has ended",
    "removed": "the alert or the camera was removed from the config",
}


def compose(alerts: Sequence[Alert], sender: str, recipient: str) -> EmailMessage:
    """Return a message about alerts that were raised or cleared, oldest first; it never has a picture."""
    message = EmailMessage()
    message["From"], message["To"] = sender, recipient
    message["Subject"] = _subject(alerts)
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = _message_id(alerts, sender, recipient)
    message["Auto-Submitted"] = "auto-generated"  # no vacation responder answers it
    parts = [describe(alert) for alert in alerts[:MOST_NAMED]]
    if len(alerts) > MOST_NAMED:
        parts.append(f"and {len(alerts) - MOST_NAMED} more")
    message.set_content("\n\n".join(parts) + "\n")
    return message


def describe(alert: Alert) -> str:
    """Return a paragraph about an alert."""
    if alert.cleared_s:
        first = f"{_time(alert.cleared_s)}  {alert.camera}: {alert.name} cleared after {_span(alert.lasted_s)}"
        return f"{first}\n{_REASONS.get(alert.reason or '', '')}"
    lines = [f"{_time(alert.raised_s)}  {alert.camera}: {alert.name} raised"]
    lines += [one_line(alert.text, 200)] if alert.text else []
    lines += [f"Condition: {one_line(alert.when, 300)}"]
    lines += [f"{name}: {value:g}" for name, value in alert.values.items()]
    return "\n".join(lines)


def _subject(alerts: Sequence[Alert]) -> str:
    if len(alerts) > 1:
        return f"Emobot: {len(alerts)} changes of alerts"
    (alert,) = alerts
    return f"Emobot: {alert.name} {'cleared' if alert.cleared_s else 'raised'}, {alert.camera}"


def _message_id(alerts: Sequence[Alert], sender: str, recipient: str) -> str:
    """Return the same ID for the same message, by which a mailbox may recognise one that was sent twice."""
    text = " ".join([recipient, *(f"{alert.id}{'-' if alert.cleared_s else '+'}" for alert in alerts)])
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def _time(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(at_s))


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
