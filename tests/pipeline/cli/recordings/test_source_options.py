"""Which part of recordings to process, from the texts of the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.cli.recordings.source_options import source_options, zones_of
from pipeline.config.config import Config
from pipeline.errors import ConfigError


def test_only_what_is_given_is_an_option() -> None:
    """Times are seconds or H:MM:SS, a region four shares."""
    assert source_options() == {}
    assert source_options(from_="1:23", to="0:02:00.5", region="0.5, 0,.5,1", started_at="1.8e9".replace("e9", "")) == {
        "started_at": 1.8,
        "from_s": 83.0,
        "to_s": 120.5,
        "region": (0.5, 0.0, 0.5, 1.0),
    }


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"from_": "soon"}, "--from: expected seconds or H:MM:SS, found 'soon'"),
        ({"to": "-3"}, "--to: expected seconds or H:MM:SS, found '-3'"),
        ({"from_": "5", "to": "0:04"}, "to_s: expected more than from_s = 5, found 4"),
        ({"region": "1,2,3"}, "--region: expected X,Y,W,H as shares of the frame, 0 to 1, found '1,2,3'"),
        ({"region": "0,0,nan,1"}, "--region: expected X,Y,W,H"),
        ({"region": "0,0,640,480"}, "--region: expected X,Y,W,H"),
        ({"region": "0.5,0.5,0.6,0.5"}, "region: expected x, y, width and height of a part of the frame"),
        ({"started_at": "yesterday"}, "expected --started-at as 2026-05-04T09:30:00 or UNIX seconds"),
    ],
)
def test_what_cannot_be_read_is_refused(options: dict[str, str], error: str) -> None:
    """In one line."""
    with pytest.raises(ConfigError) as caught:
        source_options(**options)
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    ("options", "config", "found"),
    [
        ([], "", "None"),
        (["--landmarks"], "", "{}"),
        (["--landmarks"], "[landmarks]\nfacing_deg = 30.0\n", "{'facing_deg': 30.0}"),
        ([], "[landmarks]\n", "{}"),
    ],
)
def test_a_batch_measures_landmarks_if_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], config: str, found: str
) -> None:
    """By the option or the config, whose values hold with both."""

    def stop(tables: Config, *_: object, **__: object) -> None:
        raise ConfigError(str(tables.landmarks))

    monkeypatch.setattr("pipeline.cli.recordings.batch.Batch", stop)
    (tmp_path / "c.toml").write_text(config)
    command = ["batch", "x.mp4", "--out", str(tmp_path / "out"), "--config", str(tmp_path / "c.toml")]

    assert str(CliRunner().invoke(app, [*command, *options]).exception) == found


def test_zones_are_those_of_a_camera() -> None:
    """Of the config; a wrong one is refused before a recording is opened."""
    desk = {"desk": {"polygon": [[0, 0], [1, 0], [1, 1]]}}
    config = Config(camera={"shop": {"source": "demo", "zones": desk}, "yard": {"source": "demo"}})

    assert source_options(zones=zones_of(config, "shop")) == {"zones": desk}
    assert zones_of(config, "") is None
    for name in ("yard", "attic"):
        with pytest.raises(ConfigError, match=rf"expected a camera with zones in --config \(shop\), found '{name}'"):
            zones_of(config, name)
    with pytest.raises(ConfigError, match="desk: line: expected 2 to 50 points"):
        source_options(zones={"desk": {"line": []}})
