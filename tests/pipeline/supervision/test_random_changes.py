"""Random sequences of changes, mistakes and kills against a run with real processes and small stages."""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.metrics import names
from pipeline.metrics.counters import read_counts
from pipeline.supervision.changes import Change, change
from tests.support.small_runs import STUBS, SmallRun, camera, output

pytestmark = pytest.mark.process

EXAMPLES = int(os.environ.get("EMOBOT_EXAMPLES", "2"))
"""Number of sequences; each has every kind of event. More take longer: ten seconds each."""
MOST_KILLS = 2
"""Of one process: after a few crashes in a minute the supervisor waits for long, then gives up."""
MOST_OWN = 16
"""Frames of a camera that a killed process may take with it: what it held and what was on its way to it."""
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("detect", {"slow_s": 0.001}),
    ("detect", {"slow_s": 0.002, "batch": 4}),
    ("detect", {"slow_s": None, "batch": None}),
    ("emotion", {"batch": 8}),
    ("emotion", {"max_wait_ms": 1.0}),
    ("overlay", {"max_wait_ms": 1.0}),
    ("camera.a", {"fps": 40.0}),
    ("camera.a", {"fps": None}),
]
BAD: list[tuple[str, dict[str, Any]]] = [
    ("detect", {"slow": 1.0}),
    ("detect", {"slow_s": "fast"}),
    ("detect", {"workers": 2}),
    ("detect", {"batch": 0}),
    ("emotion", {"use": f"{STUBS}:Misconfigured"}),
    ("emotion", {"use": f"{STUBS}:Broken"}),
    ("emotion", {"use": f"{STUBS}:Nothing"}),
    ("camera.a", {"fps": "fast"}),
    ("camera.d", {"use": f"{STUBS}:Numbers", "fsp": 3}),
    ("output.note", {"slow_s": 1.0}),
    ("camera.a.b", {"fps": 3.0}),
]
TRUNK: dict[str, dict[str, Any]] = {
    "detect": {"use": f"{STUBS}:Pass"},
    "emotion": {"use": f"{STUBS}:Model"},
    "overlay": {"use": f"{STUBS}:Invert"},
}
SINKS = {"note": "Write", "look": "Look"}


