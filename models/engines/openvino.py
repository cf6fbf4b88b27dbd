"""The network on OpenVINO: several times faster than TensorFlow on a CPU, and light to import."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engines.base import Engine, Precision
from models.engines.export import exported
from models.engines.network import Network
from models.heads import Outputs
from models.runtimes import openvino_core

FEW = 8
"""Batches up to this size run on one thread: with two they take as much of the processor or, with AMX, three times as
much, for at best half of the time."""


class OpenVinoEngine(Engine):
    """Runs the network on the CPU with OpenVINO.

    Args:
        network: The network.
        cache: Folder for the exported network and its compiled form.
        precision: Arithmetic inside the network: `bf16` (about twice as fast where the CPU has instructions for it),
            `f32`, or `auto`; without such instructions all are `f32`.
        threads: CPU threads; 0: one for few faces, else every core.
    """

    name = "openvino"

    def __init__(self, network: Network, *, cache: Path, precision: Precision = "auto", threads: int = 0) -> None:
        xml = exported(network.path, cache)
        core = openvino_core()
        # asked for what the CPU does not have, OpenVINO takes f32 and says nothing
        if precision != "f32":
            has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            precision = "bf16" if has_bf16 else "f32"
        super().__init__(network, device="CPU", precision=precision)
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "CACHE_DIR": str(cache / "openvino"),
            # else every process's thread is tied to the same core, whatever else runs there
            "ENABLE_CPU_PINNING": False,
        }
        # One compiled network per bucket: fixed shapes are a fifth faster than an open one, and take 50 ms each.
        self._requests = {}
        for bucket in self.buckets:
            # 0 is OpenVINO's own word for every core
            options["INFERENCE_NUM_THREADS"] = threads or (1 if bucket <= FEW else 0)
            self._requests[bucket] = _compile(core, xml, bucket, network.size, options)

    def _run(self, batch: NDArray[np.uint8]) -> Outputs:
        request = self._requests[len(batch)]
        # in place: arrays that are handed over cost three times as much as the call itself
        request.get_input_tensor().data[..., 0] = batch
        request.infer()
        return {port.any_name: np.array(request.get_tensor(port).data) for port in request.model_outputs}


def _compile(core: Any, xml: Path, bucket: int, size: int, options: dict[str, Any]) -> Any:
    model = core.read_model(xml)
    model.reshape([bucket, size, size, 1])
    return core.compile_model(model, "CPU", options).create_infer_request()
