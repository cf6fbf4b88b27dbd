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
    written = {path.name for path in (tmp_path / "new").glob("[!.]*")}
    assert written == {"agreement-anna.json", "agreement-anna.pdf"}


def test_who_is_who_is_said_as_the_error_says(tmp_path: Path) -> None:
    """A coding without names is of one person; where several are in view, the option names which."""
    two = write_results(tmp_path / "two", [*rows_of(1, "n" * 100), *rows_of(2, "h" * 100)], frames=100)
    (coder := tmp_path / "anna.csv").write_text("start,end,label\n0,4,happy\n")
    refused = runner.invoke(app, ["agree", str(two), str(coder)])

    assert str(refused.exception).endswith("say who is who with --person '=Person 1'")
    assert "the coder = Person 2" in call("agree", two, coder, "--person", "=Person 2")
    nobody = write_results(tmp_path / "none", [], frames=100)
    refused = runner.invoke(app, ["agree", str(nobody), str(coder)])
    assert str(refused.exception) == f"expected a person in the recording, found none, in {nobody}"


@pytest.mark.parametrize(("command", "names"), [("plot", ["plot-timeline.svg"]), ("agree", ["a.json", "a.svg"])])
def test_what_was_edited_since_is_kept(folder: Path, tmp_path: Path, command: str, names: list[str]) -> None:
    """As by an export: one line names it, and the exit code is 1; `--overwrite` replaces it."""
    (coder := tmp_path / "a.csv").write_text("start,end,label\n0,10,happy\n")
    names = [f"agreement-{name}" if command == "agree" else name for name in names]
    arguments = [command, str(folder), *([str(coder)] if command == "agree" else [])]
    call(*arguments)
    made = [(folder / name).read_bytes() for name in names]
    (folder / names[0]).write_text("by hand")
    done = runner.invoke(app, arguments)

    assert done.exit_code == 1
    assert f"{folder / names[0]}: kept; `emobot {command} --overwrite` replaces it" in " ".join(done.stderr.split())
    assert [(folder / name).read_bytes() for name in names] == [b"by hand", *made[1:]]
    call(*arguments, "--overwrite")
    assert [(folder / name).read_bytes() for name in names] == made


def test_figures_that_nobody_edited_follow_the_results(folder: Path) -> None:
    """Those of another format stay."""
    call("plot", folder, "--format", "png")
    call("plot", folder)
    before = (folder / "plot-timeline.svg").read_bytes()
    write_results(folder, rows_of(1, "s" * 250), frames=250)
    call("plot", folder)

    assert (folder / "plot-timeline.svg").read_bytes() != before and (folder / "plot-timeline.png").exists()


def test_agreements_of_several_recordings_fit_into_one_folder(folder: Path, tmp_path: Path) -> None:
    """The same coder's file is compared with two recordings: none replaces the other."""
    other = write_results(folder.parent / "walk", rows_of(1, "s" * 250), frames=250)
    (coder := tmp_path / "a of b.csv").write_text("start,end,label\n0,10,happy\n")
    for results in (folder, other, folder):
        call("agree", results, coder, "--out", tmp_path / "new")
    written = {path.name for path in (tmp_path / "new").glob("[!.]*.json")}

    assert written == {"agreement-a of b.json", "agreement-a of b-2.json"}


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


@pytest.mark.parametrize("elsewhere", [False, True])
def test_two_coders_may_call_their_files_as_the_recording(folder: Path, tmp_path: Path, elsewhere: bool) -> None:
    """Each has a folder of their own: the second agreement does not replace the first, but its own of before."""
    out = ["--out", tmp_path / "all"] if elsewhere else []
    place = tmp_path / "all" if elsewhere else folder
    for name, label in {"anna": "happy", "ben": "neutral"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "talk.csv").write_text(f"start,end,label\n0,10,{label}\n")
    for name in ("anna", "ben", "anna", "ben"):
        call("agree", folder, tmp_path / name / "talk.csv", *out)

    assert {path.name for path in place.glob("agreement*.json")} == {"agreement-talk.json", "agreement-talk-2.json"}
    coded = [json.loads((place / f"agreement-talk{n}.json").read_text())["labels"] for n in ("", "-2")]
    assert [next(one["label"] for one in labels if one["coder_s"]) for labels in coded] == ["happy", "neutral"]

    (tmp_path / "anna").rename(tmp_path / "first")
    call("agree", folder, tmp_path / "first" / "talk.csv", *out)
    assert len(list(place.glob("agreement*.json"))) == 2


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
