"""A network is exported to OpenVINO once, whole, and starts from then on without TensorFlow."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models.engines import Network, export
from models.engines.export import exported
from tests.models.engines.tiny import LABELS, SIZE

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


def test_a_warm_start_is_light_and_calls_nobody(
    network: Network, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once exported, the network runs without TensorFlow and Keras; OpenVINO's telemetry leaves no identity at home."""
    cache /= "elsewhere"  # a folder of its own: other tests export in their process
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # as where networks are trained on JAX
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

    monkeypatch.setattr(export, "export_elsewhere", write)
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
    monkeypatch.setattr(export, "export_elsewhere", lambda weights, xml: xml.write_bytes(weights.read_bytes()))
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
