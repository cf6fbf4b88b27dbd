"""Configs become plans."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.check import draw
from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan, load_plan
from pipeline.config.plan import Plan
from pipeline.config.registry import OUTPUTS
from pipeline.errors import ConfigError
from pipeline.supervision.transition import fit
from tests.support.plans import STUBS, make_plan, make_tables


def links(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return who sends to whom."""
    return {node.name: node.to for node in plan.nodes}


def test_frames_go_from_cameras_to_outputs() -> None:
    """Outputs without pictures do not wait for the overlay."""
    plan = make_plan()

    assert links(plan) == {
        "camera.a": ("detect",),
        "camera.b": ("detect",),
        "detect": ("emotion",),
        "emotion": ("overlay", "output.note"),
        "overlay": ("output.look",),
        "output.look": (),
        "output.note": (),
    }
    assert plan.readers() == ["output.look"]


def test_without_pictures_shown_there_is_no_overlay() -> None:
    """Without outputs that show frames, `detect` is the last reader of pixels."""
    plan = make_plan(output={"look": {"use": f"{STUBS}:Write", "path": "/dev/null"}})

    assert links(plan)["emotion"] == ("output.look", "output.note")
    assert "overlay" not in links(plan)
    assert plan.readers() == ["detect"]
    assert plan.readers_from("emotion") == []


def test_stages_of_ones_own_stand_where_they_are_put() -> None:
    """Several behind the same stage keep the order of the file, each followed by its own."""
    own = {"use": f"{STUBS}:Model"}
    plan = make_plan(
        stage={"x": {**own, "after": "detect"}, "y": {**own, "after": "detect"}, "z": {**own, "after": "x"}}
    )
    trunk = [node.name for node in plan.nodes if node.role == "filter"]

    assert trunk == ["detect", "stage.x", "stage.z", "stage.y", "emotion", "overlay"]
    assert [links(plan)[name][0] for name in trunk[:-1]] == trunk[1:]


