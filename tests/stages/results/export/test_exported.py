"""Names of exported files, and files of an earlier export."""

import re
from pathlib import Path

import pytest

from stages.results.export.exported import RECORD, hash_of
from stages.results.export.formats import SUFFIXES, Format, export_results
from tests.stages.results.tables import rows_of, write_results


def recording(folder: Path, people: int = 3) -> Path:
    """Return the results of a recording of several people."""
    return write_results(folder, [row for track in range(1, people + 1) for row in rows_of(track, "hh")], frames=2)


def logs(folder: Path) -> list[str]:
    """Return the names of all logs in a folder."""
    return sorted(path.name for path in folder.glob("*_detailed.txt"))


def export(folder: Path, out: Path | None = None, *formats: Format) -> list[str]:
    """Export FaceReader's logs, or other formats; return the names of the files."""
    return [path.name for path in export_results(folder, formats or (Format.FACEREADER,), out).files]


def name(folder: Path, *names: str) -> None:
    """Name the tracks."""
    (folder / "persons.csv").write_text("track,person\n" + "".join(f"{n},{one}\n" for n, one in enumerate(names, 1)))


def test_logs_of_people_who_were_joined_are_removed(tmp_path: Path) -> None:
    """Beside the results and in another folder, back and forth; other files and formats stay."""
    folder, out = recording(tmp_path / "talk"), tmp_path / "out"
    out.mkdir()
    for place in (folder, out):
        (place / "talk_9_detailed.txt").write_text("mine")
        export(folder, place, Format.FACEREADER, Format.EAF)
        assert logs(place) == [f"talk_{n}_detailed.txt" for n in (1, 2, 3, 9)]
    for names, left in (
        (("Ann", "Ann", "Bob"), ["talk_1_detailed.txt", "talk_3_detailed.txt"]),
        (("Ann", "Ann", "-"), ["talk_detailed.txt"]),
        (("Ann", "Bob", "-"), ["talk_1_detailed.txt", "talk_2_detailed.txt"]),
    ):
        name(folder, *names)
        for place in (folder, out):
            export(folder, place)
            assert logs(place) == sorted([*left, "talk_9_detailed.txt"])
    assert (folder / "talk.eaf").exists() and (out / "talk_9_detailed.txt").read_text() == "mine"


