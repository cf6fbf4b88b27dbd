"""Encrypted events of a run: who gets them, and how that changes while it runs."""

import shutil
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import events
from pipeline.config.graph import load_plan
from pipeline.config.keys import read_pair, write_pair
from pipeline.errors import ConfigError
from pipeline.transport.pubsub import Subscriber
from stages.web.sink import Web
from tests.support.ports import free_port
from tests.support.printed_client import write_client
from tests.support.program import Program
from tests.support.small_runs import SmallRun, camera, output, trunk


@pytest.mark.process
def test_clients_come_and_go_while_events_flow(
    start: Callable[..., SmallRun], tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is put into the folder is allowed after a reload, one that is taken out no longer."""
    monkeypatch.setattr("pipeline.transport.curve.RETRY_S", 0.05)
    monkeypatch.setattr("pipeline.transport.pubsub.RENEW_S", 0.05)
    port, clients = free_port(), tmp_path / "clients"
    clients.mkdir()
    own = write_pair(tmp_path / "shop")[0]
    mine, my_public = write_pair(tmp_path / "me")
    endless: dict[str, Any] = {"frames": 10**6, "lossless": False, "fps": 50}
    table = f'''
[output.events]
kind = "events"
address = "tcp://*:{port}"
key = "{own}"
clients = ["{clients}"]
aggregate_only = true
aggregate_s = 1.0
'''
    run = start(camera("a", **endless) + trunk() + output("note", tmp_path / "note", "Write") + table)
    run.wait(lambda: bool(run.lines("note")))
    keys = {"server_key": read_pair(own).public, "key": read_pair(mine)}
    with ExitStack() as stack:
        address, pair, insecure = events.endpoint_of_run(str(run.process.pid))
        assert (address, pair, insecure) == (f"tcp://127.0.0.1:{port}", read_pair(own), False)
        here = stack.enter_context(Subscriber(address, timeout_s=0.1, server_key=keys["server_key"], key=pair))
        other = stack.enter_context(Subscriber(address, timeout_s=0.1, **keys))
        run.wait(lambda: next(iter(here), None))
        run.wait(lambda: f"its key is not known here: {read_pair(mine).public}" in run.log())
        assert not list(other)

        shutil.copy(my_public, clients)
        run.process.send_signal(signal.SIGHUP)
        run.wait(lambda: next(iter(other), None))
        write_client((repository / "docs/wire-format.md").read_text(), tmp_path / "client.py", port, encrypted=True)
        printed = (tmp_path / "client.py").read_text()
        for name in ("me.key_secret", "shop.key"):
            printed = printed.replace(f'"{name}"', f'"{tmp_path / name}"')
        (tmp_path / "client.py").write_text(printed.replace('subscribe("emotion.")', 'subscribe("")'))
        client = Program([tmp_path / "client.py"], tmp_path / "client.log")
        stack.callback(client.stop)
        run.wait(lambda: "'type': 'aggregate'" in client.log())

        (clients / my_public.name).unlink()
        refused = run.log().count("reloaded")
        run.process.send_signal(signal.SIGHUP)
        run.wait(lambda: run.log().count("reloaded") > refused)
        list(other)  # what came before
        for _ in range(2):
            run.wait(lambda: next(iter(here), None))
        assert not list(other)
    run.process.send_signal(signal.SIGTERM)
    assert run.end() == 0, run.log()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('address = "tcp://*:5"', "expected `key` (a file of `emobot keys new`) or `insecure = true`, since tcp://*:5"),
        ('key = "none"', "key: expected a key file, found none: No such file"),
        ('key = "me.key"', "key: expected a key pair, found no secret-key in me.key: `emobot keys new` writes one"),
        ('clients = ["me.key"]', "key: expected a file of `emobot keys new` with `clients`, found none"),
        ('key = "me.key_secret"\nclients = ["none.key"]', "clients: expected a key file, found none.key: No such file"),
        ('address = "tcp://*:5"\ninsecure = true', ""),
        ('address = "tcp://*:5"\nkey = "me.key_secret"\nclients = ["me.key"]', ""),
    ],
)
def test_a_config_without_keys_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, expected: str
) -> None:
    """In one line, before anything starts."""
    monkeypatch.chdir(tmp_path)
    write_pair(Path("me"))
    Path("c.toml").write_text(f'[output.e]\nkind = "events"\n{keys}\n[camera.a]\nsource = "demo"\n')
    if not expected:
        assert load_plan(Path("c.toml"))["output.e"].options
        return
    with pytest.raises(ConfigError) as caught:
        load_plan(Path("c.toml"))
    assert str(caught.value).startswith(f"c.toml, [output.e] {expected}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (
            "",
            "key: expected a file of `emobot keys new`, the same on all machines, or insecure = true, since tcp://10.",
        ),
        ('key = "none"', "key: expected a key file, found none"),
        ("insecure = true", ""),
        ('key = "me.key_secret"', ""),
        ('port = 6000\nhost = "127.0.0.1"', ""),
    ],
)
def test_a_link_between_machines_needs_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str, expected: str
) -> None:
    """One of the whole run; machines that are this one need none."""
    monkeypatch.chdir(tmp_path)
    write_pair(Path("me"))
    here = "127.0.0.1" in run
    host = "" if here else 'host = "10.0.0.1"'
    emotion = "127.0.0.1" if here else "10.0.0.2"
    Path("c.toml").write_text(
        f'[run]\n{host}\n{run}\n[emotion]\nhost = "{emotion}"\n[camera.a]\nsource = "demo"\n'
        '[output.e]\nkind = "events"\n'
    )
    if not expected:
        assert load_plan(Path("c.toml")).crosses_machines("emotion")
        return
    with pytest.raises(ConfigError) as caught:
        load_plan(Path("c.toml"))
    assert str(caught.value).startswith(f"c.toml, [run] {expected}")
    assert "\n" not in str(caught.value)


def test_a_file_that_changes_replaces_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is added to the folder, a new pair at the same path; another output stays."""
    monkeypatch.chdir(tmp_path)
    own = write_pair(Path("me"))
    Path("clients").mkdir()
    Path("c.toml").write_text(
        '[output.e]\nkind = "events"\nkey = "me.key_secret"\nclients = ["clients"]\n[output.f]\nkind = "events"\n'
        'address = "tcp://127.0.0.1:5557"\n'
        '[camera.a]\nsource = "demo"\n'
    )
    plans = [load_plan(Path("c.toml"))]
    write_pair(Path("clients/friend"))
    plans.append(load_plan(Path("c.toml")))
    for file in own:
        file.unlink()
    write_pair(Path("me"))
    plans.append(load_plan(Path("c.toml")))

    assert len({plan["output.e"].files for plan in plans}) == 3
    assert {plan["output.f"].files for plan in plans} == {""}
    assert Web.files(certificate="a.pem", key="b.pem") == ["a.pem", "b.pem"]
    assert Web.files(certificate="self-signed") == Web.files() == []
