"""What must not be published is not, whatever the options of the outputs."""

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.config.config import load_config, parse_config, tables_of
from pipeline.config.graph import build_plan
from pipeline.config.plan import Plan
from pipeline.config.registry import OUTPUTS, resolve
from pipeline.errors import ConfigError
from pipeline.supervision.changes import Change
from pipeline.supervision.control import changed

NEEDED: dict[str, dict[str, Any]] = {
    "webhook": {"url": "https://example.org/hook"},
    "lsl": {"network": True},
    "email": {"server": "smtp://127.0.0.1", "sender": "a@example.org", "to": ["b@example.org"]},
}
"""Options without which an output does not start."""


def make_plan(privacy: dict[str, Any], *kinds: str, **more: Any) -> Plan:
    """Return the plan of a demo camera with outputs of these kinds."""
    outputs: dict[str, Any] = {kind: {"kind": kind} | NEEDED.get(kind, {}) for kind in kinds}
    tables = {"camera": {"hall": {"source": "demo"}}, "output": outputs, "privacy": privacy}
    for group, table in more.items():
        for name, keys in table.items():
            place = tables.setdefault(group, {})
            place[name] = {**place.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return build_plan(parse_config(tables), "c.toml")


PICTURES = [kind for kind, use in OUTPUTS.items() if resolve(use).pixels != "none"]


@pytest.mark.parametrize("kind", PICTURES)
def test_every_picture_goes_through_an_overlay_that_hides_faces(kind: str) -> None:
    """The overlay is the last stage before it, and says what must be said."""
    plan = make_plan({"blur_faces": True, "notice": "Emotions are recognised here"}, kind)
    options = plan["overlay"].options

    assert options["blur_faces"] is True
    assert options["notice"] == "Emotions are recognised here"
    assert [node.name for node in plan.nodes if f"output.{kind}" in node.to] == ["overlay"]


@pytest.mark.parametrize(
    ("blur_faces", "detect", "expected"),
    [(True, {}, 0.0), (True, {"detect_hz": 10.0}, 10.0), (False, {}, None)],
)
def test_where_faces_are_hidden_every_picture_is_searched(
    blur_faces: bool, detect: dict[str, Any], expected: float | None
) -> None:
    """Between two detections a new face would be visible; a configured rate is respected."""
    plan = make_plan({"blur_faces": blur_faces}, "file", detect=detect)

    assert plan["detect"].options.get("detect_hz") == expected


def test_an_overlay_told_otherwise_is_refused() -> None:
    """Both contradictions are named."""
    with pytest.raises(ConfigError) as caught:
        make_plan(
            {"blur_faces": True, "notice": "Seen"}, "file", overlay={"blur_faces": False, "notice": "Nothing to see"}
        )

    assert str(caught.value).splitlines() == [
        "c.toml, [overlay] blur_faces: expected True as in [privacy], found False",
        "c.toml, [overlay] notice: expected 'Seen' as in [privacy], found 'Nothing to see'",
    ]


def test_what_an_output_has_drawn_itself_is_protected_too() -> None:
    """The page analyses recordings with a pipeline of its own, which gets the options of `[privacy]`."""
    options = make_plan({"blur_faces": True, "notice": "Seen"}, "web")["output.web"].options

    assert (options["blur_faces"], options["notice"]) == (True, "Seen")
    with pytest.raises(ConfigError, match=r"\[output.web\] blur_faces: expected True as in \[privacy\], found False"):
        make_plan({"blur_faces": True}, "web", output={"web": {"blur_faces": False}})


def test_an_overlay_that_cannot_hide_faces_is_refused() -> None:
    """A user's overlay without the option `blur_faces` is refused."""
    with pytest.raises(ConfigError, match="blur_faces"):
        make_plan({"blur_faces": True}, "file", overlay={"use": "tests.pipeline.stubs:Invert"})


def test_hidden_faces_are_not_shown_one_by_one() -> None:
    """An output with `thumbnails` is refused; without it, it is accepted."""
    with pytest.raises(ConfigError, match=r"\[output.web\] thumbnails: expected false, because of blur_faces"):
        make_plan({"blur_faces": True}, "web", output={"web": {"thumbnails": True}})
    assert "output.web" in [node.name for node in make_plan({"blur_faces": True}, "web").nodes]
    assert make_plan({}, "web", output={"web": {"thumbnails": True}})["output.web"].options["thumbnails"] is True


@pytest.mark.parametrize("kind", OUTPUTS)
def test_no_pictures_allows_no_output_of_pictures(kind: str) -> None:
    """The check names the output; others are allowed, and there is no overlay."""
    if kind in PICTURES:
        with pytest.raises(ConfigError, match=rf"\[output.{kind}\] expected no output that shows pictures"):
            make_plan({"no_pictures": True}, kind)
    else:
        names = [node.name for node in make_plan({"no_pictures": True}, kind).nodes]
        assert names == ["camera.hall", "detect", "emotion", f"output.{kind}"]


@pytest.mark.parametrize("kind", OUTPUTS)
def test_aggregate_only_allows_what_can_keep_people_to_itself(kind: str) -> None:
    """Such an output gets the option; the others are refused."""
    if kind in ("email", "events", "history", "mqtt", "nats", "webhook"):
        assert make_plan({"aggregate_only": True}, kind)[f"output.{kind}"].options["aggregate_only"] is True
    else:
        with pytest.raises(ConfigError, match=rf"\[output.{kind}\] expected no output about individuals"):
            make_plan({"aggregate_only": True}, kind)


def test_the_table_of_outputs_and_switches_is_true(repository: Path) -> None:
    """Every output is in it; what it says of each switch is what a plan with this output becomes."""
    text = (repository / "docs/privacy.md").read_text()
    rows = {kind: cells for kind, *cells in re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| (\w+) \|$", text, re.M)}

    def becomes(kind: str, switch: str) -> str:
        try:
            plan = make_plan({switch: True}, kind)
        except ConfigError:
            return "refused"
        if plan[f"output.{kind}"].options.get("aggregate_only"):
            return "sums"
        return "blurred" if "overlay" in [node.name for node in plan.nodes] else "runs"

    switches = "no_pictures", "aggregate_only", "blur_faces"
    assert rows == {kind: [becomes(kind, switch) for switch in switches] for kind in OUTPUTS}


def test_an_output_told_to_tell_of_people_is_refused() -> None:
    """`aggregate_only = false` contradicts the table of privacy."""
    with pytest.raises(ConfigError, match="aggregate_only: expected true"):
        make_plan({"aggregate_only": True}, "events", output={"events": {"aggregate_only": False}})


def test_without_privacy_nothing_is_changed() -> None:
    """Options stay as written."""
    plan = make_plan({}, "events", "file")

    assert plan["overlay"].options == {}
    assert plan["output.events"].options == {}


def test_the_table_is_checked_like_any_other(tmp_path: Path) -> None:
    """A misspelt key must not pass for protection."""
    (tmp_path / "c.toml").write_text("[privacy]\nblurr_faces = true\n")
    with pytest.raises(ConfigError, match="did you mean blur_faces"):
        load_config(tmp_path / "c.toml")


def test_a_change_while_it_runs_cannot_lift_it() -> None:
    """Neither a change to the overlay nor one to `[privacy]` is accepted."""
    tables = {
        "camera": {"hall": {"source": "demo"}},
        "output": {"video": {"kind": "file"}},
        "privacy": {"blur_faces": True},
    }
    now = tables_of(parse_config(tables))
    later = changed(now, Change(table="overlay", keys={"blur_faces": False}))

    with pytest.raises(ConfigError, match="as in .privacy."):
        build_plan(parse_config(later))
    with pytest.raises(ConfigError, match="privacy"):
        changed(now, Change(table="privacy", keys={"blur_faces": False}))


def test_totals_of_few_people_are_withheld_everywhere() -> None:
    """By every output that publishes totals of zones; an output may ask for more people, not for fewer."""
    kinds = ("events", "history", "mqtt", "webhook")
    plan = make_plan({"aggregate_only": True, "min_people": 8}, *kinds, output={"events": {"min_people": 12}})

    assert [plan[f"output.{kind}"].options["min_people"] for kind in kinds] == [12, 8, 8, 8]
    with pytest.raises(ConfigError, match=r"\[output\.mqtt\] min_people: expected at least 8 as in \[privacy\]"):
        make_plan({"min_people": 8}, "mqtt", output={"mqtt": {"min_people": 2}})


@pytest.mark.parametrize("privacy", [{"aggregate_only": True}, {"aggregate_only": True, "min_people": 3}])
def test_a_promise_that_is_made_during_a_run_replaces_who_counts_faces(privacy: dict[str, Any]) -> None:
    """A run replaces the processes whose stages differ: all that is promised is in a stage, not beside them."""
    before, after = make_plan({}, "events"), make_plan(privacy, "events")

    assert replace(before, nodes=()) == replace(after, nodes=())
    for name in ("detect", "emotion"):
        assert before[name] != after[name]
        assert after[name].least_faces == privacy.get("min_people", 5)
