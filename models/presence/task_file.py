"""MediaPipe's `.task` files: ZIP archives of networks, here unpacked into the cache for OpenVINO."""

import os
import zipfile
from hashlib import sha256
from pathlib import Path

LANDMARKS, BLENDSHAPES = "face_landmarks_detector.tflite", "face_blendshapes.tflite"
"""Networks in `face_landmarker.task`; the first edition of that file has no blendshapes."""
MOST = 64 << 20
"""Largest network, bytes; MediaPipe's have 2.6 and 1 MB."""
_ARCHIVE, _NETWORK = b"PK\x03\x04", b"TFL3"


def is_task(path: Path) -> bool:
    """Return whether a file is an archive, whatever its name: one of networks may also have one at its end.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return path.suffix == ".task" or file.read(4) == _ARCHIVE


def unpacked(path: Path, cache: Path) -> dict[str, Path]:
    """Unpack the networks of landmarks and of blendshapes; return their files by name.

    Args:
        path: The `.task` file.
        cache: Folder for the files, whose names hold the hashes of their contents.

    Raises:
        ValueError: The file is no archive, is damaged, or has no network of landmarks.
        OSError: It cannot be read, or the cache cannot be written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
            if LANDMARKS not in sizes:
                raise ValueError(f"expected {LANDMARKS} in it, found {', '.join(sizes)[:200] or 'nothing'}")
            return {name: _kept(archive, name, cache) for name in (LANDMARKS, BLENDSHAPES) if name in sizes}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        # damaged, packed in an unknown way, encrypted, cut off
        raise ValueError(str(error)) from error


def _kept(archive: zipfile.ZipFile, name: str, cache: Path) -> Path:
    if archive.getinfo(name).file_size > MOST:
        raise ValueError(f"expected {name} of at most {MOST} bytes, found {archive.getinfo(name).file_size}")
    content = archive.read(name)
    if content[4:8] != _NETWORK:
        raise ValueError(f"expected a network of TensorFlow Lite as {name}, found {content[:8]!r}")
    target = cache / f"{sha256(content).hexdigest()[:16]}-{name}"
    # a full disk leaves half a file
    if not target.is_file() or target.stat().st_size != len(content):
        cache.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        partial.write_bytes(content)
        partial.replace(target)
    return target
