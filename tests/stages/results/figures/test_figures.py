"""Figures of recordings and groups."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.display.wording import Wording
from pipeline.batch.results import MARKER_COLUMNS
from pipeline.errors import ConfigError, InputError
from stages.results.figures.distribution import draw_distribution
from stages.results.figures.people import MOST_COLUMNS, Shown, probabilities, read_shown, shares_of
from stages.results.figures.rows import draw_ethogram, draw_timeline
from stages.results.figures.style import COLORS, STYLES, Style
from stages.results.figures.texts import FIGURE_TEXTS
from tests.stages.results.figures.drawing import EN, FR, colors, size_mm, texts
from tests.stages.results.tables import rows_of, write_results

pytestmark = pytest.mark.slow

Draw = Callable[[Sequence[Shown], Path, Style, Wording], None]
KINDS: list[Draw] = [draw_timeline, draw_ethogram, draw_distribution]
LONG = "an_extremely_long_name_of_a_recording_as_cameras_write_them_2026-11-28T10-03-22_take_2"


def recording(
    folder: Path, *people: str, frames: int = 250, fps: float = 25.0, source: str = "", at: float = 0
) -> Path:
    """Write the results of a recording, a text of labels for each person."""
    rows = [row for track, labels in enumerate(people, 1) for row in rows_of(track, labels, fps=fps)]
    place = Path(source) if source else None
    return write_results(folder, rows, frames=frames, fps=fps, source=place, first_pts_ms=at * 1e3)


@pytest.mark.parametrize(("draw", "style"), list(zip(KINDS, STYLES, strict=True)))
def test_a_figure_says_everything(tmp_path: Path, draw: Draw, style: str) -> None:
    """Units, people, and all labels with `uncertain`; it fits its page."""
    folder = recording(tmp_path / "talk", "n" * 125 + "h" * 125, "." * 50 + "u" * 50)
    path = tmp_path / "figure.svg"
    draw(read_shown([folder]), path, STYLES[style], EN)
    written = texts(path)

    assert {*COLORS, "Person 1", "Person 2"} <= set(written)
    assert any(text in written for text in ("Time (s)", "Share of time in view (%)"))
    assert {COLORS[label] for label in ("happy", "neutral", "uncertain")} <= set(colors(path))
    assert size_mm(path)[1] <= STYLES[style].height_in * 25.4 + 0.1


@pytest.mark.parametrize("draw", KINDS)
def test_a_figure_is_in_the_reader_s_language(tmp_path: Path, draw: Draw) -> None:
    """No English is left; names of recordings do not change."""
    folders = [recording(tmp_path / "a$b", "n" * 50 + "h" * 75), recording(tmp_path / "none", frames=100)]
    path = tmp_path / "figure.svg"
    draw(read_shown(folders), path, STYLES["paper"], FR)
    written = texts(path)

    assert {"joie", "incertain", "aucun visage détecté"} <= set(written)
    assert any("a$b" in text for text in written)
    english = {text for key, text in FIGURE_TEXTS["en"].items() if FIGURE_TEXTS["fr"][key] != text} | set(COLORS)
    assert not english - {"surprise"} & set(written)


@pytest.mark.parametrize(
    ("frames", "fps", "at", "unit", "marks"),
    [
        (250, 25.0, 0.08, "Time (s)", {"0", "2", "10"}),
        (1500, 25.0, 0.0, "Time (min:s)", {"0:00", "0:10", "1:00"}),
        (7200, 1.0, 0.0, "Time (h:min:s)", {"0:00:00", "0:30:00", "2:00:00"}),
        (60, 1.0, 3600.0, "Time (h:min:s)", {"1:00:00", "1:00:10", "1:01:00"}),
    ],
)
def test_the_axis_has_round_times(
    tmp_path: Path, frames: int, fps: float, at: float, unit: str, marks: set[str]
) -> None:
    """In seconds, minutes or hours, to the end of the recording, also where nobody is; a late part begins late."""
    folder = recording(tmp_path / "talk", "n" * 20, frames=frames, fps=fps, at=at)
    draw_timeline(read_shown([folder]), tmp_path / "figure.svg", STYLES["paper"], EN)

    written = texts(tmp_path / "figure.svg")

    assert {unit, *marks} <= set(written) and len(set(written) - set(COLORS)) < 20


@pytest.mark.parametrize("draw", [draw_timeline, draw_ethogram])
def test_markers_are_lines_with_their_texts(tmp_path: Path, draw: Draw) -> None:
    """In each row of their recording, named in the first; near ones share a text, and dollars are no formula."""
    folder = recording(tmp_path / "talk", "n" * 100, "h" * 50, frames=100)
    other = recording(tmp_path / "other", "n" * 100, frames=100)
    bare, marked = tmp_path / "bare.svg", tmp_path / "marked.svg"
    draw(read_shown([folder, other]), bare, STYLES["paper"], EN)
    rows = ["1000.0,1,s,on $x^2$", "1001.0,1,s,b", "3000.0,3,s,off & <b>"]
    (folder / "markers.csv").write_text("\n".join([",".join(MARKER_COLUMNS), *rows]) + "\n")
    draw(read_shown([folder, other]), marked, STYLES["paper"], EN)

    assert sorted(set(texts(marked)) - set(texts(bare))) == ["off & <b>", "on $x^2$; b"]
    assert marked.read_text().count("stroke-dasharray") - bare.read_text().count("stroke-dasharray") == 6


def test_a_crowd_is_reduced_to_those_seen_longest(tmp_path: Path) -> None:
    """The figure says how many; each recording keeps a row."""
    folders = [recording(tmp_path / "a", *("n" * (50 + i) for i in range(16))), recording(tmp_path / "b", "h" * 20)]
    draw_timeline(read_shown(folders), tmp_path / "figure.svg", STYLES["paper"], EN)
    written = texts(tmp_path / "figure.svg")
    rows = [text for text in written if " · " in text]

    assert f"{len(rows)} of 17 people: those in view longest" in written
    assert rows[-1] == "b · Person 1" and rows[-2] == "a · Person 16" and "a · Person 1" not in rows


@pytest.mark.parametrize("draw", [draw_timeline, draw_distribution])
def test_long_names_are_shortened(tmp_path: Path, draw: Draw) -> None:
    """In the middle; the person stays."""
    folders = [recording(tmp_path / name, "n" * 20) for name in (LONG, f"{LONG}b")]
    draw(read_shown(folders), tmp_path / "figure.svg", STYLES["column"], EN)
    written = [text for text in texts(tmp_path / "figure.svg") if "…" in text]

    assert len(written) == 2
    assert all(text.startswith("an_") for text in written)
    assert draw is draw_distribution or all(text.endswith(" · Person 1") for text in written)


def test_names_of_any_script_are_drawn(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without control characters, which no SVG holds; only an SVG shows what the font lacks."""
    name = "\x1b[31m <b>& 李小龍"
    shown = read_shown([recording(tmp_path / name, "n" * 20), recording(tmp_path / "b", "h" * 20)])
    draw_timeline(shown, tmp_path / "figure.svg", STYLES["paper"], EN)

    assert any("\ufffd[31m <b>& 李小龍" in text for text in texts(tmp_path / "figure.svg"))
    assert not caplog.messages
    draw_timeline(shown, tmp_path / "figure.pdf", STYLES["paper"], EN)
    assert len(caplog.messages) == 1 and "SVG shows them" in caplog.messages[0]