def test_options_and_runner_keys_are_told_apart() -> None:
    """`workers` and `batch` belong to the runner, the rest to the stage."""
    plan = make_plan(detect={"workers": 3, "slow_s": 1})

    assert plan["detect"].workers == 3
    assert plan["detect"].options == {"slow_s": 1.0}
    assert plan["emotion"].keys.batch == 64
    assert plan["camera.a"].options == {"name": "a"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"detect": {"slow": 1}}, "[detect] unknown key slow: did you mean slow_s?"),
        ({"detect": {"crash_at": "x"}}, "[detect] crash_at: expected a whole number, found 'x'"),
        ({"detect": {"workers": -1}}, "[detect] workers: expected a whole number, at least 0, at most 64, found -1"),
        ({"detect": {"use": "nowhere:X"}}, "[detect] use: expected a module that can be imported, found 'nowhere:X'"),
        (
            {"detect": {"use": f"{STUBS}:np"}},
            f"[detect] use: expected a class derived from pipeline.stage.Stage, found '{STUBS}:np'",
        ),
        ({"detect": {"use": "x"}}, "[detect] use: expected \"module:Class\", found 'x'"),
        ({"camera": {"a": {"use": f"{STUBS}:Numbers", "workers": 2}}}, "[camera.a] unknown key workers"),
        ({"camera": {"a": {"source": "demo", "name": "b"}}}, "[camera.a] unknown key name: expected one of clock"),
        (
            {"camera": {"a": {"use": f"{STUBS}:Numbers", "sizes": ["x"]}}},
            "[camera.a] sizes: expected a list of a whole number",
        ),
        (
            {"output": {"x": {"kind": "fax"}}},
            f"[output.x] kind: expected one of {', '.join(OUTPUTS)}, found 'fax'",
        ),
        ({"output": {"x": {"use": f"{STUBS}:Write"}}}, "[output.x] path: expected text, found nothing"),
        (
            {"stage": {"x": {"use": f"{STUBS}:Model"}}},
            "[stage.x] after: expected one of camera, detect, emotion, overlay, found None",
        ),
        (
            {"stage": {"x": {"use": f"{STUBS}:Model", "after": "x"}}},
            "[stage.x] after: expected one of camera, detect, emotion, overlay, found 'x'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(more: dict[str, Any], said: str) -> None:
    """The error names table and key, what was expected and what was found."""
    with pytest.raises(ConfigError) as refusal:
        make_plan(**more)

    assert str(refusal.value).startswith(f"c.toml, {said}")
    assert len(str(refusal.value).splitlines()) == 1


def test_stages_that_follow_each_other_are_refused() -> None:
    """A circle has no place in the stream."""
    own = {"use": f"{STUBS}:Model"}
    with pytest.raises(ConfigError, match="follow each other"):
        make_plan(stage={"x": {**own, "after": "y"}, "y": {**own, "after": "x"}})


@pytest.mark.parametrize("missing", ["camera", "output"])
def test_a_run_needs_a_camera_and_an_output(missing: str) -> None:
    """An empty config is a mistake, not a run of nothing."""
    tables = make_tables()
    del tables[missing]
    with pytest.raises(ConfigError, match=rf"\[{missing}\] expected at least one table \[{missing}.NAME\]"):
        build_plan(parse_config(tables))


def test_addresses_come_from_names() -> None:
    """Stages on this machine use sockets in the run's directory."""
    assert make_plan(run={"dir": "/d"}).address("detect", 1) == "ipc:///d/detect.1"


def cameras(count: int) -> dict[str, Any]:
    """Return the tables of this number of cameras, in addition to the usual two."""
    return {f"c{n}": {"use": f"{STUBS}:Numbers"} for n in range(count - 2)}


@pytest.mark.parametrize(
    ("count", "cores", "jobs", "more", "expected"),
    [
        (8, 16, 0, {}, 1),
        (9, 16, 0, {}, 2),
        (40, 16, 0, {}, 5),
        (40, 4, 0, {}, 2),
        (40, 1, 0, {}, 1),
        (6, 16, 4, {}, 4),
        (3, 16, 4, {}, 3),
        (6, 2, 2, {}, 1),
        (40, 16, 0, {"detect": {"workers": 3}}, 3),
        (40, 16, 0, {"emotion": {"host": "10.0.0.2"}}, 1),
    ],
)
def test_as_many_look_for_faces_as_there_are_cores_for(
    monkeypatch: pytest.MonkeyPatch, count: int, cores: int, jobs: int, more: dict[str, Any], expected: int
) -> None:
    """One worker per eight live cameras or per recording, at most one per two cores, unless set."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    plan = make_plan(camera=cameras(count), run={"jobs": jobs, "host": "10.0.0.1", "insecure": True}, **more)

    assert plan["detect"].workers == expected
    assert plan["emotion"].workers == 1


def test_cameras_go_to_the_workers_in_turn() -> None:
    """Workers have equally many cameras; a camera added later always gets the same worker."""
    plan = make_plan(camera=cameras(6), detect={"workers": 3})

    assert [plan.worker("detect", name) for name in ("a", "b", "c0", "c1", "c2", "c3")] == [0, 1, 2, 0, 1, 2]
    assert plan.worker("detect", "later") == plan.worker("detect", "later") < 3
    assert plan.worker("emotion", "b") == plan.worker("emotion", "later") == 0


def test_a_directory_too_deep_for_sockets_is_refused() -> None:
    """UNIX sockets limit the length of their path."""
    with pytest.raises(ConfigError, match=r"\[run\] dir: expected a shorter path"):
        make_plan(run={"dir": "/" + "long/" * 30}).address("detect", 0)


def test_a_stage_elsewhere_is_reached_over_tcp() -> None:
    """Both ends of a remote stage find ports that differ, on the machine that listens."""
    plan = make_plan(
        run={"host": "10.0.0.1", "port": 6000, "insecure": True}, emotion={"host": "10.0.0.2"}, detect={"workers": 2}
    )

    assert plan.address("emotion", 0) == "tcp://10.0.0.2:6002"
    assert plan.address("overlay", 0) == "tcp://10.0.0.1:6003"
    assert plan.address("detect", 0).startswith("ipc:")


def test_a_stage_elsewhere_needs_our_address() -> None:
    """Without this machine's address a remote stage cannot send its results."""
    with pytest.raises(ConfigError, match=r"\[run\] host"):
        make_plan(emotion={"host": "10.0.0.2"})


def test_more_cameras_need_no_restart_for_more_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run keeps its number of workers unless the config asks for another one."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)))
    running = make_plan(camera=cameras(8))

    assert fit(running, make_plan(camera=cameras(40)))["detect"] == running["detect"]
    with pytest.raises(ConfigError, match="expected the same workers"):
        fit(running, make_plan(camera=cameras(40), detect={"workers": 2}))


def test_the_drawing_shows_every_stage_and_where_pictures_go() -> None:
    """Thick arrows carry pictures."""
    drawing = draw(make_plan(detect={"workers": 2}))

    assert drawing.startswith("flowchart LR")
    assert 'detect["detect x 2"]' in drawing
    assert "emotion ==> overlay" in drawing
    assert "emotion --> output_note" in drawing


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Mistakes in the program's tables and in stage options have a line each, with file and table."""
    file = tmp_path / "c.toml"
    file.write_text(
        """
        top = 1
        [metrics]
        listen = 5
        [camera."a b"]
        source = "demo"
        [camera.a]
        sorce = "demo"
        [output.x]
        kind = "fax"
        """
    )
    with pytest.raises(ConfigError) as caught:
        load_plan(file)

    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{file}, [") for line in lines)
    tables = [line.partition("[")[2].partition("]")[0] for line in lines]
    assert sorted(tables) == ["camera.a", "camera.a", "camera.a b", "metrics", "output.x", "top level"]


def test_where_rtsp_listens_is_not_where_it_runs() -> None:
    """Its own option `host` is not the key of every stage."""
    plan = make_plan(output={"stream": {"kind": "rtsp", "host": "0.0.0.0"}})

    assert plan["output.stream"].options["host"] == "0.0.0.0"
    assert plan["output.stream"].keys.host == ""


def test_the_page_is_told_where_the_history_is() -> None:
    """The page gets the path of the only history output, unless the config sets one."""

    def shown(**more: Any) -> object:
        tables = make_tables()
        tables["output"] = {"page": {"kind": "web"}, "past": {"kind": "history", "path": "a.sqlite"}} | more
        return build_plan(parse_config(tables), "c.toml")["output.page"].options.get("history")

    assert shown() == "a.sqlite"
    assert shown(past={"kind": "history"}) == "out/history.sqlite"
    assert shown(page={"kind": "web", "history": "b.sqlite"}) == "b.sqlite"
    assert shown(other={"kind": "history", "path": "c.sqlite"}) is None


def test_a_paused_camera_is_checked_and_starts_nothing() -> None:
    """A mistake in its table is reported when it is made, not when the camera resumes."""
    tables: dict[str, Any] = {
        "camera": {"a": {"source": "demo"}, "b": {"source": "demo", "enabled": False}},
        "output": {"events": {"kind": "events"}},
    }
    assert "camera.b" not in [node.name for node in build_plan(parse_config(tables)).nodes]
    tables["camera"]["b"]["width"] = 7

    with pytest.raises(ConfigError, match=r"\[camera.b\] width: expected"):
        build_plan(parse_config(tables))


@pytest.mark.parametrize(
    ("table", "use", "found"),
    [
        ("emotion", "stages.events:Events", "sink"),
        ("overlay", "stages.synthetic:Synthetic", "source"),
        ("detect", "stages.capture:Capture", "source"),
    ],
)
def test_a_stage_of_another_kind_is_refused(table: str, use: str, found: str) -> None:
    """An output used as a filter would swallow every frame of every camera."""
    with pytest.raises(ConfigError, match=f"expected a filter, found {use}, which is a {found}"):
        make_plan(**{table: {"use": use}})
