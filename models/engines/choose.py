"""Choosing the engine for this machine."""

import contextlib
import ctypes.util
import importlib.util
import logging
import os
from pathlib import Path
from typing import Literal

from models.devices import Device, DeviceError, Precision, check_device
from models.engines.base import Engine
from models.engines.network import Network
from models.runtimes import import_jax, import_tensorflow

log = logging.getLogger(__name__)

EngineName = Literal["tensorflow", "jax", "openvino"]
CARDS = Path("/proc/driver/nvidia/gpus")
"""Folder in which NVIDIA's driver lists its GPUs; missing on the Windows Subsystem for Linux."""


def create_engine(
    network: Network,
    name: EngineName | Literal["auto"] = "auto",
    *,
    cache: Path | None = None,
    precision: Precision = "auto",
    threads: int = 0,
    device: Device = "auto",
) -> Engine:
    """Create an engine for a network.

    Args:
        network: The network.
        name: `tensorflow`, `jax`, `openvino`, or `auto`, see `best_engine`.
        cache: Folder for generated files; None for `models.cache.cache_dir`.
        precision: Arithmetic of the convolutions: `bf16`, `f32`, or `auto`, which is `bf16` if the device supports it,
            except for TensorFlow and JAX on a CPU, where it is slow.
        threads: CPU threads; 0 lets the engine decide. JAX ignores it.
        device: Device on which OpenVINO runs the network. One that is named means OpenVINO.

    Raises:
        ValueError: The number of threads is negative, or the device cannot run the network (`DeviceError`).
        ModuleNotFoundError: The requested engine is not installed.
        FileNotFoundError: The weights do not exist.
        RuntimeError: The network could not be exported to OpenVINO, or this process uses another Keras backend.
    """
    if threads < 0:
        raise ValueError(f"expected threads of 0 or more, found {threads}")
    check_choice(name, device)
    if name == "auto":
        name = best_engine() if device == "auto" else "openvino"
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

    return OpenVinoEngine(network, cache=cache, precision=precision, threads=threads, device=device)


def check_choice(name: EngineName | Literal["auto"], device: Device) -> None:
    """Refuse a device that this machine does not have, or whose engine is another.

    Raises:
        DeviceError: It is absent, or the engine chooses its device itself.
    """
    if device == "auto":
        return
    if name in ("jax", "tensorflow"):
        raise DeviceError(f"device: expected auto with the engine {name}, which chooses itself, found {device!r}")
    check_device(device)


def best_engine() -> EngineName:
    """Return the best engine: JAX or TensorFlow if they can use a GPU, else OpenVINO, else TensorFlow.

    JAX comes first because the GPU benchmarks were measured with it.
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
    """Return whether a library finds a GPU; this imports the library."""
    if name == "jax":
        return bool(import_jax().default_backend() == "gpu")
    return bool(import_tensorflow()[0].config.list_physical_devices("GPU"))


def has_gpu() -> bool:
    """Return whether this process may use an NVIDIA GPU, without importing TensorFlow."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in {"", "-1"}:
        return False
    signs = "/dev/nvidia0", "/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"
    return any(Path(sign).exists() for sign in signs)


def gpu_names() -> list[str]:
    """Return the names of this machine's NVIDIA GPUs, or a generic name if the driver does not list them."""
    lines = [
        line for card in sorted(CARDS.glob("*/information")) for line in card.read_text(encoding="utf-8").splitlines()
    ]
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]
    return names or (["an NVIDIA card"] if has_gpu() else [])


def has_cudnn() -> bool:
    """Return whether cuDNN is installed. TensorFlow needs it for a GPU, and asking TensorFlow costs 4 s and 700 MB."""
    with contextlib.suppress(ModuleNotFoundError):  # no NVIDIA package is installed
        if importlib.util.find_spec("nvidia.cudnn"):
            return True
    return ctypes.util.find_library("cudnn") is not None
