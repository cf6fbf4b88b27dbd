"""A source that cannot be read is refused in one line when the stage is made."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError, InputError
from stages.capture import Capture
from stages.media.address import parse_address


@pytest.mark.parametrize(
    ("source", "error", "match"),
    [
        ("", ConfigError, "expected source to be a file"),
        ("ftp://host/x", ConfigError, "expected source to be a file"),
        ("gst:", ConfigError, "expected source to be a file"),
        ("rtsp://", ConfigError, "expected a host"),
        ("rtsp://user:secret@host:port/x", ConfigError, r"rtsp://\*\*\*@host"),
        ("rtsp://admin:sec/secret@10.0.0.5/live", ConfigError, r"percent-encoded.*credentials_env.*@10.0.0.5/live"),
        ("rtsp://admin:sec#secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:12#secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:12/secret@cam.example/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:sec@secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:a@secret/b@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:sec?secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("/nowhere/clip.mp4", InputError, "expected a file, found nothing: /nowhere/clip.mp4"),
        ("/nowhere/*.mp4", InputError, "found none that match"),
        ("films/**.mp4", InputError, r"found 'films/\*\*.mp4': Invalid pattern"),
        ("x" * 5000, InputError, r"found 'xx.*\.\.\..*xx': File name too long"),
        ("~no-such-person/x.mp4", InputError, "home directory"),
        ("file:///%00", InputError, "expected a file"),
        ("two\nlines.mp4", InputError, "expected a file"),
    ],
)
def test_nonsense_is_refused_in_one_line(source: str, error: type[Exception], match: str) -> None:
    """An invalid source is refused when the stage is made."""
    with pytest.raises(error, match=match) as caught:
        Capture(name="hall", source=source)

    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://u:p%40ss@10.0.0.5/live",
        "rtsp://10.0.0.5:554/user=a@b",
        "rtsp://u:p@10.0.0.5/mail@example",
        "rtsp://[::1]:554/a@b",
        "http://u:p@cam/video?mail=a@b",
    ],
)
def test_an_at_sign_behind_the_host_is_no_password(source: str) -> None:
    """Cameras have paths and queries with one."""
    assert parse_address(source).kind in ("rtsp", "http")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A folder without videos is an input error."""
    with pytest.raises(InputError, match="found none"):
        Capture(name="hall", source=str(tmp_path))


def test_hidden_files_are_not_played(tmp_path: Path) -> None:
    """A Mac puts ._a.mp4, which is no video, beside a.mp4 on a disk of another system."""
    for name in ("a.mp4", "._a.mp4", ".b.mp4"):
        (tmp_path / name).touch()

    for source in (tmp_path, tmp_path / "*.mp4"):
        assert [path.name for path in parse_address(str(source)).paths] == ["a.mp4"]
    assert [path.name for path in parse_address(str(tmp_path / ".b*")).paths] == [".b.mp4"]
