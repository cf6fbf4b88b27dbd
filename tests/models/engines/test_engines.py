"""All engines say the same of a face, whatever other faces are in the batch."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.engines import BUCKETS, Engine, Network, best_engine, choose, create_engine, export, gpu_names
from models.engines.export import exported
from models.engines.tensorflow import TensorFlowEngine
from models.runtimes import import_tensorflow

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

SIZE = 24
LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Return a small untrained network with both heads and clear predictions."""
    path = tmp_path_factory.mktemp("weights") / "tiny.keras"
    _, keras = import_tensorflow()
    keras.utils.set_random_seed(1)
    layers, sure = keras.layers, keras.initializers.RandomNormal(stddev=0.7)
    crops = keras.Input((SIZE, SIZE, 1))
    x = layers.Rescaling(1 / 127.5, -1)(crops)
    x = layers.Conv2D(8, 5, strides=4, activation="relu", kernel_initializer=sure)(x)
    x = layers.Flatten()(layers.BatchNormalization()(x))
    heads = {
        "fer2013": layers.Dense(7, activation="softmax", kernel_initializer="glorot_normal")(x),
        "ferplus": layers.Dense(8, activation="softmax", kernel_initializer="glorot_normal")(x),
    }
    keras.Model(crops, heads).save(path)
    return Network(name="tiny", path=path, sha256="0" * 64, size=SIZE, labels=LABELS, head="blend")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for generated files."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", params=["tensorflow", "openvino f32", "openvino auto"])
def engine(request: pytest.FixtureRequest, network: Network, cache: Path) -> Engine:
    """Return each engine."""
    name, _, precision = request.param.partition(" ")
    return create_engine(network, name, precision=precision or "auto", cache=cache)


