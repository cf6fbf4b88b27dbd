"""The network on TensorFlow: for machines with a GPU, and if nothing faster is installed."""

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.devices import Precision
from models.engines.base import Engine
from models.engines.keras import as_input, load_model, resolve
from models.engines.network import Network
from models.runtimes import import_tensorflow


class TensorFlowEngine(Engine):
    """Runs the `.keras` file with TensorFlow, on the first GPU or else on the CPU.

    Args:
        network: The network.
        precision: Arithmetic of the convolutions: `bf16`, `f32`, or `auto`, which is `bf16` if the GPU supports it.
        threads: CPU threads per operation; 0 lets TensorFlow decide.

    Raises:
        RuntimeError: This process has already loaded Keras on another backend.
    """

    name = "tensorflow"

    def __init__(self, network: Network, *, precision: Precision = "auto", threads: int = 0) -> None:
        tf, keras = import_tensorflow()
        gpus = tf.config.list_physical_devices("GPU")
        # TensorFlow rejects both settings once it has run something; then an earlier engine has already set them.
        with contextlib.suppress(RuntimeError):
            for gpu in gpus:
                tf.config.experimental.set_memory_growth(gpu, True)
            if threads:
                tf.config.threading.set_intra_op_parallelism_threads(threads)
        details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
        resolved = resolve(precision, capability=details.get("compute_capability", (0, 0))[0])
        super().__init__(network, device="GPU" if gpus else "CPU", precision=resolved)
        model = load_model(keras, network, resolved)
        # One signature with a dynamic batch size, so that it is traced only once.
        spec = tf.TensorSpec([None, network.size, network.size], tf.uint8)
        self.function = tf.function(lambda batch: model(as_input(keras, batch), training=False), [spec])
        """The network as a graph, one for batches of every size."""
        self._constant = tf.constant

    def _run(self, batch: NDArray[np.uint8]) -> Any:
        return self.function(self._constant(batch))
