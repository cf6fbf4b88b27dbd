"""What the documents say of the program holds."""

import re
import tomllib
from pathlib import Path

import pytest

from pipeline.cli.cli import app
from pipeline.config.config import Privacy, parse_config
from pipeline.config.graph import build_plan
from pipeline.config.options import struct_keys
from pipeline.messages import State
from pipeline.metrics import metrics


def page(repository: Path, name: str) -> str:
    """Return a document's text."""
    return (repository / "docs" / f"{name}.md").read_text()


def test_every_metric_is_explained(repository: Path) -> None:
    """Those of cameras in a progress display excepted; and none that is not there."""
    found = set(re.findall(r"`(emobot_\w+?)(?:_total)?`", page(repository, "operations")))
    there = {metric._name for metric in vars(metrics).values() if hasattr(metric, "_name")}

    assert found <= there
    assert there - found == {
        "emobot_camera_seconds",
        "emobot_camera_position_seconds",
        "emobot_camera_duration_seconds",
    }


def test_every_state_is_explained(repository: Path) -> None:
    """A row each."""
    rows = re.findall(r"^\| `(\w+)` \|", page(repository, "operations"), re.MULTILINE)

    assert set(State.__args__) <= set(rows)  # type: ignore[attr-defined]


def test_the_config_for_privacy_works(repository: Path) -> None:
    """And every key of the table is explained."""
    text = page(repository, "privacy")
    (config,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    plan = build_plan(parse_config(tomllib.loads(config)))

    assert {node.pixels for node in plan.nodes if node.role == "sink"} == {"none"}
    assert {f"`{key}`" for key in struct_keys(Privacy)} <= set(re.findall(r"^\| (`\w+`) \|", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["operations", "privacy", "configuration"])
def test_commands_exist(repository: Path, name: str) -> None:
    """Those the pages tell to type."""
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {group.name for group in app.registered_groups}
    told = set(re.findall(r"(?:`|^)emobot ([a-z]+)", page(repository, name), re.MULTILINE))

    assert told <= known


@pytest.mark.parametrize("name", ["operations", "privacy", "configuration"])
def test_links_lead_somewhere(repository: Path, name: str) -> None:
    """Those to files."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page(repository, name)):
        assert (repository / "docs" / target).exists(), target
