"""What `emobot run` says at its end."""

import os
from pathlib import Path

import pytest

from pipeline.cli.run import prepare, written_since
from pipeline.errors import ConfigError

BEGAN_S = 1_800_000_000.0


def touch(path: Path, at_s: float) -> None:
    """Make a file or folder of some age."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"") if path.suffix else path.mkdir()
    os.utime(path, (at_s, at_s))


def test_files_of_this_run_are_named(tmp_path: Path) -> None:
    """Not those of the run before, whose names they could not have."""
    for name, age_s in (("desk", -99), ("desk-2", -9), ("desk-3", 1), ("desk-12", 9), ("desk-old", 1), ("hall", 1)):
        touch(tmp_path / name, BEGAN_S + age_s)
        touch(tmp_path / f"{name}.mp4", BEGAN_S + age_s)

    folders = written_since(BEGAN_S, f"{tmp_path}/{{camera}}", "desk")
    assert [Path(file).name for file in folders] == ["desk-3", "desk-12"]
    videos = written_since(BEGAN_S, f"{tmp_path}/{{camera}}.mp4", "desk")
    assert [Path(file).name for file in videos] == ["desk-3.mp4", "desk-12.mp4"]
    assert written_since(BEGAN_S, f"{tmp_path}/{{camera}}.mp4", "hall") == [f"{tmp_path}/hall.mp4"]


def test_dates_are_found(tmp_path: Path) -> None:
    """Also next to each other."""
    touch(tmp_path / "2027-01-15/desk 10-00-00.mp4", BEGAN_S)
    path = f"{tmp_path}/{{date}}/{{camera}} {{time}}.mp4"

    assert written_since(BEGAN_S, path, "desk") == [f"{tmp_path}/2027-01-15/desk 10-00-00.mp4"]
    assert written_since(BEGAN_S, f"{tmp_path}/{{date}}{{time}}/{{camera}}.mp4", "x") == []


def test_what_is_not_there_is_not_named(tmp_path: Path) -> None:
    """Also where the path has characters of patterns."""
    (tmp_path / "[a]*").mkdir()
    path = f"{tmp_path}/[a]*/{{camera}}"

    assert written_since(BEGAN_S, path, "desk") == []
    touch(tmp_path / "[a]*/desk-2", BEGAN_S)
    assert written_since(BEGAN_S, path, "desk") == [f"{tmp_path}/[a]*/desk-2"]


def test_a_fleet_that_cannot_work_is_one_mistake_among_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its table, and beside those of other tables."""
    monkeypatch.setattr("pipeline.cli.run.set_up_logging", lambda level, process: None)
    config = tmp_path / "c.toml"
    config.write_text('[fleet]\ncreds = "nowhere"\n[output.e]\nkind = "none"\n')
    with pytest.raises(ConfigError) as caught:
        prepare(config)

    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{config}, [fleet] expected a credentials file of NATS, found nowhere")
    assert second.startswith(f"{config}, [output.e] kind: expected one of")
