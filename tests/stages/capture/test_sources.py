"""A source that cannot be read is refused in one line when the stage is made."""

import os
import socket
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
        ("rtps://10.0.0.5/live", ConfigError, r"rtsp://\.\.\., http://\.\.\., .*found 'rtps://10.0.0.5/live'"),
        ("http//10.0.0.5/live", InputError, r"rtsp://\.\.\., http://\.\.\., .*found 'http//10.0.0.5/live'"),
        ("rtsp:/10.0.0.5/live", InputError, r"rtsp://\.\.\., http://\.\.\., .*found 'rtsp:/10.0.0.5/live'"),
        ("192.168.1.20/stream1", InputError, r"rtsp://\.\.\., http://\.\.\., .*found '192.168.1.20/stream1'"),
        ("video0", InputError, "the number or path of a V4L2 device.*found 'video0'"),
        ("Demo", InputError, "\"demo\", found 'Demo'"),
        ("rtsp://10.0.0.5 /live", ConfigError, "expected a host"),
        ("rtsp://<address>/live", ConfigError, "expected a host"),
        ("file://clip.mp4", ConfigError, "expected a file of this machine, file:///PATH, found 'file://clip.mp4'"),
        ("8080", ConfigError, "expected the number of a V4L2 device, 0 to 255, found 8080"),
        ("9" * 5000, ConfigError, "expected the number of a V4L2 device, 0 to 255, found 9999"),
        ("/dev/null", ConfigError, "expected a V4L2 device, such as /dev/video0, found something else: /dev/null"),
        ("/dev/fd", ConfigError, "expected a V4L2 device, such as /dev/video0, found something else: /dev/fd"),
        ("/dev/shm/absent.mp4", InputError, "expected a file, found nothing: /dev/shm/absent.mp4"),
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


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("255", "v4l2", "/dev/video255"),
        (" 250\n", "v4l2", "/dev/video250"),
        ("/dev/v4l/by-id/usb-absent-video-index0", "v4l2", "/dev/v4l/by-id/usb-absent-video-index0"),
        ("/dev/left-camera", "v4l2", "/dev/left-camera"),
        ("rtsp://10.0.0.5/live ", "rtsp", "rtsp://10.0.0.5/live"),
        ("http://[fe80::1%25eth0]/live", "http", "http://[fe80::1%25eth0]/live"),
        ("http://my_cam.local/live", "http", "http://my_cam.local/live"),
    ],
)
def test_a_camera_need_not_be_there_yet(source: str, kind: str, text: str) -> None:
    """It may be plugged in later, under a name of its own; spaces around what was copied are no part of it."""
    address = parse_address(source)

    assert (address.kind, address.text) == (kind, text)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A folder without videos is an input error."""
    with pytest.raises(InputError, match="found none"):
        Capture(name="hall", source=str(tmp_path))


@pytest.mark.parametrize("name", ["feed.mp4", "feed"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "link"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    """Nobody may write to a pipe, and its reader would wait for ever; in a folder it is not played."""
    path = tmp_path / "folder" / name
    path.parent.mkdir()
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    else:
        os.mkfifo(path if kind == "pipe" else tmp_path / "pipe")
        if kind == "link":
            path.symlink_to(tmp_path / "pipe")

    for source in (str(path), path.as_uri()):
        with pytest.raises(InputError, match="expected a file, found a pipe or a device: "):
            Capture.check(source=source)
    for source in (str(path.parent), f"{path.parent}/*"):
        with pytest.raises(InputError, match="found none"):
            Capture.check(source=source)


@pytest.mark.parametrize(
    "names",
    [
        ("hall.mp4", "hall-2.mp4", "hall-9.mp4", "hall-10.mp4", "hall-11.mp4"),
        ("video0.ts", "video1.ts", "video2.ts", "video10.ts", "video100.ts"),
        ("2026-03-29_01-59.mkv", "2026-03-29_03-00.mkv", "2026-12-01_00-00.mkv", "2027-01-01_00-00.mkv"),
        ("0.mp4", "00.mp4", "1.mp4", "01 b.mp4", "2.mp4", "a.mp4", "b1c2.mp4", "b1c10.mp4", "b02c1.mp4"),
        ("Ü.mp4", "Ü 2.mp4", "Ü 12.mp4", "Ü ٣٤.mp4"),
    ],
)
def test_numbered_files_are_played_by_their_numbers(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Recorders number the parts of a stream; a file without a number is the first one, as of the output `file`."""
    for name in reversed(names):
        (tmp_path / name).touch()

    for source in (tmp_path, tmp_path / "*"):
        assert tuple(path.name for path in parse_address(str(source)).paths) == names


def test_numbered_folders_are_played_by_their_numbers(tmp_path: Path) -> None:
    """A pattern may find files in several."""
    for name in ("day 10", "day 9"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.mp4").touch()

    found = parse_address(f"{tmp_path}/*/*.mp4").paths
    assert [path.parent.name for path in found] == ["day 9", "day 10"]


def test_hidden_files_are_not_played(tmp_path: Path) -> None:
    """A Mac puts ._a.mp4, which is no video, beside a.mp4 on a disk of another system."""
    for name in ("a.mp4", "._a.mp4", ".b.mp4"):
        (tmp_path / name).touch()

    for source in (tmp_path, tmp_path / "*.mp4"):
        assert [path.name for path in parse_address(str(source)).paths] == ["a.mp4"]
    assert [path.name for path in parse_address(str(tmp_path / ".b*")).paths] == [".b.mp4"]
