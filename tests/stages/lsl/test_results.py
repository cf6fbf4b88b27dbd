"""Markers in what people look at."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.display.person_timeline import PersonTimeline
from models.display.timeline import MOST_NAMED, RIGHT, draw_timeline
from pipeline.batch.results import MARKER_COLUMNS
from pipeline.messages import Language
from stages.report.pages import MOST_MARKERS, write_report
from tests.stages.report.recordings import write_table

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("language", "word"), [("en", "Markers"), ("fr", "Marqueurs")])
def test_a_report_lists_markers(language: Language, word: str, tmp_path: Path) -> None:
    """As lines over the timeline, and in a table; text of other programs is text."""
    folder = write_table(tmp_path, "talk", people=1, seconds=2.0, language=language)
    assert f"<h2>{word}" not in write_report(folder).folder.joinpath("report.html").read_text()
    rows = [f"{n}.0,{1000 + n}.0,stimuli,<b>{n}" for n in range(MOST_MARKERS + 1)]
    (folder / "markers.csv").write_text("\n".join([",".join(MARKER_COLUMNS), *rows]) + "\n")
    write_report(folder)
    page = (folder / "report.html").read_text()

    assert f"<h2>{word}</h2>" in page and "<b>7" not in page
    assert page.count("&lt;b&gt;7</td>") == 1 and page.count("<i style=") == MOST_MARKERS
    assert 'href="markers.csv"' in page


@pytest.mark.slow
def test_a_timeline_has_a_line_for_each_marker(tmp_path: Path) -> None:
    """In every row; the texts only while they are few. Dollars are no formula."""
    people = [PersonTimeline(n) for n in (1, 2)]
    for person in people:
        person.add(0.0, 3.0, "happy", [0.1] * 7)
    dark = []
    for count in (0, 1, MOST_NAMED + 1):
        markers = [(1.0, "cost $x^2$ <b> and more")] * count
        draw_timeline(people, 3.0, "talk", tmp_path / "t.png", "en", markers=markers)
        picture = np.asarray(Image.open(tmp_path / "t.png").convert("L"), int)
        middle = 0.14 + (RIGHT - 0.14) / 3
        column = picture[:, round(middle * picture.shape[1])]
        dark.append((int((column < 90).sum()), int((picture < 90).sum())))

    assert dark[1][0] > dark[0][0] + 100
    assert dark[1][1] > dark[2][1] > dark[0][1]
