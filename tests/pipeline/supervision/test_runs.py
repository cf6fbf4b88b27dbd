"""Selection of a run."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import events, top
from pipeline.cli.cli import app
from pipeline.errors import ConfigError, InputError
from pipeline.supervision import runs, workplace
from pipeline.supervision.runs import about_run, describe_run, find_run, find_runs, reachable
from pipeline.supervision.workplace import Workplace
from tests.support.plans import make_plan


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no other run of this machine be seen, and wait for no answer."""
    (tmp_path / "shm").mkdir()
    monkeypatch.setattr(workplace, "tmpfs", lambda: tmp_path / "shm")
    monkeypatch.setattr(runs, "ANSWER_S", 0.001)
    monkeypatch.delenv("EMOBOT_RUN", raising=False)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Return the directories of two runs, the second one's named by its config, and a batch."""
    with Workplace() as one, Workplace(str(tmp_path / "named")) as other, Workplace():
        open_ = {"kind": "events", "address": "tcp://*:7", "insecure": True}
        plan = make_plan(output={"e": open_, "f": {"kind": "events"}})
        describe_run(one.path, plan, Path("/etc/config.toml"), "0.0.0.0:9108", time.time())
        describe_run(other.path, make_plan(), Path("/etc/shop.toml"), "", time.time())
        yield one.path, other.path


