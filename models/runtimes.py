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
    """Import TensorFlow and Keras on it, without the dozen lines they print; return both modules."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet_stderr():
        tensorflow: Any = importlib.import_module("tensorflow")
        tensorflow.config.list_physical_devices()  # prints too, the first time
        return tensorflow, importlib.import_module("keras")


def import_mediapipe() -> Any:
    """Import MediaPipe's face detector without TensorFlow, which its documentation tools would load; return the module.

    MediaPipe takes TensorFlow for optional and does without it where it cannot be imported; that saves 2 s and 300 MB.
    """
    modules: dict[str, Any] = sys.modules
    hidden = "tensorflow" not in modules
    if hidden:
        modules["tensorflow"] = None
    try:
        importlib.import_module("mediapipe.tasks.python.vision.face_detector")
        return importlib.import_module("mediapipe")
    finally:
        if hidden:
            del modules["tensorflow"]


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
