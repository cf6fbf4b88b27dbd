"""Which engine runs a network on this machine."""

import contextlib
import ctypes.util
import importlib.util
import logging
import os
from pathlib import Path
from typing import Literal

from models.engines.base import Engine, Precision
from models.engines.network import Network
from models.runtimes import import_jax, import_tensorflow

log = logging.getLogger(__name__)

EngineName = Literal["tensorflow", "jax", "openvino"]
CARDS = Path("/proc/driver/nvidia/gpus")
"""Where NVIDIA's driver lists its cards; Windows' subsystem for Linux does not."""


def create_engine(
    network: Network,
    name: EngineName | Literal["auto"] = "auto",
    *,
    cache: Path | None = None,
    precision: Precision = "auto",
    threads: int = 0,
) -> Engine:
    """Make the engine that runs a network.

    Args:
        network: The network.
        name: `tensorflow`, `jax`, `openvino`, or `auto`, see `best_engine`.
        cache: Folder for generated files; None for the user's, see `models.cache.cache_dir`.
        precision: Arithmetic of the convolutions: `bf16`, `f32`, or `auto`, which is `bf16` where the device has it,
            except on a CPU in TensorFlow and JAX, which have no fast one there.
        threads: CPU threads; 0 leaves it to the engine, as JAX always does.

    Raises:
        ValueError: The number of threads is negative.
        ModuleNotFoundError: The engine asked for is not installed.
        FileNotFoundError: There are no such weights.
        RuntimeError: The network could not be exported to OpenVINO, or this process has Keras on another library.
    """
    if threads < 0:
        raise ValueError(f"expected threads of 0 or more, found {threads}")
    if name == "auto":
        name = best_engine()
    if name == "tensorflow":
        from models.engines.tensorflow import TensorFlowEngine

        return TensorFlowEngine(network, precision=precision, threads=threads)
    if cache is None:
        from models.cache import cache_dir

        cache = cache_dir()
    if name == "jax":
        from models.engines.jax import JaxEngine

        return JaxEngine(network, cache=cache, precision=precision)
    from models.engines.openvino import OpenVinoEngine

    return OpenVinoEngine(network, cache=cache, precision=precision, threads=threads)


def best_engine() -> EngineName:
    """Return the engine for this machine: JAX or TensorFlow where they can use a GPU, else OpenVINO, else TensorFlow.

    JAX comes first: what is measured on GPUs is measured with it.
    """
    has_openvino = _installed("openvino")
    if has_gpu():
        if _installed("jax") and uses_gpu("jax"):
            return "jax"
        if _installed("tensorflow") and has_cudnn() and uses_gpu("tensorflow"):
            return "tensorflow"
        log.warning(
            "this machine has a GPU, but neither TensorFlow nor JAX can use it; %s on the CPU is used instead",
            "OpenVINO" if has_openvino else "TensorFlow",
        )
    return "openvino" if has_openvino else "tensorflow"


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def uses_gpu(name: Literal["tensorflow", "jax"]) -> bool:
    """Tell whether a library finds a GPU, by importing it."""
    if name == "jax":
        return bool(import_jax().default_backend() == "gpu")
    return bool(import_tensorflow()[0].config.list_physical_devices("GPU"))


def has_gpu() -> bool:
    """Tell whether this machine has an NVIDIA GPU this process may use, without importing TensorFlow for it."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in {"", "-1"}:
        return False
    signs = "/dev/nvidia0", "/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"
    return any(Path(sign).exists() for sign in signs)


def gpu_names() -> list[str]:
    """Return the names of the NVIDIA GPUs of this machine, as far as they are told."""
    lines = [line for card in sorted(CARDS.glob("*/information")) for line in card.read_text().splitlines()]
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]
    return names or (["an NVIDIA card"] if has_gpu() else [])


def has_cudnn() -> bool:
    """Tell whether there is the library that TensorFlow cannot use a GPU without, which costs 4 s and 700 MB to ask."""
    with contextlib.suppress(ModuleNotFoundError):  # there is nothing of NVIDIA's at all
        if importlib.util.find_spec("nvidia.cudnn"):
            return True
    return ctypes.util.find_library("cudnn") is not None
