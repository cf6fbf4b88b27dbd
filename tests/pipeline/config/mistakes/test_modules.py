"""Any mistake in modules of others is reported in one line, and the run continues."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.supervision import planning
from pipeline.supervision.planning import plan_apart
from pipeline.supervision.workers import WORKERS
from tests.pipeline.broken import MODULES
from tests.pipeline.config.mistakes.asking import Run, refused
from tests.support.plans import make_tables

UNSEEN = ("hangs", "ends_python", "crashes", "interrupts")
"""Modules that would take the tests with them."""
GOOD = ("fine", "annotated_text", "odd_default", "starts_threads", "cannot_travel")


@pytest.mark.parametrize("name", [name for name in MODULES if name not in (*UNSEEN, *GOOD)])
def test_a_module_that_fails_is_said_in_one_line(run: Run, package: str, name: str) -> None:
    """Any exception, wherever it is raised, becomes one line."""
    keys = {"x": 1} if name == "odd_type" else {}
    answer = run.change("detect", {"use": f"{package}.{name}:Broken", **keys})
    assert "[detect]" in answer.error
    refused(run, answer)


@pytest.mark.parametrize("name", GOOD)
def test_a_module_may_be_unusual(run: Run, package: str, name: str) -> None:
    """Defaults that cannot be sent are omitted from the reply."""
    if name != "starts_threads":
        answer = run.change("detect", {"use": f"{package}.{name}:Broken"})
        assert not answer.error
        assert (set(answer.defaults["detect"]) == {"x"}) == (name in ("annotated_text", "cannot_travel"))


@pytest.fixture
def server() -> Iterator[None]:
    """End the fork server after a test that uses it, as a run's supervisor does."""
    yield
    WORKERS.close()


@pytest.mark.process
@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hangs", "expected a plan within"),
        ("ends_python", "ended Python: exit code 0"),
        ("crashes", "ended Python: signal 11"),
        ("interrupts", "raises KeyboardInterrupt"),
    ],
)
def test_a_module_cannot_take_the_run_with_it(
    package: str, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """A module is imported in its own process, with a time limit."""
    if name == "hangs":
        monkeypatch.setattr(planning, "LIMIT_S", 1.0)
    with pytest.raises(ConfigError, match=said):
        plan_apart(make_tables(detect={"use": f"{package}.{name}:Broken"}), "change")


@pytest.mark.process
@pytest.mark.usefixtures("server")
def test_a_busy_machine_is_not_called_a_module(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plan has more time, and the line gives the reason."""
    monkeypatch.setattr(planning, "LIMIT_S", 0.2)
    monkeypatch.setattr(planning, "MOST_S", 0.3)
    monkeypatch.setattr(planning, "waited_s", lambda pid: 0.15)
    with pytest.raises(ConfigError, match=r"within 0.2 s, found none: the processor .* busy with others for 0.1 s"):
        plan_apart(make_tables(detect={"use": f"{package}.hangs:Broken"}), "change")

    monkeypatch.setattr(planning, "LIMIT_S", 0.0)
    monkeypatch.setattr(planning, "MOST_S", 60.0)
    monkeypatch.setattr(planning, "waited_s", lambda pid: 60.0)
    plan_apart(make_tables(), "change")


@pytest.mark.process
@pytest.mark.usefixtures("server")
def test_a_module_is_read_again(tmp_path: Path, package: str) -> None:
    """Edited modules are read again without a restart, whether they were broken or not."""
    file = tmp_path / package / "fine.py"
    tables = make_tables(detect={"use": f"{package}.fine:Broken"})
    first = plan_apart(tables, "change")
    file.write_text("1 / 0")
    with pytest.raises(ConfigError, match=r"found ZeroDivisionError: division by zero \(.*fine.py:1\)"):
        plan_apart(tables, "change")
    file.write_text(MODULES["starts_threads"])

    again = plan_apart(tables, "change")
    assert again.plan == first.plan
