"""`emobot table`: participants, conditions and windows applied to finished results."""

from pathlib import Path, PurePath
from typing import Any

import pytest

from pipeline.errors import ConfigError, InputError
from stages.report.recording import read_recording
from stages.results.paths import PathPattern
from stages.results.reading import durations_s, read_results
from stages.results.study import read_study
from stages.results.tidy import TidyRow, tidy_rows
from tests.stages.results.tables import rows_of, write_results

LABELS = "hhhhhhhhhhnnnnnnnnnnuuuuuuuuuu.........." + "s" * 10
"""Of a person in a clip of 2 s: 0.4 s happy, neutral, uncertain, absent and sad."""


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Two recordings, one of two people."""
    folder, clips = tmp_path / "results", tmp_path / "clips/sad"
    two = [*rows_of(1, LABELS), *rows_of(2, "h" * 50)]
    return [
        write_results(folder / "P01_a", two, frames=50, source=clips / "P01_a.mp4"),
        write_results(folder / "P02_a", rows_of(1, "n" * 50), frames=50, source=clips / "P02_a.mp4", first_pts_ms=2000),
    ]


def rows(folders: list[Path], participants: str = "", windows: str = "", pattern: str = "") -> list[TidyRow]:
    """Return the rows for tables given as text."""
    place = folders[0].parent
    paths: list[Path | None] = []
    for name, text in (("P.csv", participants), ("W.csv", windows)):
        (place / name).write_text(text)
        paths.append(place / name if text else None)
    return tidy_rows(folders, read_study(paths[0], paths[1], pattern))


def picked(found: list[TidyRow], *names: str) -> list[tuple[Any, ...]]:
    """Return some columns."""
    return [tuple(row[name] for name in names) for row in found]


def test_without_windows_a_row_is_a_person_in_a_recording(results: list[Path]) -> None:
    """Its seconds are those of the results, whatever is not known is empty, and times stay the file's own."""
    found = rows(results)
    first = found[0]

    assert picked(found, "file", "person", "start_s", "end_s") == [
        ("P01_a.mp4", 1, 0.0, 2.0),
        ("P01_a.mp4", 2, 0.0, 2.0),
        ("P02_a.mp4", 1, 2.0, 4.0),
    ]
    assert [first[f"seconds_{name}"] for name in ("happy", "neutral", "uncertain", "sad", "fear")] == [0.4] * 4 + [0]
    assert (first["seen"], first["uncertain"]) == (0.8, 0.25)
    assert first["changes_per_min"] == pytest.approx(60 * 3 / 1.6, abs=1e-3)
    # happy is 0.7 for 0.4 s, and 0.05 for 1.2 s
    assert first["mean_happy"] == pytest.approx((0.4 * 0.7 + 1.2 * 0.05) / 1.6, abs=1e-4)
    assert (first["participant"], first["condition"], first["window"]) == ("", "", "")
    for folder in results:
        whole = durations_s(read_results(folder))
        mine = [row for row in found if row["results"] == str(folder)]
        assert all(sum(row[f"seconds_{name}"] for row in mine) == pytest.approx(s) for name, s in whole.items())
        changes = sum(row["changes_per_min"] * row["seen"] * 2 / 60 for row in mine)
        assert changes == pytest.approx(read_recording(folder).facts.changes, abs=0.001)


def test_windows_cut_episodes(results: list[Path]) -> None:
    """A person who is not seen in a window has a row of zeros, and nothing where nothing can be said."""
    windows = "file;start;end;window\nP01_a.mp4;0,2;0:00:00.6;one\nP01_a.mp4;1.2;1.6;two\nP02_a;3;;rest\n"
    found = rows(results, windows=windows)

    assert picked(found, "person", "window", "start_s", "end_s", "seconds_happy", "seconds_neutral", "seen") == [
        (1, "one", 0.2, 0.6, 0.2, 0.2, 1.0),
        (1, "two", 1.2, 1.6, 0.0, 0.0, 0.0),
        (2, "one", 0.2, 0.6, 0.4, 0.0, 1.0),
        (2, "two", 1.2, 1.6, 0.4, 0.0, 1.0),
        (1, "rest", 3.0, 4.0, 0.0, 1.0, 1.0),
    ]
    assert picked(found, "mean_sad", "uncertain", "changes_per_min")[1] == (None, None, None)
    assert found[0]["changes_per_min"] == 150.0  # one in 0.4 s


