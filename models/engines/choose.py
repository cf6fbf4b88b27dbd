"""Which engine runs a network on this machine."""

import importlib.util
import logging
import os
from pathlib import Path
from typing import Literal

from models.engines.base import Engine
from models.engines.network import Network

log = logging.getLogger(__name__)


def create_engine(
    network: Network,
    name: Literal["auto", "tensorflow", "openvino"] = "auto",
    *,
    cache: Path | None = None,
    precision: Literal["auto", "bf16", "f32"] = "auto",
    threads: int = 0,
) -> Engine:
    """Make the engine that runs a network.

    Args:
        network: The network.
        name: `tensorflow`, `openvino`, or `auto`: TensorFlow where there is a GPU it can use, else OpenVINO, else
            TensorFlow on the CPU.
        cache: Folder for generated files; None for the user's, see `models.fetch.cache_dir`.
        precision: See `OpenVinoEngine`; TensorFlow takes the precision the network was saved with.
        threads: CPU threads; 0 leaves it to the engine.

    Raises:
        ValueError: The number of threads is negative.
        ModuleNotFoundError: The engine asked for is not installed.
        FileNotFoundError: There are no such weights.
        RuntimeError: The network could not be exported to OpenVINO.
    """
    if threads < 0:
        raise ValueError(f"expected threads of 0 or more, found {threads}")
    has_openvino = importlib.util.find_spec("openvino") is not None
    if name == "tensorflow" or (name == "auto" and (has_gpu() or not has_openvino)):
        from models.engines.tensorflow import TensorFlowEngine

        engine = TensorFlowEngine(network, threads=threads)
        if name == "tensorflow" or engine.device == "GPU" or not has_openvino:
            return engine
        log.warning("this machine has a GPU, but TensorFlow cannot use it; OpenVINO on the CPU is used instead")
    from models.engines.openvino import OpenVinoEngine

    if cache is None:
        from models.fetch import cache_dir

        cache = cache_dir()
    return OpenVinoEngine(network, cache=cache, precision=precision, threads=threads)


def has_gpu() -> bool:
    """Tell whether this machine has an NVIDIA GPU this process may use, without importing TensorFlow for it."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in {"", "-1"}:
        return False
    return Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists()
