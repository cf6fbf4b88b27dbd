"""The network on JAX: for machines with a GPU and `jax[cuda13]` installed."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.devices import Precision
from models.engines.base import Engine
from models.engines.keras import as_input, load_model, resolve
from models.engines.network import Network
from models.runtimes import import_jax, keras_on

_GRAPHS = {"xla_gpu_enable_command_buffer": "FUSION,CUBLAS,CUBLASLT,CUSTOM_CALL,CUDNN,CONVOLUTION"}
"""XLA options that run the network's kernels as one CUDA graph, including convolutions, which XLA excludes by default.
Each kernel is so short that launching it takes longer than running it. (Passed as `compiler_options` of `jax.jit`; the
names are XLA's `DebugOptions`, which JAX does not guarantee.)"""

log = logging.getLogger(__name__)


class JaxEngine(Engine):
    """Runs the `.keras` file with JAX, on the first GPU or else on the CPU.

    Args:
        network: The network.
        cache: Folder for compiled networks.
        precision: Arithmetic of the convolutions: `bf16`, `f32`, or `auto`, which is `bf16` if the GPU supports it.

    Raises:
        RuntimeError: This process has already loaded Keras on another backend.
    """

    name = "jax"

    def __init__(self, network: Network, *, cache: Path, precision: Precision = "auto") -> None:
        jax, keras = import_jax(), keras_on(self.name)
        device = jax.devices()[0]
        on_gpu = device.platform == "gpu"
        # "9.0" on NVIDIA GPUs; other vendors use names that are not numbers
        major = str(getattr(device, "compute_capability", "")).partition(".")[0]
        capability = int(major) if on_gpu and major.isdecimal() else 0
        resolved = resolve(precision, capability=capability)
        super().__init__(network, device="GPU" if on_gpu else "CPU", precision=resolved)
        # Cache every compilation, even the kernels that initialise weights: the first start takes 20 s, later ones 4 s.
        jax.config.update("jax_compilation_cache_dir", str(cache / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        model = load_model(keras, network, self.precision)

        weights = [[v.value for v in vs] for vs in (model.trainable_variables, model.non_trainable_variables)]

        # The weights are compiled in as constants: passing a hundred more arguments takes longer than using them.
        def forward(crops: Any) -> Any:
            return model.stateless_call(*weights, as_input(keras, crops), training=False)[0]

        self._forward = _compile(jax, forward, self._blank(), _GRAPHS) if capability else jax.jit(forward)

    def _run(self, batch: NDArray[np.uint8]) -> Any:
        answer = self._forward(batch)
        for rows in answer.values():
            rows.copy_to_host_async()
        return answer


def _compile(jax: Any, forward: Any, samples: Sequence[NDArray[Any]], options: dict[str, str]) -> Any:
    """Return `forward` compiled with these XLA options, or without them if a sample fails to run."""
    # cuDNN must be initialised before its calls are captured; with a fully cached network nothing else does so.
    ones = jax.numpy.ones((8, 8, 8, 8))
    jax.lax.conv(ones, ones, (1, 1), "SAME").block_until_ready()
    compiled = jax.jit(forward, compiler_options=options)
    try:
        for sample in samples:
            jax.block_until_ready(compiled(sample))
    except jax.errors.JaxRuntimeError as error:
        log.info("jax runs without %s: %s", ", ".join(options), str(error).splitlines()[0])
        return jax.jit(forward)
    return compiled