def test_a_run_is_found_by_its_config_or_process(two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is found by path, file name or stem; a directory takes precedence; inside a run its own is the default."""
    monkeypatch.chdir("/etc")
    for name in ("/etc/shop.toml", "shop.toml", "shop"):
        assert find_run("", name) == two[1]
    assert find_run(str(two[0]), "shop") == two[0]
    with pytest.raises(InputError, match="--dir: expected the directory of a run, found no run of yours in /etc$"):
        find_run("/etc", "shop")
    monkeypatch.setenv("EMOBOT_RUN", "/own")
    assert find_run() == Path("/own")
    assert find_run("", "shop") == two[1]


def test_several_runs_are_listed(two: tuple[Path, Path]) -> None:
    """The list says what to type, and omits batches."""
    since = time.strftime("%H:%M", time.localtime(find_runs()[two[0]].started_s))
    with pytest.raises(InputError) as refusal:
        find_run()

    assert str(refusal.value) == (
        f"expected one run, found two: config.toml (since {since}, does not answer; --run config.toml);"
        f" shop.toml (since {since}, does not answer; --run shop.toml)"
    )
    with pytest.raises(InputError, match=r"expected one run for --run x, found none of them: config.toml \("):
        find_run("", "x")


def test_what_to_type_tells_runs_apart(two: tuple[Path, Path]) -> None:
    """It is the path if the names are equal, and the PID if the paths are."""
    describe_run(two[1], make_plan(), Path("/srv/config.toml"), "", time.time())
    with pytest.raises(InputError, match=r"--run /etc/config.toml\).*--run /srv/config.toml\)"):
        find_run("", "config.toml")
    describe_run(two[1], make_plan(), Path("/etc/config.toml"), "", time.time())
    with pytest.raises(InputError, match=r"--run \d+\).*--run \d+\)"):
        find_run("", "config.toml")


def test_a_config_with_an_unusual_name_is_run(two: tuple[Path, Path]) -> None:
    """Such a run is found by its PID."""
    describe_run(two[1], make_plan(), Path("/etc/\udcff.toml"), "", time.time())

    assert find_runs()[two[1]].config == "/etc/?.toml"


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"config": 1}'])
def test_a_run_that_says_nothing_of_itself_is_none(two: tuple[Path, Path], text: str) -> None:
    """It is just starting, or has another version."""
    (two[0] / runs.ABOUT_FILE).write_text(text)

    assert find_run() == two[1]


def test_no_run_is_said(tmp_path: Path) -> None:
    """A killed run counts as none: its lock is free."""
    with Workplace(str(tmp_path / "named")) as place:
        describe_run(place.path, make_plan(), Path("/etc/shop.toml"), "", time.time())
        (tmp_path / "shm" / f"{workplace.LINK_PREFIX}1").symlink_to(tmp_path / "killed")
        (tmp_path / "killed").mkdir()
        (tmp_path / "killed" / "lock").touch()
        describe_run(tmp_path / "killed", make_plan(), Path("/etc/killed.toml"), "", time.time())
        assert find_run() == place.path
        with Workplace():
            links = [path.readlink() for path in (tmp_path / "shm").glob(f"{workplace.LINK_PREFIX}*")]
            assert links == [place.path]

    assert (tmp_path / "killed" / "lock").exists()
    assert not list((tmp_path / "shm").iterdir())
    assert about_run() is None
    with pytest.raises(InputError, match="expected a run on this machine, found none"):
        find_run()


def test_events_and_metrics_are_where_the_run_has_them(two: tuple[Path, Path]) -> None:
    """As this machine reaches them; a run without any is reported, and without a run it is the default."""
    assert events.endpoint_of_run("config") == ("tcp://127.0.0.1:7", None, True)
    assert top.url_of_run("config") == "http://127.0.0.1:9108/metrics"
    with pytest.raises(ConfigError, match='expected an output of kind = "events" in /etc/shop.toml'):
        events.endpoint_of_run("shop")
    with pytest.raises(ConfigError, match="expected .metrics. with an address in /etc/shop.toml"):
        top.url_of_run("shop")
    with pytest.raises(InputError, match="found two"):
        events.endpoint_of_run("")
    for directory in two:
        (directory / runs.ABOUT_FILE).unlink()
    assert events.endpoint_of_run("") == ("tcp://127.0.0.1:5556", None, False)
    with pytest.raises(InputError, match="found none"):
        top.url_of_run("shop")


def test_a_run_is_watched_by_its_directory(two: tuple[Path, Path], tmp_path: Path) -> None:
    """Also where it is not listed, because no link could be made. A batch is refused."""
    for link in (tmp_path / "shm").glob(f"{workplace.LINK_PREFIX}*"):
        link.unlink()
    assert two[1] not in find_runs()
    config, shop = map(str, two)
    assert events.endpoint_of_run("", config) == ("tcp://127.0.0.1:7", None, True)
    assert top.url_of_run("shop", config) == "http://127.0.0.1:9108/metrics"
    with pytest.raises(ConfigError, match="in /etc/shop.toml"):
        top.url_of_run("", shop)
    for command in (["top", "--once"], ["events", "--count", "1"]):
        error = CliRunner().invoke(app, [*command, "--dir", "/etc"]).exception
        assert str(error) == "--dir: expected the directory of a run, found no run of yours in /etc"
    (two[0] / runs.ABOUT_FILE).unlink()
    with pytest.raises(InputError, match="--dir: expected the directory of `emobot run`, found no about.json in "):
        top.url_of_run("", config)


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("tcp://*:5556", "tcp://127.0.0.1:5556"),
        ("tcp://0.0.0.0:5556", "tcp://127.0.0.1:5556"),
        ("tcp://[::]:5556", "tcp://[::1]:5556"),
        ("tcp://10.0.0.7:5556", "tcp://10.0.0.7:5556"),
        ("ipc:///run/a:b", "ipc:///run/a:b"),
        (":9108", "127.0.0.1:9108"),
        ("tcp://lo:5556", "tcp://127.0.0.1:5556"),
    ],
)
def test_everywhere_is_reached_here(address: str, reached: str) -> None:
    """An address for all interfaces becomes loopback, a name of an interface its address."""
    assert reachable(address) == reached


def test_the_address_that_is_the_default_is_told(two: tuple[Path, Path]) -> None:
    """An output without an address uses the default."""
    assert find_runs()[two[0]].events == ("tcp://*:7", "tcp://127.0.0.1:5556")


def test_a_free_port_is_not_waited_for(two: tuple[Path, Path]) -> None:
    """Nobody but the log knows it: a subscriber would wait for ever."""
    plan = make_plan(output={"events": {"kind": "events", "address": "tcp://127.0.0.1:0"}})
    describe_run(two[1], plan, Path("/etc/shop.toml"), "", time.time())
    with pytest.raises(ConfigError, match="expected the port that the run's log has for tcp://127.0.0.1:0"):
        events.endpoint_of_run("shop")


def test_a_run_that_cannot_be_described_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A change on a full disk ended it."""
    describe_run(tmp_path / "gone", make_plan(), Path("/srv/config.toml"), "", time.time())

    assert f"expected to describe this run in {tmp_path}/gone, found No such file or directory" in caplog.text
