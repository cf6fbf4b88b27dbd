"""All engines say the same of a face, whatever other faces are in the batch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.engines import Engine, Network, create_engine, export
from models.engines.tensorflow import TensorFlowEngine
from tests.models.engines.tiny import SIZE

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.fixture(scope="module", params=["tensorflow", "openvino f32", "openvino auto"])
def engine(request: pytest.FixtureRequest, network: Network, cache: Path) -> Engine:
    """Return each engine; OpenVINO's files are made in this process, which has TensorFlow."""
    name, _, precision = request.param.partition(" ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "export_elsewhere", export.export_here)
        return create_engine(network, name, precision=precision or "auto", cache=cache)


def test_engines_agree(engine: Engine, network: Network, cache: Path, crops: NDArray[np.uint8]) -> None:
    """Every engine gives TensorFlow's label, and its probabilities within 0.02."""
    expected = TensorFlowEngine(network).predict(crops)
    actual = engine.predict(crops)

    assert actual.shape == (len(crops), 7)
    assert actual.dtype == np.float32
    assert actual == pytest.approx(expected, abs=0.02)
    assert len(set(expected.argmax(axis=1))) > 2
    clear = np.sort(expected, axis=1)[:, -1] - np.sort(expected, axis=1)[:, -2] > 0.02
    assert np.array_equal(expected.argmax(axis=1)[clear], actual.argmax(axis=1)[clear])


def test_a_face_is_independent_of_its_batch(engine: Engine, crops: NDArray[np.uint8]) -> None:
    """Padding, bucket and place in the batch change nothing, so a second run of a recording gives the same numbers."""
    alone = np.concatenate([engine.predict(crop[None]) for crop in crops])

    for count in (0, 1, 2, 3, 5, 9, 17, 33, len(crops)):
        assert engine.predict(crops[:count]) == pytest.approx(alone[:count], abs=1e-5)
    assert engine.predict(crops[::-1]) == pytest.approx(alone[::-1], abs=1e-5)
    assert alone.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_crops_of_another_shape_are_refused(engine: Engine) -> None:
    """The message says what was expected and what was found."""
    with pytest.raises(ValueError, match=r"expected crops uint8\[n, 24, 24\], found uint8\[2, 48, 48\]"):
        engine.predict(np.zeros((2, 48, 48), np.uint8))
    with pytest.raises(ValueError, match="found float32"):
        engine.predict(np.zeros((2, SIZE, SIZE), np.float32))  # type: ignore[arg-type]


def test_tensorflow_traces_once(network: Network, crops: NDArray[np.uint8]) -> None:
    """Batches of every size use the same trace."""
    engine = TensorFlowEngine(network)
    engine.warm()
    for count in (1, 3, 20, len(crops)):
        engine.predict(crops[:count])

    assert engine.function.experimental_get_tracing_count() == 1


def test_bfloat16_stays_near(network: Network, crops: NDArray[np.uint8]) -> None:
    """Convolutions in bfloat16 change little, and do change something."""
    exact, rough = (TensorFlowEngine(network, precision=precision).predict(crops) for precision in ("f32", "bf16"))

    assert rough == pytest.approx(exact, abs=0.02)
    assert not np.array_equal(rough, exact)


def test_one_process_has_one_keras(network: Network, cache: Path) -> None:
    """A second library under Keras is refused in one line."""
    TensorFlowEngine(network)
    with pytest.raises(RuntimeError, match="expected Keras on jax, found it on tensorflow: a process can use only one"):
        create_engine(network, "jax", cache=cache)


def test_a_gpu_begins_all_pieces_before_it_waits(network: Network) -> None:
    """All pieces of a batch beyond the largest bucket start before the first result is awaited."""
    log = []

    class Answer:
        def __init__(self, rows: NDArray[np.float32]) -> None:
            self.rows = rows

        def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[np.float32]:
            log.append("asked")
            return self.rows

    class Gpu(Engine):
        name = "fake"

        def _run(self, batch: NDArray[np.uint8]) -> dict[str, Any]:
            log.append(f"began {len(batch)}")
            level = batch[:, 0, 0, None].astype(np.float32)
            return {"fer2013": Answer(level.repeat(7, 1)), "ferplus": Answer(level.repeat(8, 1))}

    engine = Gpu(network, device="GPU", precision="bf16")
    crops = np.arange(2 * 1024 + 5).astype(np.uint8)[:, None, None].repeat(SIZE, 1).repeat(SIZE, 2)
    outputs = engine.outputs(crops)

    assert log == ["began 1024", "began 1024", "began 16", *["asked"] * 6]
    assert np.array_equal(outputs["fer2013"][:, 0], crops[:, 0, 0])


def test_a_negative_number_of_threads_is_refused(network: Network) -> None:
    """The message names the option."""
    with pytest.raises(ValueError, match="expected threads of 0 or more, found -1"):
        create_engine(network, threads=-1)
