"""The network in OpenVINO's format: made once from the `.keras` file, kept in the cache, found there afterwards."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FORMAT = 1
"""Raise it when the export is made differently; what older programs cached is then left alone."""
TIMEOUT_S = 300
"""An export takes 4 s here after an import of 6 s; a small board may take ten times as long."""


def exported(weights: Path, cache: Path) -> Path:
    """Return the network as OpenVINO reads it (`model.xml`, with `model.bin` beside it), exporting it when needed.

    The export runs in a process of its own, because TensorFlow, once imported, keeps 700 MB. It is complete when it
    appears, and two processes may do this at once.

    Args:
        weights: The `.keras` file.
        cache: Folder for generated files; it need not exist.

    Raises:
        FileNotFoundError: There are no such weights.
        RuntimeError: The export failed; the text ends with what it said.
    """
    with weights.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    folder = cache / "openvino" / f"{weights.stem}-{sha256[:16]}-v{FORMAT}"
    if not (folder / "model.xml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as partial:
            made = Path(partial) / "made"
            made.mkdir()
            _export_elsewhere(weights, made / "model.xml")
            try:
                made.rename(folder)
            except OSError:
                if not (folder / "model.xml").exists():  # otherwise another process was faster
                    raise
    return folder / "model.xml"


def _export_elsewhere(weights: Path, xml: Path) -> None:
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
    """Export in this process, which then has TensorFlow in it."""
    from models.runtimes import import_openvino, import_tensorflow

    import_openvino()
    _, keras = import_tensorflow()
    keras.models.load_model(weights, compile=False).export(str(xml), format="openvino", verbose=False)


if __name__ == "__main__":
    # python -m models.engines.export WEIGHTS.keras MODEL.xml
    export_here(*map(Path, sys.argv[1:]))
