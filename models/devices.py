"""On which device of the machine OpenVINO runs a network: the processor, a graphics card or an accelerator."""

import logging
from collections.abc import Callable
from typing import Any, Literal

from models.runtimes import openvino_core

Arithmetic = Literal["bf16", "f16", "f32"]
Precision = Literal["bf16", "f16", "f32", "auto"]
HALF: dict[str, tuple[Arithmetic, str]] = {"CPU": ("bf16", "BF16"), "GPU": ("f16", "FP16"), "NPU": ("f16", "FP16")}
"""Arithmetic of 16 bits, and its name among a device's capabilities."""
Device = Literal["auto", "CPU", "GPU", "NPU"]
ORDER = ("GPU", "NPU", "CPU")
"""Order in which `auto` tries the devices; every machine has the last one."""

log = logging.getLogger(__name__)


class DeviceError(ValueError):
    """The machine has no such device, or it cannot run the network."""


def device_names() -> list[str]:
    """Return the devices that OpenVINO finds, as it writes them: `CPU`, `GPU.0`, `NPU`."""
    return [str(name) for name in openvino_core().available_devices]


def check_device(device: Device) -> None:
    """Refuse a device that this machine does not have.

    Raises:
        DeviceError: It has no such device.
    """
    if device not in ("auto", "CPU") and device not in _kinds():
        found = ", ".join(device_names())
        raise DeviceError(f"device: expected one that OpenVINO finds here ({found}), found {device!r}")


def arithmetic(wanted: Precision, device: str) -> Arithmetic:
    """Return in which arithmetic OpenVINO computes on a device.

    Args:
        wanted: `f32`, or 16 bits (`bf16` and `auto`) where the device has the instructions, else `f32`.
        device: `CPU`, `GPU` or `NPU`, which computes in `f16` alone.
    """
    if wanted == "f32" and device != "NPU":
        return "f32"
    # OpenVINO silently falls back to f32 if the CPU lacks the instructions
    half, name = HALF[device]
    return half if name in openvino_core().get_property(device, "OPTIMIZATION_CAPABILITIES") else "f32"


class Placement:
    """Compiles the shapes of one network for a device, all for the same one.

    Args:
        what: The network, for messages.
        device: The device; `auto`: the first of `ORDER` that can run it.
        precision: Its arithmetic, see `arithmetic`.
    """

    def __init__(self, what: str, device: Device, precision: Precision) -> None:
        self._what, self._precision = what, precision
        self._is_auto = device == "auto"
        self._left = [one for one in ORDER if one in _kinds()] if self._is_auto else [str(device)]

    @property
    def device(self) -> str:
        """Return the device that runs the network, as far as is known: the next one may be needed."""
        return self._left[0]

    @property
    def arithmetic(self) -> Arithmetic:
        """Return in which arithmetic that device computes."""
        return arithmetic(self._precision, self.device)

    def request(self, network: Any, options: Callable[[str, Arithmetic], dict[str, Any]]) -> Any:
        """Return a request for a network, which has run once.

        Args:
            network: What `openvino.Core.read_model` returned, with fixed shapes.
            options: Returns OpenVINO's options for a device and its arithmetic.

        Raises:
            DeviceError: The device cannot run it.
        """
        while True:
            try:
                chosen = options(self.device, self.arithmetic)
                compiled = openvino_core().compile_model(network, self.device, chosen)
                request = compiled.create_infer_request()
                request.infer()
            except RuntimeError as error:  # OpenVINO's only kind of error
                why = (str(error).strip().splitlines() or [type(error).__name__])[-1][:200]
                if len(self._left) < 2:
                    expected = f"device: expected {self.device} to run {self._what}"
                    raise DeviceError(f"{expected}, found: {why}") from error
                failed, self._left = self.device, self._left[1:]
                log.warning("%s cannot run on %s; trying %s: %s", self._what, failed, self.device, why)
            else:
                return request


def _kinds() -> set[str]:
    """Return the kinds of devices: a machine with two graphics cards has `GPU.0` and `GPU.1`."""
    return {name.partition(".")[0] for name in device_names()} | {"CPU"}
