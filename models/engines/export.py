"""Export of a `.keras` file to OpenVINO's format; the result is cached."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from models.cache import made_once

FORMAT = 1
"""Version of the export in the cache; increase it when the export changes, so that older files are not used."""
TIMEOUT_S = 300
"""Seconds an export may take. It takes 10 s on two x86 cores, 6 s of them imports; a small board may need ten times as
long."""


def exported(weights: Path, cache: Path) -> Path:
    """Return the path of the network in OpenVINO's format (`model.xml` beside `model.bin`); export it if needed.

    The export runs in its own process, because TensorFlow occupies 700 MB once imported. The files appear atomically,
    so several processes may export concurrently.

    Args:
        weights: The `.keras` file.
        cache: Folder for generated files; created if missing.

    Raises:
        FileNotFoundError: The weights do not exist.
        RuntimeError: The export failed; the message ends with its last error line.
    """
    with weights.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    folder = cache / "openvino" / f"{weights.stem}-{sha256[:16]}-v{FORMAT}"
    return made_once(folder, lambda made: export_elsewhere(weights, made / "model.xml")) / "model.xml"


def export_elsewhere(weights: Path, xml: Path) -> None:
    """Export a network in a process of its own, so that this one does without TensorFlow.

    Raises:
        RuntimeError: The export failed; the message holds its last words.
    """
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "models.engines.export", str(weights), str(xml)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "CUDA_VISIBLE_DEVICES": "-1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode or not xml.exists():
        last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise RuntimeError(f"expected an export of {weights} to OpenVINO, found: {last}")


def export_here(weights: Path, xml: Path) -> None:
    """Export in this process, which imports TensorFlow."""
    from models.runtimes import import_openvino, import_tensorflow

    import_openvino(converter=True)
    _, keras = import_tensorflow()
    keras.models.load_model(weights, compile=False).export(str(xml), format="openvino", verbose=False)


if __name__ == "__main__":
    # python -m models.engines.export WEIGHTS.keras MODEL.xml
    os.environ["KERAS_BACKEND"] = "tensorflow"  # OpenVINO's converter imports Keras too; trainings use other backends
    export_here(*map(Path, sys.argv[1:]))