def test_windows_for_all_files_are_cut_to_each(results: list[Path]) -> None:
    """A recording outside of a window has no row for it; their union has the seconds of the whole."""
    found = rows(results, windows="start,end,condition\n0,1.01,a\n1.01,3.017,b\n3.017,99,c\n")

    assert picked(found, "file", "person", "condition", "start_s", "end_s") == [
        ("P01_a.mp4", 1, "a", 0.0, 1.01),
        ("P01_a.mp4", 1, "b", 1.01, 2.0),
        ("P01_a.mp4", 2, "a", 0.0, 1.01),
        ("P01_a.mp4", 2, "b", 1.01, 2.0),
        ("P02_a.mp4", 1, "b", 2.0, 3.017),
        ("P02_a.mp4", 1, "c", 3.017, 4.0),
    ]
    assert sum(row["seconds_happy"] for row in found) == pytest.approx(2.4)
    assert sum(row["seconds_neutral"] for row in found) == pytest.approx(2.4)


def test_participants_come_from_a_table(results: list[Path]) -> None:
    """By file, and by person where a file has several; further columns are copied."""
    table = "file,person,participant,condition,age\nP01_a.mp4,1,anna,sad,31\nsad/P01_a,2,ben,,\nP02_a,,cleo,calm,44\n"
    found = rows(results, table)

    assert picked(found, "participant", "condition", "age") == [
        ("anna", "sad", "31"),
        ("ben", "", ""),
        ("cleo", "calm", "44"),
    ]


def test_participants_come_from_the_path(results: list[Path]) -> None:
    """A table without files adds what it knows of them; a window's condition is the nearest."""
    pattern = "{condition}/{participant}_{session}"
    plain = rows(results, pattern=pattern)
    joined = rows(results, "participant,group\nP02,x\nP01,y\n", "start,end,condition\n0,3,first\n", pattern)

    assert picked(plain, "participant", "condition", "session")[1:] == [("P01", "sad", "a"), ("P02", "sad", "a")]
    assert picked(joined, "participant", "condition", "session", "group")[1:] == [
        ("P01", "first", "a", "y"),
        ("P02", "first", "a", "x"),
    ]


def test_windows_may_be_of_participants_and_of_people(results: list[Path]) -> None:
    """Those of others may be at the same time."""
    table = "file,person,participant\nP01_a,1,anna\nP01_a,2,ben\nP02_a,,cleo\n"
    windows = "participant,person,start,end,window\nanna,,0,1,a\nben,,0.5,1.5,b\ncleo,,2,3,c\n,1,3,3.5,d\n"
    found = rows(results, table, windows)

    assert picked(found, "participant", "window", "start_s", "end_s") == [
        ("anna", "a", 0.0, 1.0),
        ("ben", "b", 0.5, 1.5),
        ("cleo", "c", 2.0, 3.0),
        ("cleo", "d", 3.0, 3.5),
    ]


def test_a_recording_in_which_nobody_was_seen_has_a_row(tmp_path: Path, results: list[Path]) -> None:
    """Its participant is known, also by the row of a person; nothing is known of the face."""
    empty = write_results(tmp_path / "results/P03_a", [], frames=50, source=tmp_path / "P03_a.mp4")
    (row,) = rows([empty], "file,person,participant\nP03_a,1,dora\n", "start,end\n0,1\n")

    assert (row["participant"], row["person"], row["name"], row["end_s"], row["seen"]) == ("dora", None, "", 1.0, 0.0)
    assert (row["mean_happy"], row["uncertain"], row["changes_per_min"], row["seconds_happy"]) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("{participant}_{condition}", "/x/P1_sad_2.mp4", {"participant": "P1", "condition": "sad_2"}),
        ("{participant}_*", "/x/P1_sad.mp4", {"participant": "P1"}),
        ("{day}/{participant}", "/x/mon/P1.v2.mp4", {"day": "mon", "participant": "P1.v2"}),
        ("s({participant})", "s(1).mp4", {"participant": "1"}),
        ("{participant}_{condition}", "/x_y/P1.mp4", None),
        ("P{participant}", "/x/XP1.mp4", None),
        ("a/{participant}", "/ba/1.mp4", None),
    ],
)
def test_patterns_describe_the_end_of_a_path(pattern: str, path: str, found: dict[str, str] | None) -> None:
    """Whole parts of it; everything else in them is itself."""
    assert PathPattern(pattern).read(PurePath(path)) == found


@pytest.mark.parametrize("pattern", ["plain", "{a}{a}", "*", "{1a}"])
def test_a_pattern_without_names_is_refused(pattern: str) -> None:
    """Or with a name twice."""
    with pytest.raises(ConfigError, match="expected .*participant.*, found"):
        PathPattern(pattern)


