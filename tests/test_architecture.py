"""`docs/architecture.md` draws the imports that the code has, and names files that exist."""

import re
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

from pipeline.cli.commands import COMMANDS

PACKAGES = ("pipeline", "stages", "models", "training", "benchmarks")
LIVES = ("a frame", "a config key", "a change", "a metric")
MOST_HOPS = 7


@pytest.fixture
def text(repository: Path) -> str:
    """The document."""
    return (repository / "docs/architecture.md").read_text()


@pytest.fixture
def contracts(repository: Path) -> list[dict[str, Any]]:
    """The import contracts."""
    found = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return list(found)


def arrows(text: str) -> list[tuple[str, str]]:
    """Return the arrows of the drawing of rooms."""
    drawing = text.split("## Rooms")[1].split("```")[1]
    found = []
    for line in drawing.splitlines():
        groups = [re.findall(r"\w+", re.sub(r'\["[^"]*"\]', "", end)) for end in re.split(r'--(?: "[^"]*" --)?>', line)]
        found += [(a, b) for left, right in zip(groups, groups[1:], strict=False) for a in left for b in right]
    return found


def test_rooms_are_drawn_in_the_order_of_the_contract(text: str, contracts: list[dict[str, Any]]) -> None:
    """Each arrow leads to the next layer; the vocabulary is listed in full."""
    layers = [re.split(r" [|:] ", layer) for layer in next(c["layers"] for c in contracts if c["type"] == "layers")]
    chain = ["main", *(layer[0] for layer in layers[1:-2]), "floor", "vocabulary"]
    listed = re.search(r'vocabulary\["([^"]*)"\]', text)

    assert set(zip(chain, chain[1:], strict=False)) <= set(arrows(text))
    assert layers[-2] == ["config", "history"]
    assert listed and listed[1].split(", ") == layers[-1]


def test_no_stage_imports_another(repository: Path, contracts: list[dict[str, Any]]) -> None:
    """`make check` holds all of `stages` to it: each module is in the contract, except what several need."""
    listed = next(contract["modules"] for contract in contracts if contract["type"] == "independence")
    there = {f"stages.{path.stem}" for path in (repository / "stages").iterdir() if is_module(path)}
    held = {".".join(module.split(".")[:2]) for module in listed}

    assert there - held == {
        "stages.delivery",
        "stages.media",
        "stages.event_stream",
        "stages.measured",
        "stages.results",
        "stages.zones",
    }
    graph = grimp.build_graph("stages", cache_dir=None)
    shared = {
        "stages.delivery",
        "stages.media",
        "stages.event_stream",
        "stages.measured",
        "stages.results",
        "stages.zones",
        "stages.lsl.markers",
        "stages.lsl.library",
    }
    shared |= {inside for package in shared for inside in graph.find_descendants(package)}
    imports = {(a, b) for a in shared for b in graph.find_modules_directly_imported_by(a) if b not in shared}
    assert {(a, b) for a, b in imports if b != "stages"} == set()


def is_module(path: Path) -> bool:
    """Return whether a path is a module or a package."""
    return (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()


def test_packages_import_each_other_as_drawn(text: str) -> None:
    """No arrow is missing, and none is drawn that the code does not have; of `pipeline`, `cli` imports the others.

    What its commands name is imported when they are used.
    """
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    drawn = {(a, b) for a, b in arrows(text) if b in PACKAGES}
    there = {
        (importer.split(".")[1] if package == "pipeline" else package, imported.partition(".")[0])
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if (package := importer.partition(".")[0]) != imported.partition(".")[0]
    }
    there |= {("cli", where.partition(".")[0]) for where in COMMANDS.values()} - {("cli", "pipeline")}

    assert drawn == there


def test_what_stages_may_import_is_listed(text: str, contracts: list[dict[str, Any]]) -> None:
    """The contract's list is the vocabulary, then what the document names."""
    (allowed,) = (c["allowed_modules"] for c in contracts if c["type"] == "allowed")
    (layers,) = (c["layers"] for c in contracts if c["type"] == "layers")
    vocabulary = layers[-1].split(" : ")
    listed = text.split("stages import the vocabulary and")[1].split("\n- ")[0]

    assert [f"pipeline.{name}" for name in [*vocabulary, *re.findall(r"`([\w.]+)`", listed)]] == allowed


@pytest.mark.parametrize("life", LIVES)
def test_nobody_needs_more_than_seven_hops(text: str, life: str) -> None:
    """Each step names its file."""
    section = text.split(f"## The life of {life}\n")[1].split("\n## ")[0]
    steps = re.findall(r"^\d\. .*(?:\n   .*)*", section, re.MULTILINE)

    assert 3 <= len(steps) <= MOST_HOPS
    assert [step for step in steps if ".py`" not in step] == []


def test_files_exist(repository: Path, text: str) -> None:
    """Those with their folder, and folders."""
    named = set(re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|docs)/[\w./-]*)`", text))

    assert len(named) > 50
    assert [name for name in sorted(named) if not (repository / name).exists()] == []
