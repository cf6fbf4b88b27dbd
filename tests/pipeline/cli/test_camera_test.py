"""`emobot camera test`: what a source gives, in one line, without a run."""

import io
import json
import sys
from pathlib import Path

import cv2
import pytest

from pipeline.cli.cameras.test import examine
from pipeline.cli.cli import app
from pipeline.errors import ConfigError
from stages.media import gstreamer
from tests.support.films import film

DEMO = {"source": "demo", "width": 320, "height": 240, "fps": 200.0, "realtime": False}


def run(*arguments: str) -> int:
    return int(app(["camera", "test", *arguments], standalone_mode=False) or 0)


def test_size_and_rate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the first frame as a picture, on which a notice is drawn."""
    pictures = [tmp_path / "plain.jpg", tmp_path / "notice.jpg"]
    for picture, notice in zip(pictures, ("", "Emotions are recognised here"), strict=True):
        run("demo", "width=320", "height=240", "realtime=false", "--picture", str(picture), "--notice", notice)
        assert capsys.readouterr().out.startswith("320 x 240, ")

    plain, marked = (cv2.imread(str(picture)) for picture in pictures)
    assert plain.shape == marked.shape == (240, 320, 3)
    difference = cv2.absdiff(plain, marked)
    assert difference[:200].max() < 40 < difference[200:].max()


def test_an_option_without_a_value_has_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    """As in `emobot camera set`."""
    run("demo", "width=320", "height=240", "seed=", "realtime=false")

    assert capsys.readouterr().out.startswith("320 x 240, ")


@pytest.mark.parametrize(
    ("source", "fault"),
    [("rtsp://ann:secret@127.0.0.1:1/x", "unreachable"), ("/dev/video99", "absent")],
)
def test_why_there_is_no_frame(source: str, fault: str) -> None:
    """One line and its kind, without the login."""
    found, first = examine({"source": source})

    assert first is None
    assert found.error and "\n" not in found.error and "secret" not in found.error
    assert found.fault in (fault, "unreachable")


@pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")
def test_a_recording_has_its_own_rate_and_codec(tmp_path: Path) -> None:
    """It is read faster than it plays."""
    path = film(tmp_path / "film.mp4", width=320, height=240, fps=20.0, seconds=0.5)

    found, first = examine({"source": str(path)})
    assert first is not None
    assert (found.error, found.width, found.height, found.fps) == ("", 320, 240, 20.0)
    assert found.codec.startswith("H.264")


def test_a_table_comes_by_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """So that its login is not on the command line; what is wrong in it is one line."""
    for text in (json.dumps(DEMO), "{", json.dumps({**DEMO, "fsp": 3}), json.dumps({"source": "x" * 9})):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        if text == json.dumps(DEMO):
            run("-", "--json")
            assert json.loads(capsys.readouterr().out)["width"] == 320
        else:
            with pytest.raises(ConfigError) as raised:
                run("-", "--json")
            assert "\n" not in str(raised.value)
