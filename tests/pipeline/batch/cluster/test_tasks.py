"""The driver of a run on Ray, with a cluster in memory."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.batch.cluster.connecting import HeadLost
from pipeline.batch.cluster.driver import RayRun
from pipeline.batch.cluster.letters import WORK, Assignment
from pipeline.batch.cluster.task import Complete, Failed, Item, Part
from pipeline.batch.cluster.tasks import LOSSES, Share
from pipeline.config.config import Config, parse_config
from pipeline.errors import ConfigError
from pipeline.metrics.camera_totals import CameraSummary
from tests.pipeline.batch.cluster.fake_ray import NODE, FakeRay, RayError, RayTaskError


def config(folder: Path, names: str) -> Config:
    """Return the config of a batch."""
    cameras = {name: {"source": f"sftp://ann:secret@host/{name}.mp4"} for name in names}
    return parse_config({"camera": cameras, "output": {"table": {"kind": "table", "path": f"{folder}/{{camera}}"}}})


def results(camera: str, start: int) -> Iterator[Item]:
    """Return progress and results."""
    yield CameraSummary(camera=camera, frames=5)
    yield [Part("faces.csv", b"1,")]
    yield [Part("faces.csv", b"2"), Part("moments/1.png", b"")]
    yield Complete("n1", 100 + start)


def run(ray: FakeRay, folder: Path, names: str, *, most: int = 0, tick: Callable[[], None] = lambda: None) -> Any:
    """Run recordings."""
    share = Share(cores=1.0)
    return RayRun(ray, share, most)(config(folder, names), ["faces.csv"], lambda cameras: tick(), lambda name: True)


def test_each_recording_is_a_task(tmp_path: Path) -> None:
    """As many at once as there is room for; results arrive whole."""
    outcome = run(ray := FakeRay(results), tmp_path, "abcd")

    assert sorted(ray.starts) == list("abcd") and ray.most == 2
    assert {(tmp_path / name / "faces.csv").read_text() for name in "abcd"} == {"1,2"}
    assert sorted(path.name for path in tmp_path.iterdir()) == list("abcd")
    assert (outcome.code, outcome.interrupted, len(outcome.cameras)) == (0, False, 4)
    asked = ray.options[0]
    assert (asked["num_cpus"], asked["num_gpus"], asked["max_retries"]) == (1.0, 0.0, 0)
    sent = msgspec.json.decode(ray.assignment, type=Assignment)
    assert sent.tables["output"]["table"]["path"] == f"{WORK}/{{camera}}"


@pytest.mark.parametrize("losses", [1, LOSSES, LOSSES + 1])
def test_a_recording_whose_worker_is_lost_starts_again(tmp_path: Path, losses: int) -> None:
    """From its beginning, and not for ever."""

    def script(camera: str, start: int) -> Iterator[Item]:
        if camera == "a" and start <= losses:
            yield [Part("faces.csv", b"cut off")]
            yield RayError("worker died")  # type: ignore[misc]
        else:
            yield from results(camera, start)

    outcome = run(ray := FakeRay(script), tmp_path, "ab")
    given_up = losses > LOSSES

    assert ray.starts.count("a") == min(losses, LOSSES) + 1
    assert outcome.code == int(given_up)
    assert (tmp_path / "a").exists() is not given_up
    assert given_up or (tmp_path / "a/faces.csv").read_text() == "1,2"
    assert (tmp_path / "b/faces.csv").exists()


def test_a_recording_whose_node_dies_before_it_begins_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray reports nothing if the node was frozen while the task was on its way."""
    monkeypatch.setattr("pipeline.batch.cluster.driver.NODES_S", 0.01)
    ray = FakeRay(results, [{**NODE, "NodeID": "cold"}, NODE], frozen="cold")
    outcome = run(ray, tmp_path, "abc")

    assert outcome.code == 0 and len(ray.starts) > 3, "some were begun twice"
    assert {(tmp_path / name / "faces.csv").read_text() for name in "abc"} == {"1,2"}
    assert sorted(path.name for path in tmp_path.iterdir()) == list("abc")


def test_a_node_that_can_process_nothing_is_avoided(tmp_path: Path) -> None:
    """Its recordings go elsewhere; without another node the reason ends the batch."""

    def script(camera: str, start: int) -> Iterator[Item]:
        if camera == "a" and start == 1:
            yield Failed("expected to download networks, found no network", "n1")
        else:
            yield from results(camera, start)

    outcome = run(ray := FakeRay(script, [NODE, {**NODE, "NodeID": "n2"}]), tmp_path, "a")
    assert (outcome.code, ray.starts) == (0, ["a", "a"])
    assert [options["scheduling_strategy"] for options in ray.options] == ["n1", "n2"]

    with pytest.raises(ConfigError, match="node n1: expected to download networks, found no network"):
        run(FakeRay(script), tmp_path / "alone", "a")


