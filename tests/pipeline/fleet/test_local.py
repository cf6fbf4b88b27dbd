"""The fleet's cameras in a run, with a run that only answers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipeline.fleet import local as local_module
from pipeline.fleet.local import LocalCameras
from pipeline.supervision.changes import Change, Tables

CAMERA = {"source": "demo"}


class Run:
    """A run whose cameras are paused at will."""

    def __init__(self) -> None:
        self.cameras: dict[str, dict[str, Any]] = {}
        self.paused: set[str] = set()

    def change(self, directory: Path, wanted: Change) -> Tables:
        """Answer a change, as `pipeline.supervision.changes.change` does."""
        if wanted.table:
            for table, keys in {wanted.table: wanted.keys, **wanted.others}.items():
                name = table.removeprefix("camera.")
                if keys is None:
                    self.cameras.pop(name, None)
                else:
                    self.cameras[name] = keys
        states = {name: "paused" if name in self.paused else "runs" for name in self.cameras}
        return Tables(config={"camera": self.cameras}, states=states)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run."""
    one = Run()
    monkeypatch.setattr(local_module, "change", one.change)
    return one


def test_a_camera_that_is_paused_on_the_page_stays_so(run: Run, tmp_path: Path) -> None:
    """Its state is that, and a box that is drained need not wait for its frames."""

    async def scene() -> None:
        cameras = LocalCameras(tmp_path, 4, any_source=False)
        await cameras.want({"hall": CAMERA, "yard": CAMERA}, set())
        run.paused.add("hall")
        await cameras.want({"hall": CAMERA, "yard": CAMERA}, set())
        await cameras.look()

        assert dict(cameras.states) == {"hall": "paused", "yard": "connecting"}
        assert cameras.ready == {"hall"}
        assert set(run.cameras) == {"hall", "yard"}

    asyncio.run(scene())


def test_a_camera_that_is_removed_on_the_page_comes_back(run: Run, tmp_path: Path) -> None:
    """The fleet still wants it here."""

    async def scene() -> None:
        cameras = LocalCameras(tmp_path, 4, any_source=False)
        await cameras.want({"hall": CAMERA}, set())
        del run.cameras["hall"]
        await cameras.want({"hall": CAMERA}, set())

        assert run.cameras == {"hall": CAMERA}

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["../../x", "{tmp}/x", "a/b", "", ".", "a.partial", "n\u00e4me", "x" * 41])
def test_a_name_that_is_a_path_writes_no_file(run: Run, tmp_path: Path, name: str) -> None:
    """Names come from the server: who writes there must not reach the files of a box."""
    victim = tmp_path / "x"
    victim.write_text("precious")
    directory = tmp_path / "runs" / "run"
    directory.mkdir(parents=True)
    name = name.replace("{tmp}", str(tmp_path))

    async def scene() -> None:
        cameras = LocalCameras(directory, 4, any_source=True)
        await cameras.want({name: CAMERA, "hall": CAMERA}, set())

        assert cameras.refused == {name: "expected a name of 1 to 40 letters, digits, - and _"}
        assert set(run.cameras) == {"hall"}

    asyncio.run(scene())
    assert victim.read_text() == "precious"
    assert [path.name for path in (directory / "leases").iterdir()] == ["hall"]
