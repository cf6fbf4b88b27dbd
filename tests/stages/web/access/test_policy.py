"""Changes allowed over the network: cameras and numbers, nothing that reads or runs something on this machine."""

from typing import Any

import pytest

from stages.web.access.policy import STAGE_OPTIONS, Refused, check_camera, check_name, check_stage

LOGIN = "rtsp://ann:secret@10.0.0.1/a?channel=1"


@pytest.mark.parametrize(
    "source",
    [
        "demo",
        "0",
        "/dev/video12",
        "/dev/v4l/by-id/usb-046d_C920-video-index0",
        LOGIN,
        "RTSPS://[fe80::1]:554/x",
        "https://a/b",
    ],
)
def test_cameras_may_be_added(source: str) -> None:
    """Network cameras, cameras of this machine and the demo are allowed."""
    assert check_camera({"source": source}, {}, any_source=False) == {"source": source}


@pytest.mark.parametrize(
    "source",
    [
        *(
            "",
            "/etc/passwd",
            "~/film.mp4",
            "*.mp4",
            "film.mp4",
            "file:///etc/passwd",
            "gst:filesrc location=/etc/passwd",
        ),
        *(
            "/dev/sda",
            "/dev/video0/../../etc/passwd",
            "/dev/v4l/by-id/../../../etc/passwd",
            "/dev/stdin",
            "demo\n",
            "\u0663",
        ),
        *("rtsp:///x", "rtsp://a:99999/", "rtsp://a:0/", "http://[::1/", "rtsp://ann@/x"),
        *("rtsp://", "rtsp://a b", "rtsp://a\n! filesink", "http://a/\u00e9", "ftp://a/b", "gst:", "GST:videotestsrc"),
    ],
)
def test_other_sources_are_refused(source: str) -> None:
    """One line refuses them; with `any_source` the run decides."""
    with pytest.raises(Refused, match="^source: expected [^\n]+$") as raised:
        check_camera({"source": source}, {}, any_source=False)

    assert raised.value.status == 403
    assert check_camera({"source": source}, {}, any_source=True) == {"source": source}


@pytest.mark.parametrize("key", ["use", "credentials_env", "name", "host", "model_path", "__class__"])
def test_other_options_of_cameras_are_refused(key: str) -> None:
    """Classes of one's own and environment variables are refused."""
    with pytest.raises(Refused, match=f"found {key}"):
        check_camera({"source": "demo", key: "x"}, {}, any_source=False)


def test_even_any_source_imports_no_module() -> None:
    """`use` is never taken from the network; the name of an environment variable then is."""
    with pytest.raises(Refused, match="found use"):
        check_camera({"use": "os:system"}, {}, any_source=True)
    assert check_camera({"credentials_env": "HALL"}, {"source": "rtsp://a/b"}, any_source=True)


@pytest.mark.parametrize(
    "before",
    [{"source": "films/*.mp4", "loop": True}, {"use": "my:Camera", "mine": [1, 2]}, {"source": "gst:videotestsrc"}],
)
def test_what_stands_in_the_config_may_stay(before: dict[str, Any]) -> None:
    """It can be sent back as it was read, paused and resumed."""
    assert check_camera({**before, "enabled": False}, before, any_source=False) == {**before, "enabled": False}
    assert check_camera({"enabled": None}, {**before, "enabled": False}, any_source=False) == {"enabled": None}


def test_a_login_that_was_hidden_comes_back_as_it_was() -> None:
    """What was read can be sent back; the sign for a login is a login of no other address."""
    hidden = "rtsp://***@10.0.0.1/a?channel=1"
    assert check_camera({"source": hidden}, {"source": LOGIN}, any_source=False) == {"source": LOGIN}
    for source in (hidden.replace("10.0.0.1", "10.6.6.6"), "http://10.0.0.1/?password=***"):
        for any_source in (False, True):
            with pytest.raises(Refused, match="expected the login itself"):
                check_camera({"source": source}, {"source": LOGIN}, any_source=any_source)


def test_a_login_from_the_environment_is_sent_nowhere_else() -> None:
    """An address that gets one stays, unless it gets none from now on."""
    before = {"source": "rtsp://10.0.0.1/a", "credentials_env": "HALL"}
    with pytest.raises(Refused, match="expected the current address"):
        check_camera({"source": "rtsp://10.6.6.6/a"}, before, any_source=False)

    wanted = {"source": "rtsp://10.6.6.6/a", "credentials_env": None}
    assert check_camera(wanted, before, any_source=False) == wanted
    assert check_camera({"source": before["source"], "fps": 5.0}, before, any_source=False)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "x" * 41, "a\n", "é"])
def test_names_that_are_none(name: str) -> None:
    """Names become file names and parts of addresses."""
    with pytest.raises(Refused, match="^name: expected"):
        check_name(name)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        *(("detect", "model_path"), ("detect", "workers"), ("detect", "use"), ("detect", "host")),
        *(("emotion", "model"), ("emotion", "host"), ("emotion", "engine"), ("overlay", "use"), ("output.web", "host")),
    ],
)
def test_options_of_stages_that_are_refused(table: str, key: str) -> None:
    """Files, other machines, modules and other tables are refused."""
    with pytest.raises(Refused):
        check_stage(table, {key: "x"})


@pytest.mark.parametrize("table", STAGE_OPTIONS)
def test_options_of_stages_that_may_change(table: str) -> None:
    """Exactly the listed options may change."""
    allowed = dict.fromkeys(STAGE_OPTIONS[table])
    check_stage(table, allowed)
    with pytest.raises(Refused):
        check_stage(table, {**allowed, "use": None})
