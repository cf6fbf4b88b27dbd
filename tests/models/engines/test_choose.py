"""The engine is chosen by what the machine has."""

from pathlib import Path

import pytest

from models.engines import best_engine, choose, gpu_names


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


@pytest.mark.slow
def test_a_card_nobody_can_use_is_no_gpu(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """If no library finds the GPU, a log line names the engine that is used instead."""
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setattr(choose, "has_gpu", lambda: True)

    assert best_engine() == "openvino"
    assert "neither TensorFlow nor JAX can use it; OpenVINO on the CPU is used instead" in caplog.text
    monkeypatch.setattr(choose, "has_cudnn", lambda: True)
    assert best_engine() == "openvino"


def test_a_hidden_gpu_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """`CUDA_VISIBLE_DEVICES` empty or -1 keeps a process off the GPU."""
    monkeypatch.setattr(choose.Path, "exists", lambda path: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert choose.has_gpu()
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert not choose.has_gpu()


def test_cards_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names come from the driver; where it lists none, a generic name is returned."""
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