@pytest.mark.parametrize("what", ["changed", "replaced", "no record", "damaged record", "folder"])
def test_what_is_not_ours_stays(tmp_path: Path, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """A changed log stays with a line; without a valid record nothing is removed."""
    folder = recording(tmp_path / "talk")
    export(folder)
    second = folder / "talk_2_detailed.txt"
    match what:
        case "changed":
            second.write_text(second.read_text() + "a note\n")
        case "replaced":
            second.write_bytes(b"\xff\x00")
        case "no record":
            (folder / RECORD).unlink()
        case "damaged record":
            (folder / RECORD).write_text('{"facereader of .": {"../talk/talk_2_detailed.txt": 3}}')
        case "folder":
            second.unlink()
            second.mkdir()
    name(folder, "Ann", "Ann", "Ann")
    export(folder)

    assert second.exists() and (folder / "talk_detailed.txt").exists()
    assert bool(caplog.records) == (what in ("changed", "replaced"))


def test_recordings_in_one_folder_keep_theirs(tmp_path: Path) -> None:
    """The log of `talk_2` is no log of the second person of `talk`, whichever is first and gets more people."""
    talk, other = recording(tmp_path / "talk"), recording(tmp_path / "talk_2", people=1)
    for order, names in (((talk, other), ["talk_2-2"]), ((other, talk), ["talk_2"])):
        out = tmp_path / f"{order[0].name} first"
        out.mkdir()
        written = [name for folder in order for name in export(folder, out)]
        assert len(set(written)) == len(logs(out)) == 4
        assert [one for one in written if one in {f"{name}_detailed.txt" for name in names}]
        for one in order:
            assert set(export(one, out)) <= set(written)
        name(talk, "Ann", "Ann", "Ann")
        export(talk, out)
        assert len(logs(out)) == 2
        (talk / "persons.csv").unlink()


def test_no_recording_replaces_the_files_of_another(tmp_path: Path) -> None:
    """Of one name in another folder, with BIDS's ending or in other letters, now and later, in every format."""
    out = tmp_path / "out"
    out.mkdir()
    folders = [recording(tmp_path / name, 1) for name in ("a/talk", "b/talk", "talk_video", "c/TALK", "talk-2")]
    first = {folder: export(folder, out, *Format) for folder in folders}
    every = [name.casefold() for names in first.values() for name in names]
    assert len(set(every)) == len(every) == 5 * (len(Format) + 1)
    assert first[folders[0]][0] == "talk.eaf" and first[folders[2]][0] == "talk_video.eaf"

    assert {folder: export(folder, out, *Format) for folder in reversed(folders)} == dict(reversed(first.items()))
    # results that are gone reserve nothing
    folders[0].rename(tmp_path / "elsewhere")
    assert export(folders[1], out, Format.SRT) == ["talk.srt"]
    assert not (out / "talk-2.srt").exists()


@pytest.mark.parametrize(
    ("stem", "base"),
    [
        ("CON", "_CON"),
        ("aux.2026", "_aux.2026"),
        ("console", "console"),
        ('a<b>c:d"e|f?g*h', "a_b_c_d_e_f_g_h"),
        ("-rf talk & Mühe's", "-rf talk & Mühe's"),
        ("ends. ", "ends"),
        ("ü" * 120, "ü" * 119),
    ],
)
def test_names_are_those_of_any_system(tmp_path: Path, stem: str, base: str) -> None:
    """In a folder for other programs, which may be on Windows; what follows still fits."""
    folder = recording(tmp_path / stem, 1)
    (tmp_path / "out").mkdir()

    assert export(folder, tmp_path / "out", Format.TEXTGRID) == [f"{base}.TextGrid"]
    assert export(folder) == [f"{stem[:117] if len(stem) > 100 else stem}_detailed.txt"]


def test_results_that_were_moved_are_still_known(tmp_path: Path) -> None:
    """With the exports beside them."""
    folder = recording(tmp_path / "talk")
    export(folder)
    (tmp_path / "new").mkdir()
    moved = folder.rename(tmp_path / "new" / "talk")
    name(moved, "Ann", "Ann", "Ann")
    export(moved)

    assert logs(moved) == ["talk_detailed.txt"]


@pytest.mark.parametrize("kind", Format)
def test_an_edited_file_is_not_replaced(tmp_path: Path, kind: Format) -> None:
    """Beside the results and elsewhere, however often, also when the results say the same; `overwrite` replaces it."""
    folder, out = recording(tmp_path / "talk", people=1), tmp_path / "out"
    out.mkdir()
    for place in (None, out):
        first, *others = export_results(folder, [kind], place).files
        written = first.read_bytes()
        first.write_bytes(edited := written + b" ")
        for _ in range(2):
            files, (line,) = export_results(folder, {kind, Format.VTT, Format.SRT}, place)
            assert first.read_bytes() == edited and first not in files and set(others) <= set(files)
            assert "expected the file as exported on 20" in line and f"found it changed: {first}: kept" in line
            assert {one.suffix for one in files} >= {".vtt", ".srt"} - {first.suffix}
        assert export_results(folder, [kind], place, overwrite=True) == ([first, *others], [])
        assert first.read_bytes() != edited
        name(folder, "Ann")
        assert export_results(folder, [kind], place).kept == []
        (folder / "persons.csv").unlink()


@pytest.mark.parametrize("kind", SUFFIXES)
@pytest.mark.parametrize("record", [None, "hashes alone", "{", "[]", '{"eaf of .": {"talk.eaf": {"hash": 3}}}'])
def test_a_file_that_is_not_noted_counts_as_edited_if_it_differs(
    tmp_path: Path, kind: Format, record: str | None
) -> None:
    """Its time of export is no difference. What an earlier version noted is still known."""
    folder = recording(tmp_path / "talk", people=1)
    path = export_results(folder, [kind]).files[0]
    note = folder / RECORD
    if record == "hashes alone":
        note.write_text(f'{{"{kind} of .": {{"{path.name}": "{hash_of(path.read_bytes())}"}}}}')
    elif record:
        note.write_text(record)
    else:
        note.unlink()
    if record != "hashes alone":
        path.write_bytes(re.sub(rb"T\d\d:\d\d:", b"T01:02:", path.read_bytes()))
    assert export_results(folder, [kind]).kept == []

    path.write_text("by hand")
    note.unlink()
    (line,) = export_results(folder, [kind]).kept
    assert path.read_text() == "by hand" and f"found another: {path}: kept" in line


def test_files_that_nobody_edited_follow_the_results(tmp_path: Path) -> None:
    """Also where only the record of an earlier version is known."""
    folder = recording(tmp_path / "talk", people=1)
    path = export_results(folder, [Format.SRT]).files[0]
    (folder / RECORD).write_text(f'{{"srt of .": {{"talk.srt": "{hash_of(path.read_bytes())}"}}}}')
    for one in ("Ann", "Bob"):
        name(folder, one)
        assert export_results(folder, [Format.SRT]).kept == [] and f"{one}: happy" in path.read_text()
    path.unlink()
    assert export_results(folder, [Format.SRT]) == ([path], [])
