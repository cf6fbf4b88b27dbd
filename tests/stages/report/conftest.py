"""What the tests of reports share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from models.display.person_timeline import PersonTimeline
from models.display.timeline import INPUTS, fingerprint


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a timeline be one pixel that names its inputs and its language, since drawing takes a quarter of a second."""

    def write(
        people: Sequence[PersonTimeline], duration_s: float, title: str, path: Path, language: str = "en", *rest: Any
    ) -> None:
        texts = PngInfo()
        texts.add_text(INPUTS, fingerprint(people, duration_s, title, language, *rest))
        texts.add_text("Language", language)
        Image.new("L", (1, 1)).save(path, "png", pnginfo=texts)

    for module in ("stages.table.people", "stages.report.renewing"):
        monkeypatch.setattr(f"{module}.draw_timeline", write)
