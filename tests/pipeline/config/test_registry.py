"""Names in configs and their classes."""

import sys
from pathlib import Path

import pytest

from pipeline.config.registry import OUTPUTS, SOURCES, STAGES, resolve
from pipeline.errors import ConfigError
from pipeline.stage import Stage


@pytest.mark.parametrize("use", sorted({*SOURCES.values(), *STAGES.values(), *OUTPUTS.values()}))
def test_every_word_is_a_stage(use: str) -> None:
    """Its module can be imported without heavy libraries."""
    assert issubclass(resolve(use), Stage)


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("", 'expected "module:Class", found'),
        ("stages.detect", 'expected "module:Class", found'),
        ("stages.detect:", 'expected "module:Class", found'),
        ("no.such.module:X", "expected a module that can be imported, found 'no.such.module:X'"),
        ("stages.nothing:X", "expected a module that can be imported"),
        ("stages.detect:Nothing", "expected a class derived from pipeline.stage.Stage"),
        ("stages.detect:__doc__", "expected a class derived from pipeline.stage.Stage"),
        ("pathlib:Path", "expected a class derived from pipeline.stage.Stage"),
    ],
)
def test_what_is_no_stage_is_refused(use: str, expected: str) -> None:
    """One line names it."""
    with pytest.raises(ConfigError, match=expected) as raised:
        resolve(use)
    assert "\n" not in str(raised.value)


def test_a_module_that_lacks_another_one_is_not_called_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the missing module."""
    (tmp_path / "needy_stage.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        resolve("needy_stage:X")
    sys.modules.pop("needy_stage", None)
