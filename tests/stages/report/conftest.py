"""What the tests of reports share."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from models.display.timeline import PersonTimeline


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a timeline's file hold its language instead of a picture, which takes a quarter of a second to draw."""

    def write(
        people: Sequence[PersonTimeline], duration_s: float, title: str, path: Path, language: str, *rest: object
    ) -> None:
        path.write_text(language)

    for module in ("stages.table.stream", "stages.report.pages"):
        monkeypatch.setattr(f"{module}.draw_timeline", write)
