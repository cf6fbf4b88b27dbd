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
    assert parse("count > 1\n  or offline > 5s\tfor 5s\n") == parse("count > 1 or offline > 5s for 5s")
    with pytest.raises(ConfigError) as refused:
        parse("count > 1\nand \x1b[31mcout > 2")

    assert str(refused.value).endswith("found '\\x1b' in column 15: count > 1 and ^ [31mcout > 2")


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        ("share(sad) > 100%", 1, "never does"),
        ("share(sad) < 0", 1, "never does"),
        ("share(sad) >= 0", 1, "never is"),
        ("count >= 0", 1, "never is"),
        ("count == 2.5", 1, "never does"),
        ("count(sad) != 2.5", 1, "never is"),
        ("not (count < 0)", 6, "never does"),
        ("dwell > 2m or share(sad) > 100%", 15, "never does"),
        ("dwell > 2m or (count > 3 and count < 4)", 16, "never does"),
        ("count > 3 or count <= 3", 1, "never is"),
        ("count > 2 and not count > 1", 1, "never does"),
        ("count(sad) > 3 and count < 2", 1, "never does"),
        ("count(sad) > 1 and count(happy) > 1 and count < 4", 1, "never does"),
        ("count(sad, happy) > 1 and count(happy, sad) < 1", 1, "never does"),
        ("share(sad) > 60% and share(happy) > 60%", 1, "never does"),
        ("share(sad) > 60% and share(sad, happy) < 50%", 1, "never does"),
        ("share(angry, disgust, fear, happy, sad, surprise, neutral, uncertain) > 0.5", 1, "never is"),
        ("share(sad) > 50% and count < 1", 1, "never does"),
        ("empty > 10m and count > 0", 1, "never does"),
        ("empty > 1m and dwell > 1m", 1, "never does"),
        ("offline > 30s and count > 3", 1, "never does"),
        ("offline < 1m or offline > 30s", 1, "never is"),
    ],
)
def test_what_never_or_always_holds_is_refused(text: str, column: int, found: str) -> None:
    """Also a part of a condition, at its place."""
    with pytest.raises(ConfigError, match=f"found one that {found} in column {column}: "):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "share(sad) >= 100%",
        "share(sad) == 0",
        "share(sad) == 100%",
        "count > 2.5",
        "count < 1",
        "count(sad) > 0 and count(happy) > 0 and count < 3",
        "share(sad) > 0.3 and share(happy) > 0.3 and share(fear) > 0.3",
        "share(sad) > 20% and share(happy) > 20% and share(angry,disgust,fear,surprise,neutral,uncertain) > 20%",
        "share(sad, 1m) > 60% and share(sad, 10m) < 40%",
        "empty > 1m and empty < 10m for 5m",
        "empty > 1m or offline > 1m for 1h",
        "empty < 5s for 10m",
        "dwell > 1m and dwell < 2m for 5m",
    ],
)
def test_what_can_hold_and_can_be_false_is_a_condition(text: str) -> None:
    """Limits at the edge of what is possible, too."""
    assert parse(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("dwell == 30s", "expected one of > >= < <= with a duration, found '==' in column 7: "),
        ("share(sad) != 60%", "expected one of > >= < <= with a share between 0 and 100%, found '!=' in column 12: "),
        ("empty > 1m and empty < 2m for 5m", "expected at most 60s, for which .* can hold, found '5m' in column 31: "),
        ("offline > 30s and offline < 1m for 1m", "expected at most 30s, for which .*, found '1m' in column 36: "),
    ],
)
def test_what_holds_for_a_moment_only_is_refused(text: str, error: str) -> None:
    """A time is measured; it grows while a hold waits."""
    with pytest.raises(ConfigError, match=error):
        parse(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("count < 3", "never does with min_people = 5"),
        ("count == 3", "never does with min_people = 5"),
        ("count > 2", "never is with min_people = 5"),
        ("count(sad) > 3", "never is with min_people = 5"),
        ("share(sad) > 50% and count < 5", "never does with min_people = 5"),
    ],
)
def test_what_few_people_hide_is_refused(text: str, found: str) -> None:
    """An alert that is raised must end; below the limit nothing is known."""
    assert parse(text)
    with pytest.raises(ConfigError, match=found):
        parse(text, least=5)
    for known in ("count > 4", "count < 5", "count(sad) >= 5", "share(sad) > 50%", "offline > 30s"):
        assert parse(known, least=5)


def test_a_long_condition_costs_no_time() -> None:
    """After the largest number of situations it is accepted."""
    labels = ("sad", "happy", "fear", "angry", "disgust", "neutral")
    many = " and ".join(f"count({one}) != {n}" for n, one in enumerate(labels, 1))

    assert parse(f"{many} and count != 9 and dwell > 1m and share(sad) > 1% and dwell < 2s")


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
        ("share(sad) > 0.5 and not offline < 1m", Reading(0, 1, measured=False), FALSE),
        ("share(sad) > 0.5 or offline < 1m", Reading(0, 1, measured=False), TRUE),
        ("share(sad) > 0.5 or share(happy) > 0.5", Reading(0, 1, measured=False), MISSING),
    ],
)
def test_truth_may_be_unknown(text: str, reading: Reading, truth: Truth) -> None:
    """A part that decides makes the others unimportant."""

    def read(quantity: Quantity) -> Reading:
        return Reading.exactly(0.0) if quantity.name == "offline" else reading

    parts = re.split(" (and|or) ", text)
    expressions = tuple(parse(part).expression for part in parts[::2])
    whole = Group(expressions, decisive=parts[1] == "or") if len(parts) > 1 else expressions[0]
    assert whole.truth(read) == truth


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
