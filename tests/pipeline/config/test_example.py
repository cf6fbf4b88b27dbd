"""The `config.toml` that ships."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline.config.graph import load_plan

STAGE = '''
from collections.abc import Iterator, Sequence
from pipeline.messages import Frame
from pipeline.stage import Stage

class MyStage(Stage):
    """Does nothing."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Pass on."""
        yield from frames
'''


def uncommented(text: str) -> str:
    """Return a config with its examples made real."""
    return re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)


def test_it_runs_as_it_is(repository: Path) -> None:
    """It starts two demo cameras, waits for the browser's webcam and publishes events."""
    plan = load_plan(repository / "config.toml")

    assert [node.name for node in plan.nodes if node.role == "source"] == [
        "camera.demo-1",
        "camera.demo-2",
        "camera.me",
    ]
    assert plan["camera.me"].options["source"] == "http://127.0.0.1:8080/webcam.mjpg"
    assert plan["output.web"].options.get("port", 8080) == 8080
    assert plan["output.web"].options["webcam"] == "me"
    assert "output.events" in [node.name for node in plan.nodes]


def test_every_example_in_it_is_right(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out of its comment, each table and each key is accepted and reaches its stage."""
    (tmp_path / "interviews").mkdir()
    (tmp_path / "interviews/a.mp4").touch()
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package/__init__.py").touch()
    (tmp_path / "my_package/my_module.py").write_text(STAGE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ENTRANCE", "user:password")
    monkeypatch.setenv("BROKER", "user:password")
    monkeypatch.setenv("HOOK_SECRET", "secret")
    monkeypatch.setenv("MAIL", "user:password")
    text = (repository / "config.toml").read_text()
    file = tmp_path / "config.toml"
    file.write_text(f'{uncommented(text)}\n[run]\nhost = "192.168.1.2"\ninsecure = true\n')
    plan = load_plan(file)
    for name in ("my_package.my_module", "my_package"):
        del sys.modules[name]

    raw = tomllib.loads(file.read_text())
    for group in ("camera", "output", "stage"):
        for name, table in raw[group].items():
            if table.get("enabled", True):
                own = {
                    key: tuple(value) if isinstance(value, list) else value
                    for key, value in table.items()
                    if key not in ("use", "kind", "after", "source", "enabled", "group", "position")
                }
                assert own.items() <= plan[f"{group}.{name}"].options.items()
    for name in ("detect", "emotion", "overlay"):
        found = plan[name].options | {"host": plan[name].keys.host, "workers": plan[name].keys.workers}
        assert raw[name].items() <= found.items()
