"""Conditions are parsed, or refused with the exact place."""

import re
from pathlib import Path

import pytest

from pipeline.alerts.condition import FALSE, MISSING, OPEN, TRUE, Comparison, Group, Negation, Quantity, Reading, Truth
from pipeline.alerts.language import parse
from pipeline.alerts.rule import make_rule
from pipeline.errors import ConfigError


def test_a_whole_condition_is_parsed() -> None:
    """With hold and zone in either order."""
    text = "count(sad,angry) >= 2 and not (empty > 5m or share(happy, 10m) < 20%)"
    for rest in ("for 1.5h in zone 2-for", "in zone 2-for for 1.5h"):
        condition = parse(f" {text} {rest} ")

        assert (condition.hold_s, condition.zone) == (5400.0, "2-for")
        assert condition.expression == Group(
            (
                Comparison(Quantity("count", ("sad", "angry")), ">=", 2.0),
                Negation(
                    Group(
                        (
                            Comparison(Quantity("empty"), ">", 300.0),
                            Comparison(Quantity("share", ("happy",), 600.0), "<", 0.2),
                        ),
                        decisive=True,
                    )
                ),
            ),
            decisive=False,
        )


@pytest.mark.parametrize(
    ("text", "column", "expected", "found"),
    [
        ("", 1, "count, share(LABEL), dwell, empty, offline, not or (", "the end"),
        ("cout > 5", 1, "count, share(LABEL), dwell, empty, offline, not or (", "'cout'"),
        ("count 5", 7, "one of > >= < <= == !=", "'5'"),
        ("count = 5", 7, "one of > >= < <= == !=", "'='"),
        ("count > 5s", 9, "a number such as 5", "'5s'"),
        ("count > -1", 9, "a number such as 5", "'-1'"),
        ("count > 1e9", 9, "a number such as 5", "'1e9'"),
        ("count > 5 count", 11, "and, or, for, in or the end", "'count'"),
        ("count > 5 AND count < 3", 11, "and, or, for, in or the end", "'AND'"),
        ("count > 5)", 10, "and, or, for, in or the end", "')'"),
        ("(count > 5", 11, "and, or or )", "the end"),
        ("count > 5 for 5m for 6m", 18, "and, or, in or the end", "'for'"),
        ("count > 5 for 5", 15, "a duration such as 30s, 5m, 2h or 1d", "'5'"),
        ("count > 5 in corner", 14, "zone", "'corner'"),
        ("count > 5 in zone", 18, "the name of a zone", "the end"),
        ("share > 0.5", 7, "( and a label such as sad", "'>'"),
        ("share(sadd) > 0.5", 7, "one of angry, disgust, fear, happy, sad, surprise, neutral, uncertain", "'sadd'"),
        ("share(sad, sad) > 0.5", 12, "one of angry, disgust, fear, happy, surprise, neutral, uncertain", "'sad'"),
        ("share(sad, 5) > 0.5", 12, "a duration such as 30s, 5m, 2h or 1d", "'5'"),
        ("share(sad > 0.5", 11, ", or )", "'>'"),
        ("share(sad) > 60", 14, "a share such as 0.6 or 60%", "'60'"),
        ("dwell > 120", 9, "a duration such as 30s, 5m, 2h or 1d", "'120'"),
        ("dwell > 0s", 9, "a duration above 0 and up to 30d", "'0s'"),
        ("offline > 31d", 11, "a duration above 0 and up to 30d", "'31d'"),
        ("offline > 30s in zone a", 15, "no zone with offline, which concerns the camera", "'in'"),
        ("(" * 11, 11, "at most 10 parentheses and not inside each other", "'('"),
        ("not " * 11 + "count > 1", 41, "at most 10 parentheses and not inside each other", "'not'"),
    ],
)
def test_a_mistake_has_its_place(text: str, column: int, expected: str, found: str) -> None:
    """One line: what was expected, what was found, the column, and the text with a caret there."""
    with pytest.raises(ConfigError) as refused:
        parse(text)

    caret = f"{text[: column - 1]}^{text[column - 1 :]}"
    assert str(refused.value) == f"expected {expected}, found {found} in column {column}: {caret}"


