"""Networks are trained on each library that Keras knows, with little else installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.cards import load_card

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_train_too(backend: str, tmp_path: Path) -> None:
    """One tiny epoch on each backend that is installed, as on a machine that can do nothing but train."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    program = f"""
import sys
missing = ["cv2", "gi", "matplotlib", "mediapipe", "openvino"]
sys.modules.update(dict.fromkeys(missing))
from pathlib import Path
from msgspec.structs import replace
from tests.training.small import RECIPE, make_faces
from training.train import train
faces = {{"Training": make_faces(32, 0), "PublicTest": make_faces(14, 1)}}
train("mine", replace(RECIPE, epochs=1), faces, Path({str(tmp_path)!r}))
import training.chain.__main__, training.data.bank, training.speed
print([name for name in [*missing, "tensorflow"] if sys.modules.get(name)])
"""
    # JAX compiles as little as it can: seconds, for two steps
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_DISABLE_MOST_OPTIMIZATIONS": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[]\n")
    assert load_card(tmp_path / "mine.keras").versions["backend"] == backend
