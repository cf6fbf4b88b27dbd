"""Devices of OpenVINO: chosen, refused, replaced. Only a CPU is here, so the others are made up."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models import devices
from models.detectors import check_detector
from models.devices import DeviceError, Placement, Precision, arithmetic, check_device
from models.engines import check_choice


class Core:
    """A core with devices of which some cannot compile, or not run, a network."""

    def __init__(self, available: Sequence[str], broken: Sequence[str] = (), failing: Sequence[str] = ()) -> None:
        self.available_devices = list(available)
        self._broken, self._failing = broken, failing
        self.compiled: list[tuple[str, dict[str, Any]]] = []
        self.capabilities: list[str] = []

    def get_property(self, device: str, name: str) -> list[str]:
        """Return the capabilities."""
        return self.capabilities

    def compile_model(self, network: Any, device: str, options: dict[str, Any]) -> "Core":
        """Compile."""
        self.compiled.append((device, options))
        if device in self._broken:
            raise RuntimeError("Check 'x' failed at plugin.cpp:1:\n\n[GPU] Kernel of operation Resize is missing\n")
        self._device = device
        return self

    def create_infer_request(self) -> "Core":
        """Return itself."""
        return self

    def infer(self) -> None:
        """Run."""
        if self._device in self._failing:
            raise RuntimeError("out of device memory")


def use(monkeypatch: pytest.MonkeyPatch, *available: str, **more: Sequence[str]) -> Core:
    """Make a machine with these devices."""
    core = Core(available, **more)
    monkeypatch.setattr(devices, "openvino_core", lambda: core)
    return core


@pytest.mark.parametrize(
    ("wanted", "device", "capabilities", "expected"),
    [
        ("auto", "CPU", ["FP32", "BF16"], "bf16"),
        ("bf16", "CPU", ["FP32", "BF16"], "bf16"),
        ("auto", "CPU", ["FP32", "FP16"], "f32"),
        ("bf16", "CPU", ["FP32"], "f32"),
        ("f32", "CPU", ["FP32", "BF16"], "f32"),
        ("auto", "GPU", ["FP32", "FP16"], "f16"),
        ("auto", "GPU", ["FP32"], "f32"),
        ("f32", "GPU", ["FP32", "FP16"], "f32"),
        ("f32", "NPU", ["FP16"], "f16"),
    ],
)
def test_sixteen_bits_only_where_the_device_has_them(
    monkeypatch: pytest.MonkeyPatch, wanted: Precision, device: str, capabilities: list[str], expected: str
) -> None:
    """Where it has none, OpenVINO would compute in f32 and say nothing."""
    core = use(monkeypatch, device)
    core.capabilities = capabilities

    assert arithmetic(wanted, device) == expected


@pytest.mark.parametrize(
    ("available", "broken", "expected"),
    [
        (["CPU"], [], ["CPU"]),
        (["CPU", "GPU", "NPU"], [], ["GPU"]),
        (["CPU", "NPU"], [], ["NPU"]),
        (["CPU", "GPU.0", "GPU.1"], [], ["GPU"]),
        (["CPU", "GPU", "NPU"], ["GPU"], ["GPU", "NPU"]),
        (["CPU", "GPU", "NPU"], ["GPU", "NPU"], ["GPU", "NPU", "CPU"]),
    ],
)
def test_auto_takes_the_first_that_can(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    available: list[str],
    broken: list[str],
    expected: list[str],
) -> None:
    """One line for each device that cannot, however many shapes the network has."""
    core = use(monkeypatch, *available, broken=broken)
    core.capabilities = ["FP16"]
    placement = Placement("the network fast", "auto", "f32")
    for _ in range(3):
        placement.request("network", lambda device, arithmetic: {"of": device, "in": arithmetic})

    assert placement.device == expected[-1]
    assert [name for name, _ in core.compiled] == [*expected, expected[-1], expected[-1]]
    assert all(options == {"of": name, "in": "f16" if name == "NPU" else "f32"} for name, options in core.compiled)
    assert [record.getMessage() for record in caplog.records] == [
        f"the network fast cannot run on {one}; trying {then}: [GPU] Kernel of operation Resize is missing"
        for one, then in zip(expected, expected[1:], strict=False)
    ]


def test_a_device_that_compiles_but_does_not_run_is_no_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network runs once before it counts."""
    use(monkeypatch, "CPU", "GPU", failing=["GPU"])
    placement = Placement("the network fast", "auto", "f32")
    placement.request("network", lambda *_: {})

    assert placement.device == "CPU"


def test_a_device_that_was_asked_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names it, the network and OpenVINO's reason."""
    core = use(monkeypatch, "CPU", "NPU", broken=["NPU"])
    with pytest.raises(DeviceError, match=r"^device: expected NPU to run the network fast, found: \[GPU\] Kernel"):
        Placement("the network fast", "NPU", "f32").request("network", lambda *_: {})
    assert [name for name, _ in core.compiled] == ["NPU"]


def test_a_device_that_is_absent_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error lists those that are there; engines that choose themselves accept none."""
    use(monkeypatch, "CPU", "GPU.0", "GPU.1")
    check_device("auto")
    check_device("CPU")
    check_device("GPU")
    absent = r"^device: expected one that OpenVINO finds here \(CPU, GPU.0, GPU.1\), found 'NPU'$"
    with pytest.raises(DeviceError, match=absent):
        check_choice("auto", "NPU")
    with pytest.raises(DeviceError, match=absent):
        check_detector("blazeface", device="NPU")
    with pytest.raises(DeviceError, match="^device: expected auto with the engine jax, which chooses itself"):
        check_choice("jax", "GPU")
    for detector, options in (("haar", {}), ("blazeface", {"engine": "mediapipe"})):
        with pytest.raises(DeviceError, match="^device: expected auto or CPU with (haar|mediapipe), found 'GPU'"):
            check_detector(detector, device="GPU", **options)
