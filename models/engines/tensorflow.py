"""The network on TensorFlow: for machines with a GPU, and where nothing faster is installed."""

import contextlib

import numpy as np
from numpy.typing import NDArray

from models.engines.base import Engine
from models.engines.network import Network
from models.heads import Outputs
from models.runtimes import import_tensorflow


class TensorFlowEngine(Engine):
    """Runs the `.keras` file with TensorFlow, on the first GPU or else on the CPU.

    Args:
        network: The network.
        threads: CPU threads for one operation; 0 leaves it to TensorFlow.
    """

    name = "tensorflow"

    def __init__(self, network: Network, *, threads: int = 0) -> None:
        super().__init__(network)
        tf, keras = import_tensorflow()
        gpus = tf.config.list_physical_devices("GPU")
        # Both settings are refused once TensorFlow has run something: an engine made earlier in this process set them.
        with contextlib.suppress(RuntimeError):
            for gpu in gpus:
                tf.config.experimental.set_memory_growth(gpu, True)
            if threads:
                tf.config.threading.set_intra_op_parallelism_threads(threads)
        self.device = "GPU" if gpus else "CPU"
        self._tf = tf
        model = keras.models.load_model(network.path, compile=False)
        # One signature with an open batch: traced once, never again.
        spec = tf.TensorSpec([None, network.size, network.size, 1], tf.float32)
        self._function = tf.function(lambda batch: model(batch, training=False), input_signature=[spec])

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        return {name: rows.numpy() for name, rows in self._function(self._tf.constant(batch)).items()}
