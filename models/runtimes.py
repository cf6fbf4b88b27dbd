"""Importing large libraries without what they do unasked: print, call home, load one another."""

import contextlib
import functools
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any


def import_openvino() -> Any:
    """Import OpenVINO with its telemetry off; return the module.

    `import openvino` alone reports to Google Analytics and keeps an identity in `~/intel` (`openvino/tools/ovc`); where
    `openvino_telemetry` cannot be imported it falls back on a stub that does nothing.
    """
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)
    return importlib.import_module("openvino")


@functools.cache
def openvino_core() -> Any:
    """Return the one `openvino.Core` of this process, which stays.

    Of two that end in the order in which they began, OpenVINO 2026.4 leaves the first one's stack for signals
    registered, which is freed: the next signal, Ctrl-C for example, would end the process with a segmentation fault.
    """
    return import_openvino().Core()


def import_tensorflow() -> tuple[Any, Any]:
    """Import TensorFlow and Keras on it, without the dozen lines they print; return both modules.

    Raises:
        RuntimeError: This process has Keras on another library.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet_stderr(), without("jax"):
        tensorflow: Any = importlib.import_module("tensorflow")
        tensorflow.config.list_physical_devices()  # prints too, the first time
        return tensorflow, keras_on("tensorflow")


def import_jax() -> Any:
    """Import JAX, which is not to take three quarters of the GPU's memory at once; return the module."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    return importlib.import_module("jax")


def keras_on(backend: str) -> Any:
    """Import Keras on a library, `tensorflow`, `jax` or `torch`; return the module.

    Raises:
        RuntimeError: This process has Keras on another library.
    """
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend
    with without("tensorflow"):  # which is there already if it is the one
        keras: Any = importlib.import_module("keras")
        # it looks for TensorFlow when it first writes something down, and remembers what it found
        keras.dtype_policies.serialize(keras.DTypePolicy("float32"))
    if keras.backend.backend() != backend:
        raise RuntimeError(f"expected Keras on {backend}, found it on {keras.backend.backend()}: a process has one")
    return keras


def import_mediapipe() -> Any:
    """Import MediaPipe's face detector without what its documentation tools would load; return the module."""
    with without("tensorflow"):
        importlib.import_module("mediapipe.tasks.python.vision.face_detector")
        return importlib.import_module("mediapipe")


@contextlib.contextmanager
def without(name: str) -> Iterator[None]:
    """Hide a library, if it is not imported yet, from another that does without it where it is not installed.

    MediaPipe and Keras on JAX load TensorFlow for nothing otherwise, 2 to 5 s and 300 MB, and TensorFlow JAX, 2 s.
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
    """Hold back what is written to stderr, from C++ too; print it after all if the block fails.

    TensorFlow logs through a library that it starts after its first messages, so no setting reaches those.
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
