"""Charts of what `[landmarks]` measured, and of markers of other programs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.messages import Language
from stages.results.reading import read_results
from stages.web.charts.charts import MOST_POINTS, timeline_options
from stages.web.charts.marks import MOST_LINES, mark_lines
from stages.web.charts.measures import Measures, measures_options
from stages.web.live.samples import Band, History
from stages.web.pages.parts import measures
from stages.web.visitor import Reader
from tests.stages.results.tables import rows_of, write_results
from tests.support.frames import make_face

NASTY = '<b>off</b> & "quoted" \u2028 and far longer than a label'
MARKS = [(0.5, "face on"), (1.0, NASTY)]


def reader(language: Language = "en") -> Reader:
    """Return a reader of a language."""
    return Reader(language, "auto", {})


def lines_of(options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the lines of markers of each series."""
    return [one["markLine"]["data"] for one in options["series"] if "markLine" in one]


def test_markers_are_lines_in_both_parts_of_a_timeline() -> None:
    """Texts of other programs stand beside the lines of the lower part, and are no HTML in tooltips."""
    band, nobody = [Band(1, 0.0, 4.0, "happy")], History(10.0, 10).select()
    options = timeline_options(reader(), band, nobody, person=1, span=(0.0, 4.0), of_day=False, marks=MARKS)
    above, below = lines_of(options)

    assert [line["xAxis"] for line in above] == [line["xAxis"] for line in below] == [500, 1000]
    assert [line["name"] for line in below] == ["face on", f"{NASTY[:23]}…"]
    assert below[1]["tooltip"][":formatter"].startswith('() => "&lt;b&gt;off&lt;/b&gt; &amp; &quot;quoted&quot;')
    without = timeline_options(reader(), band, nobody, person=1, span=(0.0, 4.0), of_day=False)
    assert lines_of(without) == []


def test_many_markers_have_no_text() -> None:
    """And the oldest no line."""
    many = mark_lines([(float(n), str(n)) for n in range(600)], 1e3, named=True)["markLine"]

    assert len(many["data"]) == MOST_LINES and many["data"][0]["name"] == "100"
    assert many["label"]["show"] is False
    assert mark_lines(MARKS, 1e3, named=True)["markLine"]["label"]["show"] is True
    assert mark_lines((), 1e3, named=True) == {}


def measured(folder: Path, count: int = 50) -> Measures:
    """Return what was measured of person 1, covered in the middle, beside person 2."""
    results = read_results(write_results(folder, rows_of(1, "n" * count) + rows_of(2, "h" * count), frames=count))
    mine = results.track == 1
    at = results.pts_ms[mine]
    yaw = np.where((at > 400) & (at < 1400), np.nan, at / 10)
    for name in ("yaw", "pitch", "roll", "eye_left", "eye_right", "mouth", "facing"):
        results.extra[name][mine] = yaw if name == "yaw" else 0.25
    found = Measures.of(results)
    assert found
    return found


def test_a_person_has_a_line_for_each_measure(tmp_path: Path) -> None:
    """With a hole where the face was covered; of nobody else."""
    options = measures_options(
        reader("fr"), measured(tmp_path / "a"), person=1, name="Zoé", span=(0.0, 2.0), marks=MARKS
    )
    yaw, *_, mouth = options["series"]

    assert [line["name"] for line in options["series"]] == [
        *("Lacet", "Tangage", "Roulis", "Œil gauche", "Œil droit", "Bouche")
    ]
    assert len({line["itemStyle"]["color"] for line in options["series"]}) == 6
    assert (yaw["xAxisIndex"], mouth["xAxisIndex"]) == (0, 1)
    assert len(lines_of(options)) == 2
    values = [value for _, value in yaw["data"]]
    assert values.count(None) == 1 and values[values.index(None) - 1] == 40.0 and max(v or 0 for v in values) == 90
    assert [value for _, value in mouth["data"]] == [0.25] * 50
    assert options["aria"]["label"]["description"] == "Tête, yeux et bouche de Zoé"
    (empty, *_) = measures_options(reader(), measured(tmp_path / "b"), person=2, name="", span=(0, 2))["series"]
    assert empty["data"] == []


def test_long_recordings_have_few_points(tmp_path: Path) -> None:
    """A chart has hardly more pixels."""
    found = measures_options(reader(), measured(tmp_path / "a", 4001), person=1, name="", span=(0, 200))["series"]

    assert all(len(line["data"]) <= MOST_POINTS + 2 for line in found)


def test_without_landmarks_there_is_no_chart(tmp_path: Path) -> None:
    """Neither for empty columns, nor for tables of earlier versions."""
    assert Measures.of(read_results(write_results(tmp_path / "a", rows_of(1, "nn"), frames=2))) is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Faces the camera · yaw 12°, pitch 0°, roll 0° · eyes 0.24 and 0.31 · mouth 0.05 · blinks: 3"),
        ("fr", "Face à la caméra · lacet 12°, tangage 0°, roulis 0° · yeux 0,24 et 0,31 · bouche 0,05"),
    ],
)
def test_a_face_is_one_line(language: Language, said: str) -> None:
    """With what was measured of it, in the reader's language; there is no minus zero."""
    values = {"yaw": 12.4, "pitch": -0.2, "roll": 0.3, "facing": True, "eye_left": 0.24, "eye_right": 0.31}
    face = make_face(1, **values, mouth=0.05, blinks=3 if language == "en" else None)

    assert measures(reader(language), face) == said
    assert (
        measures(reader(language), make_face(1, facing=False))
        == {"en": "Turned away", "fr": "Visage détourné"}[language]
    )
