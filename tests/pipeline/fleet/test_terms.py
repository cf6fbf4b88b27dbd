"""What a box runs that others ask for over the network."""

import pytest

from pipeline.config.config import Fleet, parse_config, tables_of
from pipeline.fleet.terms import box_name, refusal


@pytest.mark.parametrize(
    "options",
    [
        {"source": "rtsp://192.168.1.20/", "credentials_env": "EMOBOT_CAMERA_LOBBY"},
        {"source": "https://example.org/a.m3u8"},
        {"source": "/dev/video0"},
        {"source": "0", "fps": 10},
        {"source": "demo"},
    ],
)
def test_cameras_run(options: dict[str, object]) -> None:
    """What reads a camera and nothing else."""
    assert refusal(options, any_source=False) == ""


@pytest.mark.parametrize(
    "options",
    [
        {"use": "os:system", "source": "demo"},
        {"source": "gst:videotestsrc ! filesink location=/etc/passwd"},
        {"source": "/home/me/private.mp4"},
        {"source": "file:///home/me/private.mp4"},
        {"source": "rtsp://attacker/", "credentials_env": "AWS_SECRET"},
        {"source": "rtsp://a/ ! filesink"},
        {"source": "demo\ngst:"},
        {},
    ],
)
def test_what_reads_or_runs_something_on_the_box_is_refused(options: dict[str, object]) -> None:
    """Unless its owner allows every source."""
    assert "any_source in [fleet]" in refusal(options, any_source=False)
    assert refusal(options, any_source=True) == ""


def test_a_login_is_not_repeated() -> None:
    """The reason is stored at the server."""
    assert "secret" not in refusal({"source": "smb://me:secret@host/"}, any_source=False)


def test_the_host_name_is_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one part of a key."""
    monkeypatch.setattr("socket.gethostname", lambda: "box.shop 12.example")

    assert box_name(Fleet()) == "box-shop-12-example"
    assert box_name(Fleet(box="kitchen")) == "kitchen"


def test_the_table_survives_a_change_of_the_run() -> None:
    """Each change reads all tables again; a config without the table has none then, either."""
    for tables in ({"fleet": {}}, {"fleet": {"capacity": 3}}, {}):
        config = parse_config(tables)

        assert parse_config(tables_of(config)) == config
