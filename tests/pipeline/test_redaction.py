"""Logins are not shown, whatever the address looks like."""

import pytest

from pipeline.redaction import redact, redact_all


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rtsp://me:se%40cret@10.0.0.1/a", "rtsp://***@10.0.0.1/a"),
        ("rtsp://me:p@ss/word@10.0.0.1/a", "rtsp://***@10.0.0.1/a"),
        (
            "http://10.0.0.1/a?channel=1&user=me&Password=secret#x y",
            "http://10.0.0.1/a?channel=1&user=***&Password=*** y",
        ),
        ("cannot open rtsp://a:b@c or http://d:e@f", "cannot open rtsp://***@c or http://***@f"),
        ("rtsp://10.0.0.1:554/stream?channel=1", "rtsp://10.0.0.1:554/stream?channel=1"),
        ("http://host/y@z and https://u@h?q=1", "http://host/y@z and https://***@h?q=1"),
        (
            'rtspsrc location=rtsp://h/a user-id=me user-pw="a b" ! fakesink',
            "rtspsrc location=rtsp://h/a user-id=*** user-pw=*** ! fakesink",
        ),
        ("demo", "demo"),
    ],
)
def test_logins_are_hidden(text: str, expected: str) -> None:
    """In front of the host and in the query; the rest is unchanged."""
    assert redact(text) == expected


def test_the_texts_of_a_table_are_hidden() -> None:
    """Numbers and switches are unchanged."""
    keys = {"source": "rtsp://a:b@c", "fps": 5.0, "enabled": False}

    assert redact_all(keys) == {"source": "rtsp://***@c", "fps": 5.0, "enabled": False}
