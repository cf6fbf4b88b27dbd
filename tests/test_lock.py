"""`requirements.lock` installs on machines other than the one that wrote it."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def test_packages_for_some_machines_only_have_their_condition() -> None:
    """The lock is made on one machine, where its tool leaves the condition out; elsewhere they could not be built."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    conditions = {re.split(r"[=<>!~; \[]", one)[0]: one.partition(";")[2].strip() for one in wanted if ";" in one}
    lock = (REPOSITORY / "requirements.lock").read_text()

    assert conditions
    for name, condition in conditions.items():
        (line,) = re.findall(rf"^{re.escape(name)}==.*$", lock, re.MULTILINE)
        assert line.partition(";")[2].strip(" \\") == condition


def test_the_packages_are_counted(repository: Path) -> None:
    """As the page on operations says, for ARM64: all but two have a wheel."""
    count = len(re.findall(r"^[a-z0-9][^ ]*==", (repository / "requirements.lock").read_text(), re.MULTILINE))

    assert (
        f"Of the {count} packages of `requirements.lock` {count - 2} "
        in (repository / "docs/operations.md").read_text()
    )
