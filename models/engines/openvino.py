"""The network on OpenVINO: several times faster than TensorFlow on a CPU, and quick to import."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.devices import Arithmetic, Device, Placement, Precision
from models.engines.base import BUCKETS, Engine
from models.engines.export import exported
from models.engines.network import Network
from models.heads import Outputs
from models.runtimes import openvino_core

FEW = 8
"""Largest batch that runs on one thread. A second thread at best halves the time, and costs up to three times the CPU
time with AMX."""


class OpenVinoEngine(Engine):
    """Runs the network with OpenVINO.

    Args:
        network: The network.
        cache: Folder for the exported network and its compiled form.
        precision: Arithmetic inside the network: `bf16` (about twice as fast on CPUs with bf16 instructions; f16 on a
            GPU or NPU), `f32`, or `auto`. Without such instructions it is always `f32`.
        threads: CPU threads; 0 uses one for up to `FEW` faces, otherwise all cores.
        device: The device; `auto`: a GPU or NPU that can run the network, else the CPU.

    Raises:
        DeviceError: The device cannot run the network.
    """

    name = "openvino"

    def __init__(
        self,
        network: Network,
        *,
        cache: Path,
        precision: Precision = "auto",
        threads: int = 0,
        device: Device = "CPU",
    ) -> None:
        xml = exported(network.path, cache)
        self._cache, self._threads = cache, threads
        placement = Placement(f"the network {network.name}", device, precision)
        # One compiled network per bucket: fixed shapes run 20 % faster than a dynamic one, and compile in 50 ms each.
        self._requests: dict[int, Any] = {}
        tried = ""
        while tried != placement.device:  # all on one: a device may refuse only some of the shapes
            tried = placement.device
            for bucket in BUCKETS:
                model = openvino_core().read_model(xml)
                model.reshape([bucket, network.size, network.size, 1])
                self._requests[bucket] = placement.request(model, partial(self._options, bucket))
        super().__init__(network, device="CPU", precision=placement.arithmetic)
        self.device = placement.device

    def _options(self, bucket: int, device: str, arithmetic: Arithmetic) -> dict[str, Any]:
        options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": str(self._cache / "openvino")}
        if device != "NPU":  # which computes in f16 alone
            options["INFERENCE_PRECISION_HINT"] = arithmetic
        if device == "CPU":
            # with pinning, the threads of all processes are tied to the same core, however busy it is
            options["ENABLE_CPU_PINNING"] = False
            # 0 means all cores in OpenVINO
            options["INFERENCE_NUM_THREADS"] = self._threads or (1 if bucket <= FEW else 0)
        return options

    def _run(self, batch: NDArray[np.uint8]) -> Outputs:
        request = self._requests[len(batch)]
        # in place: passing arrays costs three times as much as the call itself
        request.get_input_tensor().data[..., 0] = batch
        request.infer()
        return {port.any_name: np.array(request.get_tensor(port).data) for port in request.model_outputs}
