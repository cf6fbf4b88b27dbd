"""Times in the past, as `emobot events --since` takes them."""

import datetime

import pytest

from pipeline.cli.events import events, parse_since
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


def test_the_past_needs_a_nats_server() -> None:
    """A publisher keeps nothing."""
    with pytest.raises(ConfigError, match="expected a nats:// endpoint"):
        events("tcp://127.0.0.1:1", since="5m")
