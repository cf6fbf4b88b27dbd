"""Imports of large libraries without their side effects: printing, telemetry, loading each other."""

import contextlib
import functools
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.cache import cache_dir


def import_openvino(*, converter: bool = False) -> Any:
    """Import OpenVINO with telemetry disabled; return the module.

    A plain `import openvino` reports to Google Analytics and stores an identity in `~/intel` (`openvino/tools/ovc`). If
    `openvino_telemetry` cannot be imported, OpenVINO falls back to a stub that does nothing.

    Args:
        converter: Whether `openvino.convert_model` is needed, whose imports take as long as all others together.
    """
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)
    with without("openvino.tools.ovc"):
        openvino: Any = importlib.import_module("openvino")
    if converter:
        openvino.convert_model = importlib.import_module("openvino.tools.ovc").convert_model
    return openvino


@functools.cache
def openvino_core() -> Any:
    """Return this process's only `openvino.Core`, which is never freed.

    If two cores are freed in the order of their creation, OpenVINO 2026.4 leaves the first one's freed signal stack
    registered. The next signal, such as Ctrl-C, would then end the process with a segmentation fault.
    """
    return import_openvino().Core()


def compile_small(network: Any, cache: Path | None = None) -> Any:
    """Compile a small OpenVINO network for the CPU, as landmarks need it; return the compiled network.

    Args:
        network: What `openvino.Core.read_model` returned, or a network's file, which is not read if its compiled form
            is in the cache.
        cache: Folder for compiled networks, which shortens the next start; None for `models.cache.cache_dir`.
    """
    return openvino_core().compile_model(network, "CPU", small_options("CPU", cache=cache))


def small_options(device: str, arithmetic: str = "f32", *, cache: Path | None = None) -> dict[str, Any]:
    """Return OpenVINO's options for a small network, as detection and landmarks need them.

    On the CPU it uses one thread: a second one makes detection 25 % faster but costs a third more CPU time, and more
    workers make better use of idle cores.

    Args:
        device: `CPU`, `GPU` or `NPU`.
        arithmetic: Arithmetic of the network, see `models.devices.arithmetic`. Presence and pose are compared with
            limits: `f32`, so that the answer is the same on every processor.
        cache: As in `compile_small`.
    """
    options: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "CACHE_DIR": str((cache or cache_dir()) / "openvino"),
    }
    if device != "NPU":  # which computes in f16 alone
        options["INFERENCE_PRECISION_HINT"] = arithmetic
    if device == "CPU":
        # with pinning, the threads of all processes are tied to the same core, however busy it is
        options |= {"INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
    return options


def import_tensorflow() -> tuple[Any, Any]:
    """Import TensorFlow and Keras on top of it, without the dozen lines they print; return both modules.

    Raises:
        RuntimeError: This process has already loaded Keras on another backend.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet_stderr(), without("jax"):
        tensorflow: Any = importlib.import_module("tensorflow")
        tensorflow.config.list_physical_devices()  # prints too, the first time
        return tensorflow, keras_on("tensorflow")


def import_jax() -> Any:
    """Import JAX without preallocating three quarters of the GPU's memory; return the module."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    return importlib.import_module("jax")


def keras_on(backend: str) -> Any:
    """Import Keras on a backend, `tensorflow`, `jax` or `torch`; return the module.

    Raises:
        RuntimeError: This process has already loaded Keras on another backend.
    """
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend
    if backend == "torch":
        # OpenMP's threads would wait for those on busy cores by counting: up to ten times the time
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with without("tensorflow"):  # already imported if it is the backend
        keras: Any = importlib.import_module("keras")
        # Keras looks for TensorFlow when it first writes a file, and remembers the result.
        keras.dtype_policies.serialize(keras.DTypePolicy("float32"))
    if keras.backend.backend() != backend:
        raise RuntimeError(
            f"expected Keras on {backend}, found it on {keras.backend.backend()}: a process can use only one"
        )
    return keras


def import_mediapipe() -> Any:
    """Import MediaPipe's face detector without the imports of its documentation tools; return the module."""
    with without("tensorflow"):
        importlib.import_module("mediapipe.tasks.python.vision.face_detector")
        return importlib.import_module("mediapipe")


@contextlib.contextmanager
def without(name: str) -> Iterator[None]:
    """Hide a library that is not imported yet from others for which it is optional.

    Otherwise MediaPipe and Keras on JAX load TensorFlow needlessly (2 to 5 s, 300 MB), and TensorFlow loads JAX (2 s).
    """
    modules: dict[str, Any] = sys.modules
    hidden = name not in modules
    if hidden:
        modules[name] = None
    try:
        yield
    finally:
        if hidden:
            del modules[name]


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Suppress writes to stderr, including those from C++; print them if the block fails.

    TensorFlow prints its first messages before it initialises its log library, so no setting suppresses them.
    """
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