def test_too_many_recordings_are_refused(tmp_path: Path) -> None:
    """The line says what else there is."""
    one = read_shown([recording(tmp_path / "a", "n" * 20)])

    with pytest.raises(InputError, match="expected at most .* recordings .* found 50; .* --kind distribution"):
        draw_timeline(one * 50, tmp_path / "figure.svg", STYLES["paper"], EN)
    with pytest.raises(InputError, match="expected at most .* recordings .* found 99; .* give them groups"):
        draw_distribution(one * 99, tmp_path / "figure.svg", STYLES["paper"], EN)


def test_probabilities_are_means_where_there_are_many_frames(tmp_path: Path) -> None:
    """Where nobody was seen there is nothing; few frames are not averaged."""
    short = read_shown([recording(tmp_path / "short", "n" * 4 + "...." + "h" * 2, frames=10)])[0]
    edges, table = probabilities(short.results, 1, 0.0, 0.4)
    long = read_shown([recording(tmp_path / "long", "nh" * 5000, frames=10_000)])[0]
    _, means = probabilities(long.results, 1, 0.0, 400.0)

    assert edges.tolist() == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.32, 0.36, 0.4])
    assert table[:, 6].tolist() == pytest.approx([0.7] * 4 + [float("nan")] + [0.05] * 2, nan_ok=True)
    assert len(means) == MOST_COLUMNS
    assert means[:, 6] == pytest.approx(0.375, abs=0.05)


