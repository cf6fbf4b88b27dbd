"""The configuration reference matches the program."""

import pytest

from pipeline.config.config import Config, Run
from pipeline.config.options import stage_keys, struct_keys
from pipeline.config.plan import RunnerKeys
from pipeline.config.reference import FILE, TABLES, argument_docs, struct_docs, write
from pipeline.config.registry import OPTIONAL, OUTPUTS, SOURCES, STAGES, resolve


def test_the_page_is_what_the_program_says() -> None:
    """If this fails, run `python -m pipeline.config.reference`."""
    assert FILE.read_text("utf-8") == write(), "stale: run `python -m pipeline.config.reference`"


def test_every_table_is_described() -> None:
    """A new table must be added to the page."""
    assert set(struct_keys(Config)) == {"camera", "output", "stage", "alert", *STAGES, *OPTIONAL, *TABLES}


@pytest.mark.parametrize("use", [*SOURCES.values(), *STAGES.values(), *OPTIONAL.values(), *OUTPUTS.values()])
def test_every_option_of_a_stage_is_explained(use: str) -> None:
    """The `Args` of its class describe exactly its options."""
    stage = resolve(use)

    assert set(argument_docs(stage)) == set(stage_keys(stage))


@pytest.mark.parametrize("struct", [*TABLES.values(), RunnerKeys])
def test_every_key_of_a_table_is_explained(struct: type[Run]) -> None:
    """Each field has a docstring."""
    assert set(struct_docs(struct)) == set(struct_keys(struct))
