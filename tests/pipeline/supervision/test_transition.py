"""Changes that a run accepts."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.config.plan import Node, Plan
from pipeline.errors import ConfigError
from pipeline.supervision.transition import fit
from tests.pipeline.memory import line, node


def other(plan: Plan, name: str, changed: Node) -> Plan:
    """Return the plan with one node replaced."""
    return replace(plan, nodes=tuple(changed if n.name == name else n for n in plan.nodes))


def test_a_new_plan_keeps_what_belongs_to_the_run(tmp_path: Path) -> None:
    """The directory and automatic worker counts are kept."""
    old = line(tmp_path, node("camera.a", "detect"), node("detect", workers=3, options={"x": 1}))
    asked = replace(old["detect"].keys, workers=0)
    old = other(old, "detect", replace(old["detect"], keys=asked))
    new = line(Path("/elsewhere"), node("camera.b", "detect"), replace(old["detect"], workers=5, options={"x": 2}))
    fitted = fit(old, new)

    assert (fitted.run, fitted["detect"].workers, fitted["detect"].options) == (old.run, 3, {"x": 2})
    assert [n.name for n in fitted.nodes] == ["camera.b", "detect"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (node("detect", "emotion", pixels="read", workers=2), r"\[detect\].*restart"),
        (node("detect", "overlay", pixels="read"), r"\[detect\].*restart"),
        (node("detect", "emotion", pixels="read", host="10.0.0.2"), r"\[detect\].*restart"),
        (node("other", "emotion"), "found (other|detect): restart"),
    ],
)
def test_other_links_take_a_restart(tmp_path: Path, changed: Node, expected: str) -> None:
    """One line reports it."""
    plan = line(tmp_path)
    if changed.workers > 1:
        changed = replace(changed, keys=replace(changed.keys, workers=2))
    with pytest.raises(ConfigError, match=expected):
        fit(plan, other(plan, "detect", changed))


def test_a_stage_of_another_machine_is_changed_there(tmp_path: Path) -> None:
    """The error names the machine."""
    far = node("detect", host="10.0.0.2")
    plan = line(tmp_path, node("camera.a", "detect"), far)
    with pytest.raises(ConfigError, match=r"10\.0\.0\.2"):
        fit(plan, other(plan, "detect", replace(far, options={"x": 1})))
