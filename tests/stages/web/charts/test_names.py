"""A name means one person of those who are shown together."""

from typing import Literal

import pytest

from pipeline.messages import Box, Face
from stages.web.charts.charts import timeline_options
from stages.web.charts.names import Names
from stages.web.live.samples import Band, History, find_bands, person_key
from stages.web.visitor import Reader

NOON = 1_764_072_000
ONE, OTHER = person_key(NOON, 1), person_key(NOON + 3600, 1)


def reader(language: Literal["en", "fr"] = "en") -> Reader:
    return Reader(language, "auto", {})


def test_a_number_is_enough_within_one_start() -> None:
    """With one start, names have no time."""
    names = Names(reader(), [ONE, person_key(NOON, 2), 0])

    assert (names.of(ONE), names.several) == ("Person 1", False)
    assert set(names.attributes(ONE).values()) == {""}


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Person\u00a01, since\u00a0"), ("fr", "Personne\u00a01, depuis\u00a0")]
)
def test_several_starts_are_told_apart(language: Literal["en", "fr"], said: str) -> None:
    """Names have the start of the numbering."""
    names = Names(reader(language), [ONE, OTHER])

    assert names.of(ONE) != names.of(OTHER)
    assert all(names.of(one).startswith(said) and ":" in names.of(one) for one in (ONE, OTHER))
    assert names.attributes(OTHER) == {"data_since": str(NOON + 3600), "data_exact": "", "data_text": f"{said}{{time}}"}


def test_starts_within_a_minute_are_told_by_the_second() -> None:
    """Otherwise two names would be the same."""
    names = Names(reader(), [ONE, person_key(NOON + 20, 1)])

    assert names.of(ONE).count(":") == 2
    assert names.script("{time}", ONE).endswith(f"{NOON}, true, true)")


def test_what_a_script_says_is_no_script() -> None:
    """Text is quoted."""
    assert Names(reader(), [ONE]).script('"); alert("', ONE, dated=False) == (
        f'emobotSince("\\"); alert(\\"", {NOON}, false, false)'
    )


def test_each_lane_of_a_timeline_is_named() -> None:
    """Two people of one number have two lanes, and the lines below say whose they are."""
    bands = [Band(ONE, 0.0, 4.0, "happy"), Band(OTHER, 5.0, 9.0, "sad")]
    samples = History(10.0, 10).select()
    options = timeline_options(reader(), bands, samples, person=OTHER, span=(0.0, 9.0), of_day=True)

    assert find_bands(samples) == []
    assert options["yAxis"][0]["data"] == [0, 1]
    for text in (options["yAxis"][0]["axisLabel"][":formatter"], options["series"][0]["tooltip"][":formatter"]):
        assert str(NOON) in text and str(NOON + 3600) in text
    assert options["title"][":text"] == (
        f'emobotSince("Probabilities of person 1, since {{time}}", {NOON + 3600}, false, true)'
    )


def test_people_of_a_recording_have_the_names_they_were_given() -> None:
    """In every message and in the order of the list; a person without a name keeps a number, in the page's language."""
    names = Names(reader("fr"), [7, 2, 1], {7: "Person 1", 2: "Zoé <b>", 1: "Person 2"})

    assert [names.of(person) for person in (7, 2, 1)] == ["Personne 1", "Zoé <b>", "Personne 2"]
    assert names.pattern("lane", 2) == "Zoé <b>" and names.pattern("lane", 1) == "#2"
    assert names.pattern("probabilities", 2) == "Probabilités de Zoé <b>"
    assert sorted([1, 2, 7], key=names.rank) == [7, 2, 1]


def test_the_line_has_the_holes_of_the_bands() -> None:
    """A short absence interrupts the probabilities of this person, and of nobody else."""
    history = History(100.0, 100)
    face = Face(track=1, box=Box(x=0, y=0, width=9, height=9), score=1.0, fused=(0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1))
    for step in range(10):
        history.add(step / 10, 0, [face] if step not in (4, 5) else [])
    bands = [Band(1, 0.0, 0.4, "happy"), Band(2, 0.0, 0.1, "sad"), Band(1, 0.6, 1.0, "happy"), Band(2, 0.8, 1, "sad")]
    options = timeline_options(reader(), bands, history.select(), person=1, span=(0.0, 1.0), of_day=False)
    line = next(one for one in options["series"] if one.get("id") == "happy")

    assert [at for at, value in line["data"] if value is None] == [400.0]
    assert len(line["data"]) == 9


def test_a_name_is_no_html_in_a_tooltip() -> None:
    """ECharts reads tooltips as HTML, other texts not; lanes are in the order of the list."""
    bands = [Band(1, 0.0, 4.0, "happy"), Band(2, 5.0, 9.0, "sad")]
    options = timeline_options(
        reader(),
        bands,
        History(10.0, 10).select(),
        person=2,
        span=(0.0, 9.0),
        of_day=False,
        given={2: "<img onerror=x>", 1: "Ann"},
    )

    assert '"&lt;img onerror=x&gt;"' in options["series"][0]["tooltip"][":formatter"]
    assert '"<img onerror=x>"' in options["yAxis"][0]["axisLabel"][":formatter"]
    assert [band["value"][0] for band in options["series"][0]["data"]] == [1, 0]
