"""`emobot alert test`: what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.cli import app
from pipeline.cli.run import prepare
from pipeline.config.recorded import read_alerts
from pipeline.errors import ConfigError
from pipeline.history.write import History
from tests.stages.alerts.days import Day, at

CONFIG = """
[camera.hall]
source = "demo"
[output.past]
kind = "history"
path = "{path}"
[alert.crowd]
when = "count > 1"
[alert.away]
when = "offline > 30s"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config whose history has two people at once."""
    day = Day()
    day.turn(at(9, 59), "live")
    day.stay(1, at(10), at(10, 5), (0, "sad"))
    day.stay(2, at(10, 1), at(10, 2), (0, "sad"))
    history = History(tmp_path / "h.sqlite", 10**9)
    history.write(day.rows(), [])
    history.close()
    path = tmp_path / "c.toml"
    path.write_text(CONFIG.format(path=tmp_path / "h.sqlite"))
    return path


def ask(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["alert", "test", *map(str, arguments)], standalone_mode=False)


def test_it_prints_when_alerts_would_have_been_raised(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order of time, then how often each was."""
    lines = ask("--config", config).stdout.splitlines()

    assert [line[19:] for line in lines[:2]] == [
        "  hall  crowd  raised: count = 2",
        "  hall  crowd  cleared after 60 s (condition)",
    ]
    assert lines[2:] == ["crowd: raised once", "away: not raised"]
    assert ask("away", "--config", config).stdout == "away: not raised\n"
    assert ask("crowd", "--config", config, "--from", "2025-11-29").stdout == "crowd: not raised\n"


def test_programs_read_json(config: Path) -> None:
    """One alert per line."""
    first, second = (json.loads(line) for line in ask("--config", config, "--json").stdout.splitlines())

    assert (first["name"], first["values"], first["id"]) == ("crowd", {"count": 2.0}, second["id"])
    assert (second["cleared_s"] - second["raised_s"], second["reason"]) == (60.0, "condition")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["crowds"], "expected one of the alerts crowd, away, found 'crowds'"),
        (["--from", "1h", "--to", "2h"], "expected --from before --to, found 1h and 2h"),
        (["--from", "yesterday"], "--from: expected a time such as"),
        (["--history", "nowhere.sqlite"], "expected a history, found no file nowhere.sqlite"),
    ],
)
def test_what_cannot_work_is_refused(config: Path, arguments: list[str], error: str) -> None:
    """In one line."""
    with pytest.raises(Exception, match="expected") as refused:
        raise ask("--config", config, *arguments).exception or AssertionError

    assert error in str(refused.value)


def test_a_history_of_other_cameras_is_named(config: Path) -> None:
    """There `not raised` means nothing."""
    assert ask("--config", config).stderr == ""
    config.write_text(config.read_text().replace("camera.hall", "camera.yard"))
    done = ask("crowd", "--config", config)

    assert done.stdout == "crowd: not raised\n"
    place = config.parent / "h.sqlite"
    assert done.stderr == f"emobot: crowd: expected a history of yard, found one of hall, in {place}\n"


def test_a_config_without_alerts_is_refused(config: Path) -> None:
    """As there is nothing to try."""
    config.write_text(config.read_text().partition("[alert.")[0])
    refused = ask("--config", config).exception

    assert isinstance(refused, ConfigError)
    assert str(refused) == f"expected an alert [alert.NAME] in {config}, found none"


def test_what_other_stages_need_may_be_missing(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of `use`, the login of a camera and a file: the history needs none of them."""
    monkeypatch.delenv("NO_LOGIN", raising=False)
    expected = ask("--config", config).stdout
    more = """
        [stage.own]
        use = "no_such_module:Stage"
        after = "emotion"
        [output.own]
        use = "no_such_module:Output"
        [camera.yard]
        source = "rtsp://192.168.1.20/"
        credentials_env = "NO_LOGIN"
        [camera.film]
        source = "no-such-film.mp4"
    """
    config.write_text(config.read_text() + more)
    done = ask("--config", config)
    with pytest.raises(ConfigError) as refused:
        prepare(config)

    assert (done.stdout, done.exception) == (expected, None)
    assert [line.partition("[")[2].partition("]")[0] for line in str(refused.value).splitlines()] == [
        "camera.yard",
        "camera.film",
        "output.own",
        "stage.own",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [("count > 1", "count >"), ('path = "', 'path = 1 # "'), ("[alert.away]", "[run]\nhang_s = true\n[alert.away]")],
)
def test_mistakes_in_what_is_read_are_refused(config: Path, before: str, after: str) -> None:
    """Each with its file and table."""
    config.write_text(config.read_text().replace(before, after))
    refused = ask("--config", config).exception

    assert isinstance(refused, ConfigError)
    assert str(config) in str(refused)


@pytest.mark.parametrize(("given", "least"), [("", 9), ("[alerts]\nmin_people = 20\n", 20)])
def test_privacy_holds_here_too(config: Path, given: str, least: int) -> None:
    """About how few people a condition may be."""
    text = config.read_text().replace("count > 1", "count > 30")
    config.write_text(f"{text}[privacy]\naggregate_only = true\nmin_people = 9\n{given}")
    options = read_alerts(config)

    assert options is not None
    assert (options["min_people"], options["aggregate_only"]) == (least, True)
