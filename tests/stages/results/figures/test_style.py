"""Files, sizes and colours of figures."""

from pathlib import Path

import numpy as np
import pytest

from models.display.fitting import shortened, width_in
from models.display.palette import PALETTE
from pipeline.errors import ConfigError
from stages.results.figures.style import COLORS, FORMATS, STYLES, checked, drawn
from tests.stages.results.figures.drawing import size_mm, texts
from tests.support.colors import least_difference

pytestmark = pytest.mark.slow


def draw(path: Path, style: str = "column") -> bytes:
    """Draw a little, and return the file."""
    with drawn(path, STYLES[style], 2.0) as figure:
        axes = figure.subplots()
        axes.plot([0, 1], color=COLORS["happy"])
        axes.set_xlabel("Réponse $x^2$ (s)")
    return path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_figure_is_the_same_file(tmp_path: Path, name: str) -> None:
    """It has no date, no random names, and nothing is left beside it."""
    first = draw(tmp_path / f"figure.{name}")

    assert draw(tmp_path / f"figure.{name}") == first
    assert b"2026" not in first and b"Date" not in first.replace(b"<dc:date>", b"")
    assert [path.name for path in tmp_path.iterdir()] == [f"figure.{name}"]


def test_text_stays_text(tmp_path: Path) -> None:
    """PDF has its fonts as TrueType, SVG has text; dollars are no formulas."""
    pdf = draw(tmp_path / "figure.pdf")
    draw(tmp_path / "figure.svg")

    assert b"/FontFile2" in pdf and b"/CIDFontType2" in pdf and b"/Type3" not in pdf
    assert "Réponse $x^2$ (s)" in texts(tmp_path / "figure.svg")


@pytest.mark.parametrize(("style", "width"), [("column", 85.0), ("paper", 180.0), ("slide", 13.333 * 25.4)])
def test_a_figure_is_as_wide_as_a_column(tmp_path: Path, style: str, width: float) -> None:
    """Or a page, or a slide."""
    draw(tmp_path / "figure.svg", style)

    assert size_mm(tmp_path / "figure.svg")[0] == pytest.approx(width, abs=0.1)


def test_colors_can_be_told_apart() -> None:
    """As well as the display's at least, also by colour-blind people; paper is white."""
    assert list(COLORS) == list(PALETTE)
    assert least_difference([*COLORS.values(), "#FFFFFF"]) > max(12, least_difference(PALETTE.values()))


def test_a_text_that_is_too_long_loses_its_middle() -> None:
    """Both ends tell recordings apart."""
    name = "a_long_name_of_a_recording_take_2"
    short = shortened(name, 1.0, 8)

    assert shortened(name, 5.0, 8) == name
    assert short.startswith("a_l") and short.endswith("_2") and "…" in short
    assert 0.8 < width_in(short, 8) <= 1.0
    assert width_in(name, 8, bold=True) > width_in(name, 8)
    assert len(shortened(name, 0.0, 8)) <= 3


@pytest.mark.parametrize(
    ("name", "style", "text"), [("gif", "paper", "--format: exp"), ("svg", "poster", "--style: exp")]
)
def test_unknown_names_are_refused(name: str, style: str, text: str) -> None:
    """The line lists what there is."""
    with pytest.raises(ConfigError, match=f"{text}ected one of .*, found"):
        checked(name, style)


def test_a_figure_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """Nothing is written before it is complete."""
    path = tmp_path / "figure.svg"
    before = draw(path)
    with pytest.raises(ZeroDivisionError), drawn(path, STYLES["paper"], 2.0):
        np.divide(1, 1 // 0)

    assert path.read_bytes() == before
