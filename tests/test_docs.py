"""The statements of the documents are true."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from pipeline.cli.commands import COMMANDS
from pipeline.config.config import Privacy, parse_config
from pipeline.config.graph import build_plan
from pipeline.config.keys import write_pair
from pipeline.config.options import struct_keys
from pipeline.errors import ConfigError
from pipeline.messages import State
from pipeline.metrics import metrics

DOCUMENTS = sorted(f"docs/{path.name}" for path in (Path(__file__).parent.parent / "docs").glob("*.md"))
TYPED = ["README.md", "README.fr.md", "training/README.md", *DOCUMENTS]
"""Documents with commands and configs that readers copy."""


def page(repository: Path, name: str) -> str:
    """Return a document's text."""
    return (repository / "docs" / f"{name}.md").read_text()


def test_every_metric_is_explained(repository: Path) -> None:
    """Every metric has a row, except those of progress bars, and every row a metric."""
    found = set(re.findall(r"`(emobot_\w+?)(?:_total)?`", page(repository, "operations")))
    there = {metric.describe()[0].name for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)}

    assert found <= there
    assert there - found == {
        "emobot_camera_seconds",
        "emobot_camera_position_seconds",
        "emobot_camera_duration_seconds",
    }


def test_every_state_is_explained(repository: Path) -> None:
    """Every state has a row."""
    rows = re.findall(r"^\| `(\w+)` \|", page(repository, "operations"), re.MULTILINE)

    assert set(State.__args__) <= set(rows)  # type: ignore[attr-defined]


def test_the_config_for_privacy_works(repository: Path) -> None:
    """Every key of the table is explained."""
    text = page(repository, "privacy")
    (config,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    plan = build_plan(parse_config(tomllib.loads(config)))

    assert {node.pixels for node in plan.nodes if node.role == "sink"} == {"none"}
    assert {f"`{key}`" for key in struct_keys(Privacy)} <= set(re.findall(r"^\| (`\w+`) \|", text, re.MULTILINE))


@pytest.mark.parametrize("name", TYPED)
def test_tables_of_configs_work(repository: Path, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those without a placeholder make a plan, with what else a config needs."""
    monkeypatch.setenv("HOOK_SECRET", "secret")
    monkeypatch.setenv("CAMERAS", "user:password")
    monkeypatch.chdir(tmp_path)
    for pair in ("run", "shop"):
        write_pair(Path(pair))
    Path("clients").mkdir()
    for block in re.findall(r"```toml\n(.*?)```", (repository / name).read_text(), re.DOTALL):
        if "..." not in block and "my_package" not in block:
            rest = {"camera": {"demo": {"source": "demo"}}, "output": {"events": {"kind": "events"}}}

            build_plan(parse_config(rest | tomllib.loads(block)))


@pytest.mark.parametrize("name", TYPED)
def test_commands_exist(repository: Path, name: str) -> None:
    """Every command in the documents exists."""
    told = set(re.findall(r"(?:`|^)emobot ([a-z]+)", (repository / name).read_text(), re.MULTILINE))

    assert told <= set(COMMANDS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(repository: Path, name: str) -> None:
    """Links to files and to sections exist."""
    path = repository / name
    for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", path.read_text()):
        file = path.parent / target if target else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), f"{target}#{anchor}"


def anchors(document: Path) -> set[str]:
    """Return the names under which sections of a document can be linked to."""
    headings = re.findall(r"^#+ (.*)", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_stage_in_the_documentation_works(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table makes a plan; a key or a value that is wrong is refused."""
    text = page(repository, "writing-a-stage")
    (code,) = re.findall(r"```python\n(from collections.*?)```", text, re.DOTALL)
    (table,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package/my_module.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    config = (repository / "docs/demo.toml").read_text() + table

    assert "stage.only-faces" in {node.name for node in build_plan(parse_config(tomllib.loads(config))).nodes}
    for wrong in ("levle = 0", 'level = "dark"'):
        with pytest.raises(ConfigError, match=wrong.split()[0]):
            build_plan(parse_config(tomllib.loads(config.replace("level = 0", wrong))))
    for name in ("my_package.my_module", "my_package"):
        del sys.modules[name]


@pytest.mark.slow
def test_stages_compose_as_documented(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person is followed and labelled."""
    (code,) = re.findall(r"```python\n(from stages.*?)```", page(repository, "writing-a-stage"), re.DOTALL)

    exec(code.replace("seconds=2.0", "seconds=0.2"), {})

    assert "(1, '" in capsys.readouterr().out