@pytest.mark.parametrize("vanished", [False, True])
def test_a_node_that_does_not_see_the_recordings_is_avoided(tmp_path: Path, vanished: bool) -> None:
    """Unless they have vanished for all: then that file alone has no results."""
    path = tmp_path / "a.mp4"
    if not vanished:
        path.touch()
    nothing = {"frames_in": 0, "frames_out": 0, "duration_s": 0.0, "fps": 0.0, "width": 0, "height": 0, "faces": 0}
    summary: dict[str, Any] = {"camera": "a", "status": "failed", "error": "no file", "fault": "absent", "model": ""}

    def script(camera: str, start: int) -> Iterator[Item]:
        if start == 1:
            yield [Part("summary.json", msgspec.json.encode({**summary, **nothing, "seconds": {}, "tracks": []}))]
            yield Complete("n1")
        else:
            yield from results(camera, start)

    ray = FakeRay(script, [NODE, {**NODE, "NodeID": "n2"}])
    tables = {"table": {"kind": "table", "path": f"{tmp_path}/out/{{camera}}"}}
    given = parse_config({"camera": {"a": {"source": str(path)}}, "output": tables})
    RayRun(ray, Share())(given, ["faces.csv"], lambda cameras: None, lambda name: True)

    assert ray.starts == ["a"] * (1 if vanished else 2)
    assert (tmp_path / "out/a/faces.csv").exists() is not vanished


def test_a_node_without_the_program_is_avoided(tmp_path: Path) -> None:
    """Its task ends with an error of its own, which is no lost worker; the last line says what is missing."""

    def script(camera: str, start: int) -> Iterator[Item]:
        if start == 1:
            yield RayTaskError("ray::process()\n  File x\nNo module named 'pipeline'\n")  # type: ignore[misc]
        else:
            yield from results(camera, start)

    outcome = run(ray := FakeRay(script, [NODE, {**NODE, "NodeID": "n2"}]), tmp_path, "a")
    assert (outcome.code, [options["scheduling_strategy"] for options in ray.options]) == (0, ["n1", "n2"])
    with pytest.raises(ConfigError, match="^node n1: No module named 'pipeline'$"):
        run(FakeRay(script), tmp_path / "alone", "a")


def test_what_stays_on_the_nodes_ends_with_the_batch(tmp_path: Path) -> None:
    """Ray would kill it before it has removed its files."""
    batch = RayRun(ray := FakeRay(results), Share(cores=1.0))
    batch(config(tmp_path, "ab"), ["faces.csv"], lambda cameras: None, lambda name: True)
    batch.close()

    assert ray.ended == [("n1", {101})]


def test_a_recording_whose_processes_fail_is_left_for_another_run(tmp_path: Path) -> None:
    """The batch tries it once more, alone."""

    def script(camera: str, start: int) -> Iterator[Item]:
        yield Failed("its processes ended with signal 11", "")

    outcome = run(ray := FakeRay(script), tmp_path, "a")
    assert (outcome.code, ray.starts, list(tmp_path.iterdir())) == (1, ["a"], [])


def test_a_lost_head_ends_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray would end the process after a minute, without a word."""
    for name in ("HEAD_S", "NODES_S"):
        monkeypatch.setattr(f"pipeline.batch.cluster.driver.{name}", 0.01)

    def forever(camera: str, start: int) -> Iterator[Item]:
        while True:
            yield CameraSummary(camera=camera)

    def script(camera: str, start: int) -> Iterator[Item]:
        yield from forever(camera, start) if camera == "b" else results(camera, start)

    ray = FakeRay(script)
    ray.head = "127.0.0.1:1"
    with pytest.raises(HeadLost, match="--ray: expected the head of Ray at 127.0.0.1:1, found .*: run the command"):
        run(ray, tmp_path, "ab")
    # without a head, Ray would wait a minute for one to begin this
    assert len(ray.cancelled) == 1 and not ray.ended


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_every_task(tmp_path: Path, number: signal.Signals) -> None:
    """Nothing else starts."""
    waiting: deque[int] = deque([number])

    def forever(camera: str, start: int) -> Iterator[Item]:
        while True:
            yield CameraSummary(camera=camera)

    def tick() -> None:
        if waiting:
            os.kill(os.getpid(), waiting.popleft())

    before = signal.getsignal(number)
    outcome = run(ray := FakeRay(forever), tmp_path, "abcd", tick=tick)
    assert outcome.interrupted and len(ray.cancelled) == 2 and len(ray.starts) == 2
    assert signal.getsignal(number) == before


@pytest.mark.parametrize(
    ("share", "resources", "slots"),
    [
        (Share(cores=1.0), {"CPU": 2.0}, 2),
        (Share(cores=0.5), {"CPU": 2.0}, 4),
        (Share(cores=4.0), {"CPU": 2.0}, 0),
        (Share(cores=1.0, gpu=0.25), {"CPU": 16.0, "GPU": 1.0}, 4),
        (Share(cores=1.0, gpu=0.25), {"CPU": 2.0}, 0),
        (Share(cores=0.1), {"CPU": 0.3}, 3),
        (Share(), {}, 0),
    ],
)
def test_a_node_has_room_for_what_it_declares(share: Share, resources: dict[str, float], slots: int) -> None:
    """The scarcer of cores and graphics cards decides."""
    assert share.slots(resources) == slots


def test_a_cluster_without_room_is_refused(tmp_path: Path) -> None:
    """One line says what was needed."""
    run_ = RayRun(FakeRay(results), Share(cores=4.0, gpu=0.5))
    with pytest.raises(ConfigError, match="--ray: expected a node with 4 cores and 0.5 GPU, found none in the cluster"):
        run_(config(tmp_path, "a"), [], lambda cameras: None, lambda name: True)
