"""JAX says the same of a face as the other engines."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.engines import Network
from models.engines.tensorflow import TensorFlowEngine
from tests.models.engines.tiny import LABELS, SIZE

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


def test_jax_says_the_same(network: Network, cache: Path, crops: NDArray[np.uint8], tmp_path: Path) -> None:
    """JAX agrees, in its own process without TensorFlow, because Keras supports one backend per process."""
    np.save(tmp_path / "crops.npy", crops)
    program = f"""
import sys
from pathlib import Path
import numpy as np
from models.engines import Network, create_engine
network = Network(name="t", path=Path({str(network.path)!r}), sha256="", size={SIZE}, labels={LABELS}, head="blend")
crops = np.load({str(tmp_path / "crops.npy")!r})
for precision in ("f32", "bf16"):
    engine = create_engine(network, "jax", cache=Path({str(cache)!r}), precision=precision)
    np.save(Path({str(tmp_path)!r}) / precision, engine.predict(crops))
    np.save(Path({str(tmp_path)!r}) / f"few-{{precision}}", engine.predict(crops[:3]))
    print(engine.device, engine.precision, engine.predict(crops[:0]).shape)
print("tensorflow" in sys.modules)
"""
    # JAX compiles as little as it can: seconds, for five batch sizes of a network of four layers
    hidden = {**os.environ, "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env=hidden,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("CPU f32 (0, 7)\nCPU bf16 (0, 7)\nFalse\n", "")
    expected = TensorFlowEngine(network).predict(crops)

    for precision, apart in {"f32": 1e-5, "bf16": 0.02}.items():
        said = np.load(tmp_path / f"{precision}.npy")
        assert said == pytest.approx(expected, abs=apart)
        # another number of faces is summed in another order, which 8 bits of mantissa show
        assert np.load(tmp_path / f"few-{precision}.npy") == pytest.approx(said[:3], abs=max(1e-5, apart / 4))


def test_jax_goes_on_without_what_xla_refuses() -> None:
    """Options are given up in one line, and the answers are those of what was compiled without."""
    program = """
import logging
import numpy as np
from models.engines.jax import _compile
from models.runtimes import import_jax
logging.basicConfig(level=logging.INFO, format="%(message)s")
logging.getLogger("jax").setLevel(logging.WARNING)
jax, samples = import_jax(), [np.zeros(n, np.float32) for n in (1, 2)]
for options in ({"no_such_option": "1"}, {}):
    print(_compile(jax, lambda x: x + 1, samples, options)(samples[1]).tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[1.0, 1.0]\n[1.0, 1.0]\n", done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("jax runs without no_such_option: ")
