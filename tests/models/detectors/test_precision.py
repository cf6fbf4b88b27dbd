"""Detection networks compute in bf16 where the processor does."""

from typing import Any

import pytest

from models import devices
from models.detectors import create_detector
from models.devices import Precision
from models.fetch import FILES
from models.runtimes import openvino_core, small_options


@pytest.mark.parametrize(
    ("precision", "has_bf16", "hint"), [("auto", True, "bf16"), ("f32", True, "f32"), ("auto", False, "f32")]
)
def test_networks_compute_in_the_arithmetic_of_the_processor(
    precision: Precision, has_bf16: bool, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every shape; the networks of presence and pose compute in f32 everywhere."""
    compiled = []

    class Core:
        """OpenVINO's, of another processor."""

        def __getattr__(self, name: str) -> Any:
            return getattr(openvino_core(), name)

        def get_property(self, device: str, name: str) -> list[str]:
            return ["FP32", "BF16"] if has_bf16 else ["FP32"]

        def compile_model(self, network: Any, device: str, options: dict[str, Any]) -> Any:
            compiled.append(options["INFERENCE_PRECISION_HINT"])
            return openvino_core().compile_model(network, device, options | {"INFERENCE_PRECISION_HINT": "f32"})

    monkeypatch.setattr(devices, "openvino_core", Core)
    for model in FILES:
        found = create_detector("blazeface", model, engine="openvino", min_score=0.5, precision=precision)
        found.shaped(96, 64).warm()

    assert compiled == [hint] * 4
    assert small_options("CPU")["INFERENCE_PRECISION_HINT"] == "f32"
