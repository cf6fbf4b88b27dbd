"""The command line around the commands."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.cards import shipped
from models.fetch import hashes
from pipeline.cli.cli import app, run_cli

pytestmark = pytest.mark.process


def emobot(repository: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Return what a command did."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=environment.pop("cwd", repository),
        env=os.environ | {"PYTHONPATH": str(repository)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version_names_every_network(repository: Path) -> None:
    """With its hash, which distinguishes results."""
    result = emobot(repository, "--version")

    assert result.returncode == 0
    assert result.stdout.startswith("emobot ")
    for name, sha256 in {**shipped(), **hashes()}.items():
        assert f"{name} sha256:{sha256}" in result.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_output_that_finds_no_room_is_one_line(repository: Path) -> None:
    """Of `emobot history > all.csv` on a full disk it was a traceback, or an exit code that nobody knows."""
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "pipeline", "--version"],
            cwd=repository,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert result.stderr == "emobot: expected room for the output, found No space left on device\n"
    assert result.returncode == 1


def test_a_terminal_without_utf8_ends_no_command(repository: Path) -> None:
    """A recording's name with an accent ended a batch in front of its report; JSON is UTF-8 all the same."""
    program = (
        "from pipeline.cli import cli, help;"
        "cli.app = lambda **_: (print('caf\u00e9 \u2713'), help.print_json('[\"caf\u00e9\"]'.encode()));"
        "cli.run_cli()"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=repository, env=environment, capture_output=True, timeout=60, check=False)

    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b'caf\xe9 \\u2713\n["caf\xc3\xa9"]\n'


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", ">&-", "2>&-"])
def test_closed_streams_are_opened_to_nowhere(repository: Path, tmp_path: Path, closed: str) -> None:
    """The first files of a program started so would be its streams, and a library's messages written into them."""
    program = f"""if True:
        import os
        from pipeline.cli import cli
        def work(**_):
            first = open({str(tmp_path / "first")!r}, "w")
            print("x", file=first, flush=True)
            print("nothing")
            os.write(2, b"noise")
            return first.fileno()
        cli.app = work
        cli.run_cli()"""
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, program]
    result = subprocess.run(command, cwd=repository, capture_output=True, timeout=60, check=False)

    assert result.returncode > 2  # the number of the file, which is none of a stream
    assert (tmp_path / "first").read_text() == "x\n"


@pytest.mark.parametrize("command", ["run", "check"])
def test_without_a_config_it_says_what_to_type(repository: Path, tmp_path: Path, command: str) -> None:
    """The suggested command works: the demo's config exists."""
    result = emobot(repository, command, cwd=str(tmp_path))

    assert result.returncode == 2
    assert "expected a config file, found no config.toml" in result.stderr
    demo = next(word for word in result.stderr.split() if word.endswith("demo.toml"))
    assert Path(demo).exists()
    assert "Traceback" not in result.stderr


def test_without_a_command_it_says_how_to_begin(repository: Path) -> None:
    """First steps are below the list of commands."""
    result = emobot(repository)

    assert result.returncode == 0
    assert "history" in result.stdout and "To get started:" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    """The shell's own file is written into the user's home."""
    # otherwise the shell is looked for among the processes that started this one
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    result = CliRunner().invoke(app, ["--install-completion", shell], prog_name="emobot")

    assert result.exit_code == 0, result.output
    assert any("_EMOBOT_COMPLETE" in file.read_text() for file in tmp_path.rglob("*") if file.is_file())


def test_completion_knows_commands_and_options(repository: Path) -> None:
    """Bash gets both lists."""
    command = emobot(repository, _EMOBOT_COMPLETE="complete_bash", COMP_WORDS="emobot his", COMP_CWORD="1")
    option = emobot(repository, _EMOBOT_COMPLETE="complete_bash", COMP_WORDS="emobot batch --pic", COMP_CWORD="2")

    assert command.stdout.split() == ["history"]
    assert option.stdout.split() == ["--pictures"]


def test_doctor_fails_if_something_would_stop_a_run(repository: Path, tmp_path: Path) -> None:
    """The exit code reports it to scripts, the text to people."""
    good = emobot(repository, "doctor", cwd=str(tmp_path))
    bad = emobot(repository, "doctor", EMOBOT_CACHE=str(tmp_path), cwd=str(tmp_path))

    assert good.returncode == 0 and "No problem would stop a run" in good.stdout
    assert bad.returncode == 1 and "would stop a run" in bad.stdout


def test_a_warning_looks_like_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of commands such as `table`, which have no log."""
    assert logging.lastResort
    monkeypatch.setattr(logging.lastResort, "formatter", None)
    monkeypatch.setattr(sys, "argv", ["emobot", "table", "--nonsense"])
    with pytest.raises(SystemExit):
        run_cli()

    warning = logging.LogRecord("emobot", logging.WARNING, "", 0, "%s is missing", ("it",), None)
    assert logging.lastResort.format(warning) == "emobot: it is missing"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["report", "x", "--language", "de"], "--language: expected one of en, fr, found 'de'"),
        (["batch", "x", "--language", "DE it"], "--language: expected one of en, fr, found 'DE it'"),
        (["export", "x", "--to", "elan"], "--to: expected one of eaf, boris, textgrid, vtt, srt, bids, facereader, "),
        (["export", "x"], "Missing option '--to'. Choose from: eaf, boris, textgrid, vtt, srt, bids, facereader, "),
    ],
)
def test_a_word_that_is_no_choice_is_one_plain_line(
    arguments: list[str], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Expected, found, where."""
    monkeypatch.setattr("sys.argv", ["emobot", *arguments])
    with pytest.raises(SystemExit) as end:
        run_cli()

    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"emobot: {line}") and said.count("\n") == 1
