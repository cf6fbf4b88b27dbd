"""`emobot baseline`, and the options of a batch that concern people."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.cards import shipped
from pipeline.batch.results import TrackSummary
from pipeline.cli.cli import app
from pipeline.errors import ConfigError
from stages.results.persons.command import choose_seats
from tests.stages.results.tables import rows_of, write_results

NAME, SHA256 = next(iter(shipped().items()))


def write(folder: Path, labels: str) -> Path:
    """Write the results of one person."""
    track = TrackSummary(track=1, first_s=0.0, last_s=1.0, seconds={"sad": 1.0})
    return write_results(folder, rows_of(1, labels), frames=60, model=f"{NAME}-{SHA256[:8]}", tracks=[track])


def test_a_recording_without_a_baseline_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each person, one for each recording that is refused, and exit code 1; the others have a new report."""
    monkeypatch.setenv("COLUMNS", "80")
    write(tmp_path / "a", "s" * 60)
    write(tmp_path / "b", "s" * 20)
    result = CliRunner().invoke(app, ["baseline", str(tmp_path), "--of", "0-2s"])

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{tmp_path / 'a'}: Person 1, 50 faces in 2.0 s, mostly sad",
        f"emobot: expected at least 30 faces in 2 s of Person 1 for a baseline, found 20 faces in 0.80 s, in 0-2s of "
        f"{tmp_path / 'b'}",
    ]
    assert "Own baseline" in (tmp_path / "a/report.html").read_text()
    assert not (tmp_path / "b/report.html").exists()
    removed = CliRunner().invoke(app, ["baseline", str(tmp_path / "a"), "--remove"])
    assert removed.exit_code == 0 and "Own baseline" not in (tmp_path / "a/report.html").read_text()


@pytest.mark.parametrize("options", [[], ["--of", "0-2s", "--remove"]])
def test_a_baseline_is_measured_or_removed(tmp_path: Path, options: list[str]) -> None:
    """One of both."""
    result = CliRunner().invoke(app, ["baseline", str(write(tmp_path / "a", "s")), *options])

    assert isinstance(result.exception, ConfigError) and str(result.exception).startswith("expected --of or --remove")


def test_a_wrong_baseline_ends_a_batch_before_it_begins(tmp_path: Path) -> None:
    """Nothing is created."""
    (tmp_path / "a.mp4").touch()
    command = ["batch", str(tmp_path / "a.mp4"), "--out", str(tmp_path / "out"), "--baseline"]
    for text, found in (("soon", "or a folder of results, found 'soon'"), ("0-1s", "at least 2 s, found 1 s")):
        assert found in str(CliRunner().invoke(app, [*command, text]).exception)
    assert not (tmp_path / "out").exists()


def test_one_person_is_one_seat() -> None:
    """The two options may agree, but not contradict each other."""
    assert [choose_seats(True, None), choose_seats(True, 1), choose_seats(False, 0), choose_seats(False, None)] == [
        *(1, 1, 0),
        None,
    ]
    with pytest.raises(ConfigError, match="expected --one-person or --seats, found both, with 2 seats"):
        choose_seats(True, 2)