class Changes:
    """One run, the tables it should have, and what may happen to it."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.chance = chance
        self.place = path / "run"
        self.cameras: dict[str, dict[str, Any]] = {}
        self.trunk = {name: dict(table) for name, table in TRUNK.items()}
        self.killed: Counter[str] = Counter()
        self.cameras["a"] = self.table("a")
        self.run = SmallRun(path, self.tables())

    def table(self, name: str) -> dict[str, Any]:
        """Return an endless live camera, that is silent while a file exists."""
        silent = str(self.path / f"{name}.silent")
        return {"use": f"{STUBS}:Numbers", "frames": 10**6, "lossless": False, "fps": 30.0, "silent": silent}

    def tables(self) -> str:
        """Return the config as it should be."""
        parts = [f'[run]\ndir = "{self.place}"\n']
        for name, table in self.cameras.items():
            options = {key: value for key, value in table.items() if key != "use" and value is not None}
            parts.append(camera(name, **options))
        for name, table in self.trunk.items():
            lines = (f"{key} = {json.dumps(value)}\n" for key, value in table.items() if value is not None)
            parts.append(f"\n[{name}]\n" + "".join(lines))
        return "".join(parts) + "".join(output(name, self.path / name, kind) for name, kind in SINKS.items())

    def ask(self, table: str, keys: dict[str, Any] | None) -> None:
        """Ask for a change that must be applied."""
        told = change(self.place, Change(table=table, keys=keys))
        assert told.config["camera"].keys() == self.cameras.keys()

    def add(self, names: str = "abc") -> None:
        """A camera comes, or one that is there has its table set again, which changes nothing."""
        name = self.chance.choice(names)
        self.cameras.setdefault(name, self.table(name))
        self.ask(f"camera.{name}", self.table(name))
        self.cameras[name] |= self.table(name)

    def remove(self) -> None:
        """A camera goes for good, if there is another one."""
        if len(self.cameras) == 1:
            self.add("bc")
        name = self.chance.choice(sorted(self.cameras.keys() - {"a"}))
        del self.cameras[name]
        self.ask(f"camera.{name}", None)

    def pause_or_resume(self) -> None:
        """A camera pauses or resumes."""
        name = self.chance.choice(sorted(self.cameras))
        enabled = not self.cameras[name].get("enabled", True)
        self.cameras[name]["enabled"] = enabled
        self.ask(f"camera.{name}", {"enabled": enabled})

    def set(self) -> None:
        """An option changes."""
        name, keys = self.chance.choice(GOOD)
        self.ask(name, keys)
        (self.cameras["a"] if name == "camera.a" else self.trunk[name]).update(keys)

    def mistake(self) -> None:
        """What cannot work is refused, or undone, and nothing has changed."""
        with pytest.raises(ConfigError):
            self.ask(*self.chance.choice(BAD))

    def kill(self) -> None:
        """A process dies."""
        alive = [name for name, table in self.cameras.items() if table.get("enabled", True)]
        names = [n for n in (*TRUNK, *(f"camera.{n}" for n in alive)) if self.killed[n] < MOST_KILLS]
        if names:
            name = self.chance.choice(names)
            self.killed[name] += 1
            os.kill(self.run.pid(name), signal.SIGKILL)

    def stall(self) -> None:
        """A camera is silent for a while, and the others continue."""
        name = self.chance.choice(sorted(self.cameras))
        file = self.path / f"{name}.silent"
        file.touch()
        self.all_go_on(without=name)
        file.unlink()

    def hang_up(self) -> None:
        """The file is read again: with a camera more or less, or with a mistake."""
        broken, name = self.chance.choice((False, True)), self.chance.choice("bc")
        self.all_go_on()  # a signal that comes before the run obeys it would end it
        file = self.path / "config.toml"
        answer = "nothing changed" if broken else "reloaded"
        before = self.run.log().count(answer)
        if not broken and self.cameras.pop(name, None) is None:
            self.cameras[name] = self.table(name)
        text = f'[metrics]\nlisten = ""\n{self.tables()}'
        file.write_text(text + ("\n[camera.x]\nsorce = 1\n" if broken else ""))
        self.run.process.send_signal(signal.SIGHUP)
        self.run.wait(lambda: self.run.log().count(answer) > before)

    def all_go_on(self, without: str = "") -> None:
        """Every camera that is not paused continues, at every output."""
        wanted = {n for n, table in self.cameras.items() if table.get("enabled", True) and n != without}
        before = {sink: len(self.run.lines(sink)) for sink in SINKS}

        def seen() -> bool:
            assert self.run.process.poll() is None, self.run.log()
            return all(
                wanted <= {line["camera"] for line in self.run.lines(sink)[before[sink] :] if line["state"] == "live"}
                for sink in SINKS
            )

        self.run.wait(seen)
        self.in_order()

    def in_order(self) -> None:
        """See that no frame comes twice, or after one that was sent later, and that its pixels are its own."""
        for sink in SINKS:
            last: dict[object, tuple[int, int]] = {}
            for line in self.run.lines(sink):
                if line["state"] == "live":
                    key = int(str(line["run"])), int(str(line["seq"]))
                    assert key > last.get(line["camera"], (0, -1)), (sink, line, last)
                    assert line["pixel"] in (None, 255 - key[1] % 251), (sink, line)
                    last[line["camera"]] = key

    def end(self) -> None:
        """Stop every camera in order, account for all frames, and see that nothing is left."""
        for name, table in self.cameras.items():
            if table.get("enabled", True):
                table["enabled"] = False
                self.ask(f"camera.{name}", {"enabled": False})
        self.run.wait(self.adds_up, 10)
        pids = list(self.run.stages().values())
        self.run.process.send_signal(signal.SIGTERM)
        assert self.run.end() == 0, self.run.log()
        assert not [pid for pid in pids if psutil.pid_exists(pid)]
        assert not self.place.exists()

    def adds_up(self) -> bool:
        """Return whether each camera's frames are those that arrived and those that were dropped, with a cause.

        What a killed process had in its hands is in neither.
        """
        counts = read_counts(self.place / "metrics")
        for sink in SINKS:
            lines = Counter(line["camera"] for line in self.run.lines(sink) if line["state"] == "live")
            for name in "abc":
                sent = round(counts.total(names.FRAMES_IN, stage=f"camera.{name}"))
                stages = [f"camera.{name}", "detect", "emotion", f"output.{sink}"]
                stages += ["overlay"] if sink == "look" else []
                dropped = round(sum(counts.total(names.DROPPED, stage=stage, camera=name) for stage in stages))
                kills = sum(self.killed[stage] for stage in stages)
                if not 0 <= sent - dropped - lines[name] <= MOST_OWN * kills:
                    self.difference = f"{name} at {sink}: {sent} sent, {lines[name]} arrived, {dropped} dropped"
                    return False
        return True


RULES = [
    Changes.add,
    Changes.remove,
    Changes.pause_or_resume,
    Changes.set,
    Changes.set,
    Changes.mistake,
    Changes.mistake,
    Changes.kill,
    Changes.kill,
    Changes.stall,
    Changes.hang_up,
]


@given(order=st.permutations(RULES), chance=st.randoms(use_true_random=False))
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_changes_lose_no_camera_and_account_for_every_frame(
    tmp_path_factory: pytest.TempPathFactory, order: list[Callable[[Changes], None]], chance: random.Random
) -> None:
    """In any order cameras continue, frames come once and in order, counts add up, and nothing is left behind."""
    changes = Changes(tmp_path_factory.mktemp("changes"), chance)
    try:
        changes.all_go_on()
        for rule in order:
            rule(changes)
            changes.all_go_on()
        changes.end()
    finally:
        changes.run.stop()