@pytest.fixture(scope="module")
def crops() -> NDArray[np.uint8]:
    """Return more smooth random pictures than the largest bucket takes."""
    coarse = np.random.default_rng(0).integers(0, 256, (BUCKETS[-1] + 6, SIZE // 4, SIZE // 4), np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


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

    assert engine._function.experimental_get_tracing_count() == 1


def test_a_warm_start_is_light_and_calls_nobody(network: Network, cache: Path, tmp_path: Path) -> None:
    """Once exported, the network runs without TensorFlow and Keras; OpenVINO's telemetry leaves no identity at home."""
    exported(network.path, cache)
    program = f"""
import sys
from pathlib import Path
from models.engines import Network, create_engine
assert "openvino" not in sys.modules and "cv2" not in sys.modules
network = Network(name="t", path=Path({str(network.path)!r}), sha256="", size={SIZE}, labels={LABELS}, head="blend")
create_engine(network, "openvino", cache=Path({str(cache)!r}), threads=1).warm()
print(sorted({{"tensorflow", "keras", "matplotlib", "openvino"}} & set(sys.modules)))
"""
    root = Path(__file__).parents[3]
    home = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, env=home, capture_output=True, text=True, check=False
    )

    assert list(tmp_path.iterdir()) == []
    assert (done.stdout, done.stderr) == ("['openvino']\n", "")


def test_an_export_is_made_once_and_whole(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several at once all get a complete export, a later one makes none, and nothing half done is left."""
    together, made = threading.Barrier(3), []

    def write(weights: Path, xml: Path) -> None:
        made.append(weights)
        together.wait(timeout=20)
        xml.write_text("xml")
        xml.with_suffix(".bin").write_text("bin")

    monkeypatch.setattr(export, "_export_elsewhere", write)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(exported(network.path, tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert len(made) == 3
    assert found == [exported(network.path, tmp_path)] * 3
    assert len(made) == 3
    assert sorted(path.name for path in found[0].parent.iterdir()) == ["model.bin", "model.xml"]
    assert list(found[0].parent.parent.iterdir()) == [found[0].parent]


def test_other_weights_have_another_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that changed under the same name are exported again."""
    monkeypatch.setattr(export, "_export_elsewhere", lambda weights, xml: xml.write_bytes(weights.read_bytes()))
    weights = tmp_path / "tiny.keras"
    weights.write_text("old")
    old = exported(weights, tmp_path / "cache")
    weights.write_text("new")

    assert exported(weights, tmp_path / "cache").read_text() == "new"
    assert old.read_text() == "old"


def test_a_failed_export_is_one_line_and_leaves_nothing(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the export said last is in the message; the next start tries again."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"expected an export of .*tiny\.keras to OpenVINO, found: exit code 1"):
        exported(network.path, tmp_path)

    assert list((tmp_path / "openvino").iterdir()) == []


@pytest.mark.parametrize(
    ("gpu", "usable", "installed", "expected"),
    [
        (False, {"jax", "tensorflow"}, {"openvino", "tensorflow", "jax"}, "openvino"),
        (False, set(), {"tensorflow"}, "tensorflow"),
        (True, {"jax", "tensorflow"}, {"openvino", "tensorflow", "jax"}, "jax"),
        (True, {"jax", "tensorflow"}, {"openvino", "tensorflow"}, "tensorflow"),
        (True, {"tensorflow"}, {"openvino", "tensorflow", "jax"}, "tensorflow"),
        (True, set(), {"openvino", "tensorflow", "jax"}, "openvino"),
        (True, set(), {"tensorflow", "jax"}, "tensorflow"),
    ],
)
def test_auto_takes_what_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, usable: set[str], installed: set[str], expected: str
) -> None:
    """JAX or TensorFlow where it can use a GPU, else OpenVINO where it is installed, else TensorFlow."""
    monkeypatch.setattr(choose, "has_gpu", lambda: gpu)
    monkeypatch.setattr(choose, "has_cudnn", lambda: True)
    monkeypatch.setattr(choose, "uses_gpu", usable.__contains__)
    monkeypatch.setattr(choose.importlib.util, "find_spec", lambda name: name in installed or None)

    assert best_engine() == expected


def test_a_card_nobody_can_use_is_no_gpu(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The libraries are asked; where none of them finds it, a line says what is used instead."""
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setattr(choose, "has_gpu", lambda: True)

    assert best_engine() == "openvino"
    assert "neither TensorFlow nor JAX can use it; OpenVINO on the CPU is used instead" in caplog.text
    monkeypatch.setattr(choose, "has_cudnn", lambda: True)
    assert best_engine() == "openvino"


def test_jax_says_the_same(network: Network, cache: Path, crops: NDArray[np.uint8], tmp_path: Path) -> None:
    """In a process of its own, as Keras is on one library in each, and without a word on TensorFlow."""
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
    hidden = {**os.environ, "JAX_PLATFORMS": "cpu"}
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
        assert np.load(tmp_path / f"few-{precision}.npy") == pytest.approx(said[:3], abs=1e-5)


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
    """More faces than fit into the largest bucket are under way together."""
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


def test_a_hidden_gpu_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """`CUDA_VISIBLE_DEVICES` empty or -1 keeps a process off the GPU."""
    monkeypatch.setattr(choose.Path, "exists", lambda path: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert choose.has_gpu()
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert not choose.has_gpu()


def test_cards_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver tells them, but not under Windows, where there is one all the same."""
    monkeypatch.setattr(choose, "CARDS", tmp_path)
    monkeypatch.setattr(choose, "has_gpu", lambda: True)
    assert gpu_names() == ["an NVIDIA card"]
    for number, name in enumerate(("NVIDIA H200", "NVIDIA L4")):
        (tmp_path / f"0000:0{number}:00.0").mkdir()
        (tmp_path / f"0000:0{number}:00.0" / "information").write_text(f"Model: \t\t {name}\nIRQ:   \t\t 41\n")
    assert gpu_names() == ["NVIDIA H200", "NVIDIA L4"]
    monkeypatch.setattr(choose, "CARDS", tmp_path / "none")
    monkeypatch.setattr(choose, "has_gpu", lambda: False)
    assert gpu_names() == []


def test_a_negative_number_of_threads_is_refused(network: Network) -> None:
    """The message names the option."""
    with pytest.raises(ValueError, match="expected threads of 0 or more, found -1"):
        create_engine(network, threads=-1)
