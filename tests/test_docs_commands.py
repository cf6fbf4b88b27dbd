"""The commands in the documents can be typed unchanged."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer
from typer.exceptions import TyperException

from pipeline.cli.cli import app

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *("README.md", "README.fr.md", "training/README.md", "benchmarks/README.md", "findings/README.md"),
    *sorted(f"docs/{path.relative_to(ROOT / 'docs')}" for path in (ROOT / "docs").rglob("*.md")),
]
PLACEHOLDER = re.compile(r"<[^<>\n]+>")
"""What the reader fills in: `<this repository>`."""


def blocks(name: str) -> list[str]:
    """Return the blocks of shell commands of a document."""
    return re.findall(r"^```(?:sh|bash)\n(.*?)^```", (ROOT / name).read_text(), re.MULTILINE | re.DOTALL)


def commands(name: str) -> list[str]:
    """Return what follows `emobot` in each command of a document, those in sentences included."""
    text = (ROOT / name).read_text()
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    lines = [line for block in blocks(name) for line in block.replace("\\\n", " ").splitlines()]
    found = [re.search(r"(?:^|\s|bin/)emobot ([a-z].*)", line) for line in (*spans, *lines)]
    return [re.split(r"\s(?:[|>#]|&&?)(?:\s|$)", match[1])[0] for match in found if match]


def mistake_in(arguments: list[str]) -> str:
    """Return why the program would refuse arguments, whatever they name; empty if it would not."""
    command = typer.main.get_command(app)
    context = command.make_context("emobot", list(arguments), resilient_parsing=True)
    while hasattr(command, "get_command") and arguments:
        word, *arguments = arguments
        if (found := command.get_command(context, word)) is None:
            return f"no command {word}"
        command, context = found, type(context)(found, info_name=word, parent=context)
    try:
        if not hasattr(command, "get_command"):
            command.parse_args(context, arguments)
    except TyperException as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_blocks_of_commands_are_shell(name: str) -> None:
    """No line is broken within a comment or a quote."""
    for block in blocks(name):
        found = subprocess.run(["bash", "-n"], input=PLACEHOLDER.sub("X", block), text=True, capture_output=True)
        assert found.stderr == "", block


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_are_understood(name: str) -> None:
    """Their options exist and have values of the right kind; in a sentence, arguments may be missing."""
    for command in commands(name):
        if "$" in command or "..." in command:
            continue  # something is left for the reader to fill in
        mistake = mistake_in(shlex.split(command))
        assert re.fullmatch(r"|Missing .*|Option '.*' requires an argument\.", mistake), f"{command}: {mistake}"


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ("batch --out r a.mp4 --export eaf", ""),
        ("batch --uot r a.mp4", "No such option: --uot"),
        ("export r --to elan", "is not one of"),
        ("camera ad hall 0", "no command ad"),
        ("camera add hall 0 fps=5 --save", ""),
        ("check a b", "unexpected extra argument"),
        ("train fast --minutes M", "valid number"),
    ],
)
def test_mistakes_are_found(arguments: str, mistake: str) -> None:
    """As the program finds them."""
    found = mistake_in(arguments.split())

    assert mistake in found and bool(mistake) == bool(found)