def test_a_face_seen_in_one_frame_has_an_area(tmp_path: Path) -> None:
    """As high as that of the others, and so does the last frame before an absence."""
    shown = read_shown([recording(tmp_path / "a", "h" + "." * 9 + "nh" + "." * 9 + "n", frames=22)])
    draw_timeline(shown, tmp_path / "figure.png", STYLES["column"], EN)
    picture = cv2.imread(str(tmp_path / "figure.png"))
    assert picture is not None
    found = [
        np.all(picture == [int(COLORS[label][i : i + 2], 16) for i in (5, 3, 1)], axis=2)
        for label in ("happy", "neutral")
    ]
    happy, neutral = (one.sum(axis=0) > 0.5 * one.sum(axis=0).max() for one in found)

    assert found[0].sum(axis=0).max() == pytest.approx(found[1].sum(axis=0).max(), rel=0.2)
    assert happy.sum() == pytest.approx(neutral.sum(), rel=0.1)


def test_shares_are_those_of_the_summary(tmp_path: Path) -> None:
    """Seconds of the labels, of which `uncertain` is one."""
    shown = read_shown([recording(tmp_path / "talk", "n" * 50 + "h" * 25, "u" * 25)])[0]

    assert shown.seconds == pytest.approx({"neutral": 2.0, "happy": 1.0, "uncertain": 1.0})
    assert shares_of(shown.seconds) == pytest.approx({"neutral": 0.5, "happy": 0.25, "uncertain": 0.25})
    assert shares_of({}) == {}


def test_groups_come_from_a_table_or_the_path(tmp_path: Path) -> None:
    """People of one recording may be in several; groups are in order."""
    names = {"a": "/data/sad/a.mp4", "b": "/data/glad/b.mp4"}
    folders = [recording(tmp_path / name, "n" * 50, "h" * 50, source=path) for name, path in names.items()]
    table = tmp_path / "participants.csv"
    table.write_text("file,person,participant,condition\na.mp4,1,P1,old\na.mp4,2,P2,young\nb.mp4,,P3,old\n")

    def found(*given: object) -> list[tuple[str, str, list[int]]]:
        return [(one.group, one.title, one.tracks) for one in read_shown(folders, *given)]  # type: ignore[arg-type]

    assert found() == [("", "a", [1, 2]), ("", "b", [1, 2])]
    assert found(None, "{condition}/*", "condition") == [("glad", "b", [1, 2]), ("sad", "a", [1, 2])]
    assert found(table, "", "condition") == [("old", "a", [1]), ("old", "b", [1, 2]), ("young", "a", [2])]
    assert [group for group, _, _ in found(table, "", "participant")] == ["P1", "P2", "P3"]
    with pytest.raises(ConfigError, match="--by: expected --participants or --pattern with it, found only 'age'"):
        read_shown([], by="age")
    with pytest.raises(ConfigError, match="--by: expected one of participant, condition, found 'age'"):
        found(table, "", "age")
    table.write_text("file,participant\na.mp4,P1\n")
    assert found(table, "", "participant") == [("P1", "a", [1, 2]), ("", "b", [1, 2])]


def test_groups_are_compared_by_means_of_recordings(tmp_path: Path) -> None:
    """Each recording weighs the same; one without faces is left out."""
    folders = [
        recording(tmp_path / "a", "n" * 100, source="/data/control/a.mp4"),
        recording(tmp_path / "b", "h" * 10, source="/data/control/b.mp4"),
        recording(tmp_path / "c", "h" * 50, source="/data/treated/c.mp4"),
        recording(tmp_path / "d", source="/data/treated/d.mp4"),
    ]
    shown = read_shown(folders, None, "{condition}/*", "condition")
    draw_distribution(shown, tmp_path / "figure.svg", STYLES["column"], EN)
    written = texts(tmp_path / "figure.svg")

    assert {"control (n = 2)", "treated (n = 1)", "Bar: mean. Dot: one recording.", *COLORS} <= set(written)
    with pytest.raises(InputError, match="expected at most 4 groups in one figure, found 5"):
        many = [
            Shown(results=one.results, title="", tracks=one.tracks, group=str(i)) for i in range(5) for one in shown
        ]
        draw_distribution(many, tmp_path / "figure.svg", STYLES["column"], EN)
