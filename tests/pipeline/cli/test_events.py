"""Times in the past, as `emobot events --since` takes them."""

import datetime
import logging

import pytest

from pipeline.cli import events as command
from pipeline.cli.events import endpoint_of_run, events, parse_since
from pipeline.errors import ConfigError

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "age_s"), [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("1.5h", 5400), ("0s", 0)]
)
def test_an_age_counts_from_now(text: str, age_s: float) -> None:
    """In seconds, minutes, hours or days."""
    assert parse_since(text, NOW) == NOW - age_s


def test_a_time_is_local_unless_it_says_otherwise() -> None:
    """In ISO 8601."""
    local = datetime.datetime(2026, 11, 28, 9, 0)

    assert parse_since("2026-11-28T09:00", NOW) == local.timestamp()
    assert parse_since("2026-11-28T09:00+00:00", NOW) == local.replace(tzinfo=datetime.UTC).timestamp()


@pytest.mark.parametrize("text", ["15", "m", "-5m", "yesterday", "5 m", "1w", "9999999999d x"])
def test_anything_else_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(ConfigError, match="expected an age such as 15m"):
        parse_since(text, NOW)


def test_no_time_is_before_unix_time() -> None:
    """A date of a thousand years ago, or an age of more than that, means everything."""
    assert parse_since("999999999999d", NOW) == parse_since("1026-01-01", NOW) == 0


def test_a_time_in_the_future_is_refused() -> None:
    """Of another time zone, most often: the line says what time it is here."""
    with pytest.raises(ConfigError, match="expected a time in the past, found 2099-01-01: it is Fri Jan 15 .* 2027"):
        parse_since("2099-01-01", NOW)


@pytest.mark.parametrize(("topic", "found"), [("emotion.>", ">"), ("emotion.*.x", r"\*")])
def test_a_pattern_is_no_start_of_a_topic(topic: str, found: str) -> None:
    """It would wait for ever for a topic that begins like this."""
    with pytest.raises(ConfigError, match=f"expected the start of a topic, .* found '{found}' in it"):
        events("nats://127.0.0.1:1", topic=topic)


def test_the_past_needs_a_nats_server() -> None:
    """A publisher keeps nothing."""
    with pytest.raises(ConfigError, match="expected a nats:// endpoint"):
        events("tcp://127.0.0.1:1", since="5m")


def test_without_a_run_a_line_says_that_it_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise nothing would tell a run that is quiet from one that was never started."""
    monkeypatch.setattr(command, "about_run", lambda name, directory: None)
    with caplog.at_level(logging.WARNING):
        assert endpoint_of_run("") == ("tcp://127.0.0.1:5556", None, False)

    assert caplog.messages == [
        "found no run of yours on this machine (`emobot run` starts one): waiting at tcp://127.0.0.1:5556"
    ]
