"""Titles of recordings with the same name."""

from pathlib import Path, PurePath

from stages.results.figures.people import read_shown
from stages.results.paths import distinct
from tests.stages.results.tables import rows_of, write_results


def test_paths_of_the_same_name_have_their_folders() -> None:
    """As many as tell them apart; the same path twice is one."""
    paths = ["/x/a/talk.mp4", "/y/a/talk.mp4", "/x/b/talk.mp4", "/x/solo.mp4", "/x/solo.mp4", "talk.mp4"]

    assert distinct([PurePath(path) for path in paths]) == [
        "x/a/talk.mp4",
        "y/a/talk.mp4",
        "b/talk.mp4",
        "solo.mp4",
        "solo.mp4",
        "talk.mp4",
    ]
    assert distinct([]) == []


def test_a_figure_tells_recordings_of_the_same_name_apart(tmp_path: Path) -> None:
    """By their folders and suffixes; results of one recording by the folders of the results."""
    sources = [
        "/d/a/talk.mp4",
        "/d/b/talk.mp4",
        "/d/a/walk.mp4",
        "/d/a/walk.mkv",
        "/d/one.mp4",
        "/d/one.mp4",
        "/d/x.mp4",
    ]
    folders = [
        write_results(tmp_path / f"r{n}" / "out", rows_of(1, "nn"), frames=2, source=Path(source))
        for n, source in enumerate(sources)
    ]

    assert [one.title for one in read_shown(folders)] == [
        "a/talk.mp4",
        "b/talk.mp4",
        "walk.mp4",
        "walk.mkv",
        "r4/out",
        "r5/out",
        "x",
    ]
