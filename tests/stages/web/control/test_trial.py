"""A source is tried before it is saved, with the login of its camera, and never seen where faces are blurred."""

from typing import Any

import pytest

from stages.web.access.policy import Refused
from stages.web.control import control as control_module
from stages.web.control import trial
from stages.web.control.control import Control
from stages.web.control.run import Run
from stages.web.control.trial import Trial, try_camera


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], bool, str]]:
    """Return the tables that are tried, without opening them."""
    found: list[tuple[dict[str, Any], bool, str]] = []

    def note(table: dict[str, Any], *, picture: bool, notice: str) -> Trial:
        found.append((table, picture, notice))
        return Trial()

    monkeypatch.setattr(control_module, "try_camera", note)
    return found


def test_what_was_edited_is_tried_with_the_rest(run: Run, tried: list[Any]) -> None:
    """A hidden login is the camera's own; a key that was emptied is left out."""
    control = Control(run, any_source=False)
    control.try_out("door", {"source": "rtsp://***@10.0.0.1/a", "fps": 5})
    control.try_out("desk", {"fps": None})
    control.try_out("", {"source": "demo"})

    assert [table for table, _, _ in tried] == [
        {"source": "rtsp://ann:secret@10.0.0.1/a", "fps": 5},
        {"source": "demo"},
        {"source": "demo"},
    ]
    assert all(picture for _, picture, _ in tried)


@pytest.mark.parametrize("tables", ['[privacy]\nblur_faces = true\nnotice = "seen"'])
def test_no_frame_is_shown_where_faces_are_blurred(run: Run, tried: list[Any]) -> None:
    """Nothing finds the faces in it; a notice is drawn."""
    Control(run, any_source=False).try_out("", {"source": "demo"})

    assert [(picture, notice) for _, picture, notice in tried] == [(False, "seen")]


@pytest.mark.parametrize(
    ("name", "keys", "kind"),
    [
        ("", {}, "no_source"),
        ("", {"source": "/etc/passwd"}, "source"),
        ("nobody", {"fps": 5}, "gone"),
        ("desk", {"use": "x:Y"}, "option"),
        ("desk", {"source": "rtsp://***@10.0.0.9/a"}, "hidden_login"),
    ],
)
def test_what_may_not_be_added_is_not_tried(run: Run, tried: list[Any], name: str, keys: Any, kind: str) -> None:
    """Nothing is opened."""
    with pytest.raises(Refused) as refused:
        Control(run, any_source=False).try_out(name, keys)
    assert (refused.value.kind, tried) == (kind, [])


@pytest.mark.process
def test_a_source_is_opened_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for its first frame."""
    monkeypatch.setattr(trial, "LONGEST_S", 100.0)  # on a busy machine the program alone may start for half a minute
    found = try_camera({"source": "demo", "width": 320, "height": 240, "fps": 100.0}, picture=True)
    assert (found.width, found.height, found.error) == (320, 240, "")
    assert found.jpeg.startswith(b"\xff\xd8\xff")


def test_what_hangs_ends_and_a_second_test_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page stays responsive whatever a source does."""
    monkeypatch.setattr(trial, "PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(trial, "LONGEST_S", 0.2)
    assert try_camera({}, picture=False).fault == "silent"

    def again(*_: Any, **__: Any) -> None:
        with pytest.raises(Refused, match="one"):
            try_camera({}, picture=False)
        raise OSError("checked")

    monkeypatch.setattr(trial.subprocess, "run", again)
    with pytest.raises(Exception, match="checked"):
        try_camera({}, picture=False)
