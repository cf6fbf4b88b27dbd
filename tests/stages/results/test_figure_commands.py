"""The commands `emobot plot` and `emobot agree`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.errors import ConfigError, InputError
from tests.stages.results.figures.drawing import texts
from tests.stages.results.tables import rows_of, write_results

pytestmark = pytest.mark.slow

runner = CliRunner()


def call(*arguments: object) -> str:
    """Return what a command prints; raise what it raises."""
    done = runner.invoke(app, [str(one) for one in arguments], catch_exceptions=False)

    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of one recording."""
    return write_results(tmp_path / "out" / "talk", rows_of(1, "n" * 100 + "h" * 150), frames=250)


def test_agree_prints_a_report_and_writes_its_numbers(folder: Path, tmp_path: Path) -> None:
    """Beside the results, or into a folder that it makes; a batch of one recording is that recording."""
    coder = tmp_path / "anna.csv"
    coder.write_text("start,end,label\n0,4.5,calm\n4.5,10,happy\n")
    said = call("agree", folder.parent, coder, "--map", "calm=neutral")
    numbers = json.loads((folder / "agreement-anna.json").read_text())

    assert "talk and anna.csv: the coder = Person 1" in said
    assert "The coder is 0.5 s later than Emobot" in said
    assert numbers["best_lag_s"] == 0.5 and numbers["kappa"] == pytest.approx(0.9, abs=0.02) and numbers["low"] is None
    assert "Lag of the coder (s)" in texts(folder / "agreement-anna.svg")
    call("agree", folder, coder, "--map", "calm=neutral", "--out", tmp_path / "new", "--format", "pdf")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["agreement-anna.json", "agreement-anna.pdf"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--map", "calm"], "--map: expected CODER=EMOBOT, found 'calm'"),
        (["--style", "poster"], "--style: expected one of column, paper, slide, found 'poster'"),
        (["--format", "gif"], "--format: expected one of svg, pdf, png, found 'gif'"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_read(tmp_path: Path, options: list[str], text: str) -> None:
    """The exit code is that of wrong usage."""
    with pytest.raises(ConfigError) as error:
        call("agree", tmp_path, tmp_path / "none.csv", *options)
    assert text in str(error.value)


def test_agree_wants_one_recording(folder: Path, tmp_path: Path) -> None:
    """The line names those that there are."""
    write_results(folder.parent / "walk", rows_of(1, "n" * 10), frames=10)

    with pytest.raises(ConfigError, match="expected one recording, found 2 in .*: talk, walk"):
        call("agree", folder.parent, tmp_path / "none.csv")


def test_plot_writes_where_it_is_told(folder: Path, tmp_path: Path) -> None:
    """The ending chooses the format; without a place, it is beside the results."""
    for options, name in (
        ([], folder / "plot-timeline.svg"),
        (["--kind", "ethogram", "--format", "pdf"], folder / "plot-ethogram.pdf"),
        (["--out", tmp_path / "new" / "a.PNG", "--style", "column"], tmp_path / "new" / "a.PNG"),
        (["--out", tmp_path / "bars", "--kind", "distribution"], tmp_path / "bars.svg"),
        (["--out", tmp_path / "b.2", "--format", "svg", "--language", "fr"], tmp_path / "b.2.svg"),
    ):
        assert call("plot", folder, *options).strip() == str(name)
        assert name.stat().st_size > 1000
    assert "joie" in texts(tmp_path / "b.2.svg")


def test_plot_refuses_what_it_cannot_draw(folder: Path, tmp_path: Path) -> None:
    """In one line each."""
    (tmp_path / "file").write_text("")
    for options, text in (
        (["--kind", "pie"], "--kind: expected one of timeline, distribution, ethogram, found 'pie'"),
        (["--out", tmp_path / "a.gif"], "--format: expected one of svg, pdf, png, found 'gif'"),
        (["--out", tmp_path / "a.SVG", "--format", "png"], "--format: expected svg, as --out ends, found 'png'"),
        (["--out", tmp_path / "file" / "a.svg"], "cannot write .*a.svg: "),
    ):
        with pytest.raises((ConfigError, InputError), match=text):
            call("plot", folder, *options)