def test_a_mistake_in_several_lines_is_one_line() -> None:
    """A condition may have line breaks; its columns count on, and no control character reaches a terminal."""
    assert parse("count > 1\n  and offline > 5s\tfor 5s\n") == parse("count > 1 and offline > 5s for 5s")
    with pytest.raises(ConfigError) as refused:
        parse("count > 1\nand \x1b[31mcout > 2")

    assert str(refused.value).endswith("found '\\x1b' in column 15: count > 1 and ^ [31mcout > 2")


def test_a_long_text_is_refused() -> None:
    """Before it is parsed."""
    with pytest.raises(ConfigError, match="expected at most 300 characters, found 301"):
        parse("(" * 301)


@pytest.mark.parametrize(
    ("text", "reading", "truth"),
    [
        ("count > 5", Reading(6, 6), TRUE),
        ("count > 5", Reading(5, 5), FALSE),
        ("count > 5", Reading(0, 4), FALSE),
        ("count < 5", Reading(0, 4), TRUE),
        ("count >= 5", Reading(0, 4), FALSE),
        ("count < 3", Reading(0, 4), OPEN),
        ("count == 3", Reading(0, 4), OPEN),
        ("count != 7", Reading(0, 4), TRUE),
        ("count == 4", Reading(4, 4), TRUE),
        ("dwell > 2m", Reading(130, float("inf")), TRUE),
        ("dwell > 2m", Reading(110, float("inf")), OPEN),
        ("dwell <= 2m", Reading(110, float("inf")), OPEN),
        ("not dwell <= 2m", Reading(130, float("inf")), TRUE),
        ("share(sad) > 0.5", Reading(0, 1, measured=False), MISSING),
        ("not share(sad) > 0.5", Reading(0, 1, measured=False), MISSING),
        ("share(sad) > 0.5 and offline > 1s", Reading(0, 1, measured=False), FALSE),
        ("share(sad) > 0.5 or offline < 1m", Reading(0, 1, measured=False), TRUE),
        ("share(sad) > 0.5 or share(happy) > 0.5", Reading(0, 1, measured=False), MISSING),
    ],
)
def test_truth_may_be_unknown(text: str, reading: Reading, truth: Truth) -> None:
    """A part that decides makes the others unimportant."""

    def read(quantity: Quantity) -> Reading:
        return Reading.exactly(0.0) if quantity.name == "offline" else reading

    assert parse(text).expression.truth(read) == truth


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ({"when": "count > 5 in zone door"}, "when: expected one of the zones corner, desk, found 'door' in column 19"),
        ({"when": "count > 5", "camera": ["hal"]}, "camera: expected one of hall, yard, found 'hal'"),
        ({"when": "count > 5 in zone corner", "camera": ["yard"]}, "when: expected no zone: no camera has any"),
        ({"when": "dwell > 5s"}, "expected no quantity about single people.*found 'dwell' in column 1: ^dwell"),
        ({"when": "count > 5 or empty > 5s"}, "expected no quantity about single people.*found 'empty' in column 14"),
    ],
)
def test_what_the_config_lacks_or_forbids_is_refused(table: dict[str, object], error: str) -> None:
    """With its place."""
    with pytest.raises(ConfigError, match=error.replace("^", r"\^")):
        make_rule("it", table, {"hall": ["corner", "desk"], "yard": []}, aggregate_only=True)


def test_a_zone_chooses_the_cameras_that_have_it() -> None:
    """In the others nobody could ever be in it."""
    zones = {"hall": ["corner"], "yard": [], "shop": ["corner"]}

    assert make_rule("it", {"when": "count < 1 in zone corner"}, zones).cameras == ("hall", "shop")
    assert make_rule("it", {"when": "count < 1"}, zones).cameras == ("hall", "yard", "shop")


def test_the_examples_of_the_document_are_conditions(repository: Path) -> None:
    """All ten."""
    text = (repository / "docs/alerts.md").read_text().split("Ten examples:")[1].split("\n## ")[0]
    examples = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)

    assert len(examples) == 10
    for example in examples:
        assert parse(example)
