"""Groups in the index of reports."""

import re
from pathlib import Path

import pytest

from pipeline.batch.ledger import RECORD, Entry, write_whole
from stages.report.groups import Group, Member, groups_of
from stages.report.pages import write_reports
from stages.results.paths import Recorded
from tests.stages.report.recordings import write_table

HEAD = "file,person,participant,condition\n"


def member(path: str, *people: dict[str, float]) -> Member:
    """Return a recording with the seconds of its people's labels."""
    names = {track: f"Person {track}" for track in range(1, len(people) + 1)}
    folder = Path("/out") / Path(path).stem
    recorded = Recorded(folder=folder, path=Path(path), people=names, first_ms=0.0, end_ms=9e3)
    return Member(recorded=recorded, seconds=dict(zip(names, people, strict=True)))


MEMBERS = [
    member("/data/b/1.mp4", {"happy": 1.0, "neutral": 3.0}, {"neutral": 4.0}),
    member("/data/a/2.mp4", {"happy": 1.0}),
    member("/data/a/3.mp4"),
    member("/data/a/4.mp4", {"neutral": 10.0}),
]


def shown(groups: list[Group]) -> list[tuple[str, int, int, list[tuple[str, float, float]]]]:
    """Return the groups as plain data."""
    return [(one.name, one.recordings, one.people, one.shares) for one in groups]


def test_folders_are_groups(tmp_path: Path) -> None:
    """Each recording weighs the same, one without faces nothing; labels are in their order."""
    groups, error = groups_of(tmp_path, MEMBERS)

    assert error == ""
    assert shown(groups) == [
        ("a", 3, 2, [("happy", 0.5, 1.0), ("neutral", 0.5, 10.0)]),
        ("b", 1, 2, [("happy", 0.125, 1.0), ("neutral", 0.875, 7.0)]),
    ]
    assert groups[1].most[0] == "neutral"


@pytest.mark.parametrize("paths", [["/a/1.mp4", "/a/2.mp4"], ["/a/1.mp4", "/b/2.mp4"], ["/out/1", "/out/2"]])
def test_folders_that_do_not_group_are_none(tmp_path: Path, paths: list[str]) -> None:
    """One folder, a folder for each recording, recordings of unknown place."""
    assert groups_of(tmp_path, [member(path, {"happy": 1.0}) for path in paths]) == ([], "")


def test_participants_are_grouped_by_condition(tmp_path: Path) -> None:
    """The people of one recording may be in several groups; those without one come last."""
    rows = "1.mp4,1,P1,old\n1.mp4,2,P2,young\n2.mp4,,P3,old\n3.mp4,,P4,\n4.mp4,,P5,\n"
    (tmp_path / "participants.csv").write_text(HEAD + rows)
    groups, error = groups_of(tmp_path, MEMBERS)

    assert error == ""
    assert shown(groups) == [
        ("old", 2, 2, [("happy", 0.625, 2.0), ("neutral", 0.375, 3.0)]),
        ("young", 1, 1, [("neutral", 1.0, 4.0)]),
        ("", 2, 1, [("neutral", 1.0, 10.0)]),
    ]


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("who\nP1\n", [], "expected the columns file, participant, found who"),
        (HEAD + "1.mp4,,P1,old\n2.mp4,,P2,young\n", ["old", "young", ""], "expected a row for 3.mp4, found none"),
        (HEAD + "9.mp4,,P1,old\n", [], "expected a file that has results, found '9.mp4'"),
    ],
)
def test_mistakes_are_said_and_the_rest_is_grouped(tmp_path: Path, text: str, names: list[str], said: str) -> None:
    """A table that a person writes never costs the page."""
    (tmp_path / "participants.csv").write_text(text)
    groups, error = groups_of(tmp_path, MEMBERS)

    assert [one.name for one in groups] == names
    assert said in error


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_index_compares_groups(tmp_path: Path, language: str) -> None:
    """A row and a bar for each, escaped; without groups there is no such table."""
    for name, group in (("a", "x & <y>"), ("b", "x & <y>"), ("c", "z")):
        folder = write_table(tmp_path, name)
        write_whole(folder / RECORD, Entry(source=f"/data/{group}/{name}.mp4", directory=name))
    write_reports(tmp_path, language=language)  # type: ignore[arg-type]
    page = (tmp_path / "index.html").read_text()
    title = {"en": "Groups", "fr": "Groupes"}[language]
    rows = re.findall(r'<td class="name wide">([^<]*)</td>\s*<td class="number"[^>]*>(\d+)</td>', page)

    assert f"<h2>{title}</h2>" in page
    assert rows == [("x &amp; &lt;y&gt;", "2"), ("z", "1")]
    (tmp_path / "participants.csv").write_text("file,participant\n")
    write_reports(tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert "participants.csv" in page and "expected a row for a.mp4, found none" in page and "x &amp;" not in page
