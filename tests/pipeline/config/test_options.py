"""Options are checked before anything starts."""

from typing import Any

import pytest

from pipeline.config.options import Problems, read_table, stage_keys
from pipeline.config.registry import OUTPUTS, SOURCES, STAGES, resolve
from pipeline.errors import EmobotError
from stages.capture import Capture


@pytest.mark.parametrize(
    ("use", "options", "said"),
    [
        (
            SOURCES["*"],
            {"source": "0", "stall_s": 0.0},
            "stall_s: expected a number, at least 0.1, at most 3600, found 0.0",
        ),
        (SOURCES["*"], {"source": "0", "width": -1}, "width: expected a whole number, at least 0"),
        (SOURCES["*"], {"source": "0", "fps": float("nan")}, "fps: expected a number, at least 0"),
        (SOURCES["*"], {"source": "0", "fps": True}, "fps: expected a number"),
        (SOURCES["*"], {"source": "0", "transport": "sctp"}, "transport: expected one of 'tcp', 'udp', found 'sctp'"),
        (
            SOURCES["demo"],
            {"width": 641},
            "width: expected a whole number, at least 256, at most 8192, a multiple of 2",
        ),
        (SOURCES["demo"], {"seconds": float("inf")}, "seconds: expected a number"),
        (STAGES["detect"], {"detect_hz": -1.0}, "detect_hz: expected a number, at least 0, at most 1000, found -1.0"),
        (STAGES["detect"], {"min_score": 2}, "min_score: expected a number, at least 0, at most 1, found 2"),
        (STAGES["overlay"], {"scale": -1}, "scale: expected a number, at least 0, at most 10, found -1"),
        (OUTPUTS["file"], {"bitrate_kbps": -1}, "bitrate_kbps: expected a whole number, at least 0"),
        (OUTPUTS["file"], {"fragment_s": 0}, "fragment_s: expected a number, at least 0.1, at most 60, found 0"),
        (OUTPUTS["rtsp"], {"port": 70_000}, "port: expected a whole number, at least 0, at most 65535, found 70000"),
    ],
)
def test_a_value_out_of_range_is_refused(use: str, options: dict[str, Any], said: str) -> None:
    """The option, what was expected and what was found are named."""
    problems = Problems()
    read_table(
        "t", {"name": "hall", **options} if use in SOURCES.values() else options, stage_keys(resolve(use)), problems
    )

    assert [problem.startswith(f"[t] {said}") for problem in problems] == [True]


def test_a_number_may_be_whole_where_it_may_be_any() -> None:
    """`fps = 30` is as good as `fps = 30.0`."""
    problems = Problems()
    values = read_table("t", {"name": "hall", "source": "0", "fps": 30}, stage_keys(Capture), problems)

    assert not problems
    assert values["fps"] == 30.0


@pytest.mark.parametrize("source", ["nowhere.mp4", "ftp://host/x", "rtsp://", ""])
def test_a_source_that_cannot_be_is_refused_before_the_start(source: str) -> None:
    """`emobot check` finds a misspelt file name."""
    with pytest.raises(EmobotError):
        Capture.check(name="hall", source=source)