@pytest.mark.parametrize(
    ("participants", "windows", "pattern", "errors"),
    [
        ("participant\na\n", "", "", ["expected the columns file, participant, found participant, in row 1 of P.csv"]),
        ("", "start\n1\n", "", ["expected the columns start, end, found start, in row 1 of W.csv"]),
        (
            "file,participant\nP01_a,x\nP03,y\n",
            "",
            "",
            ["expected a file that has results, found 'P03', in row 3 of P.csv"],
        ),
        (
            "participant\np01\n",
            "",
            "{participant}_*",
            [f"expected a row for participant 'P0{n}', found none, in P.csv" for n in (1, 2)],
        ),
        (
            "file,person,participant\nP01_a,3,x\nP02_a,1,y\nP02_a,1,z\n",
            "",
            "",
            [
                "expected a person of P01_a.mp4 (1, 2), found '3', in row 2 of P.csv",
                "expected one row for each person, found a second one for P02_a.mp4, in row 4 of P.csv",
            ],
        ),
        (
            "",
            "start,end\n0,1\n0.9,2\n4,3\nx,5\n3,3\n90,99\n",
            "",
            [
                "expected an end after the start 4, found '3', in row 4 of W.csv",
                "expected seconds or H:MM:SS as start, found 'x', in row 5 of W.csv",
                "expected an end after the start 3, found '3', in row 6 of W.csv",
                "expected a start of at least 1 s, where the window before it ends, found 0.9 s, in row 3 of W.csv",
                "expected a window within a recording, found start '90', in row 7 of W.csv",
            ],
        ),
        (
            "file,participant\nP01_a,x\nP02_a,y\n",
            "participant,start,end\nx,0,1\nz,0,1\n",
            "",
            ["expected a participant of a recording, found 'z', in row 3 of W.csv"],
        ),
        (
            "",
            "file,person,start,end\nP02_a,1,2,3\nP02_a,7,0,1\n,Zoe,0,1\n",
            "",
            [
                "expected a person of P02_a.mp4, found '7', in row 3 of W.csv",
                "expected a person of a recording, found 'Zoe', in row 4 of W.csv",
            ],
        ),
        ("", "file,start,end\nP1,0,1\n", "", ["expected a file that has results, found 'P1', in row 2 of W.csv"]),
        (
            "",
            "file,start,end\nP02_a,0,1\n",
            "",
            ["expected a window within a recording, found start '0', in row 2 of W.csv"],
        ),
    ],
)
def test_mistakes_have_one_line_each(
    results: list[Path], participants: str, windows: str, pattern: str, errors: list[str]
) -> None:
    """Expected, found, where; all of them at once."""
    with pytest.raises(InputError) as caught:
        rows(results, participants, windows, pattern)

    assert str(caught.value).replace(f"{results[0].parent}/", "").splitlines() == errors


def test_a_name_that_fits_two_recordings_is_refused(tmp_path: Path) -> None:
    """With its folder it is clear."""
    folders = [
        write_results(tmp_path / f"r{n}", rows_of(1, "hh"), frames=2, source=tmp_path / name / "talk.mp4")
        for n, name in enumerate("ab")
    ]
    with pytest.raises(InputError, match=r"expected a file named with its folder, found 2 called 'talk', in row 2"):
        rows(folders, "file,participant\ntalk,x\na/talk.mp4,y\nb/talk,z\n")

    assert picked(rows(folders, "file,participant\na/talk.mp4,y\nb/talk,z\n"), "participant") == [("y",), ("z",)]


def test_a_person_may_be_called_by_another_s_number(tmp_path: Path) -> None:
    """Then the name counts."""
    folder = write_results(tmp_path / "talk", [*rows_of(1, "hh"), *rows_of(2, "hh"), *rows_of(3, "hh")], frames=2)
    (folder / "persons.csv").write_text("track,person\n1,2\n2,1\n3,C\n")
    found = rows([folder], "file,person,participant\ntalk,1,one\ntalk,2,two\ntalk,3,three\n")

    assert picked(found, "name", "participant") == [("2", "two"), ("1", "one"), ("C", "three")]


def test_a_name_is_found_whatever_the_system_stores(tmp_path: Path) -> None:
    """A system may store a letter and its accent as two characters; spreadsheets write one."""
    source = tmp_path / "Zoe\u0308_cafe\u0301.mp4"
    folder = write_results(tmp_path / "r" / "one", rows_of(1, "hh"), frames=2, source=source)

    assert picked(rows([folder], "file,participant\nZo\xeb_caf\xe9.mp4,x\n"), "participant") == [("x",)]
    found = rows([folder], "participant,group\nZo\xeb,a\n", "participant,start,end\nZo\xeb,0,1\n", "{participant}_*")
    assert picked(found, "participant", "group") == [("Zo\xeb", "a")]
