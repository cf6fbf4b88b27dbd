"""The network on JAX: for machines with a GPU whose owner has installed `jax[cuda13]`."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engines.base import Engine, Precision
from models.engines.keras import as_input, load_model, resolve
from models.engines.network import Network
from models.runtimes import import_jax, keras_on


class JaxEngine(Engine):
    """Runs the `.keras` file with JAX, on the first GPU or else on the CPU.

    Args:
        network: The network.
        cache: Folder for its compiled forms.
        precision: Arithmetic of the convolutions: `bf16`, `f32`, or `auto`, which is `bf16` where the GPU has it.

    Raises:
        RuntimeError: This process has Keras on another library.
    """

    name = "jax"

    def __init__(self, network: Network, *, cache: Path, precision: Precision = "auto") -> None:
        jax, keras = import_jax(), keras_on(self.name)
        device = jax.devices()[0]
        on_gpu = device.platform == "gpu"
        # "9.0", or a name that is no number for other makers' cards
        major = str(getattr(device, "compute_capability", "")).partition(".")[0]
        capability = int(major) if on_gpu and major.isdecimal() else 0
        resolved = resolve(precision, capability=capability)
        super().__init__(network, device="GPU" if on_gpu else "CPU", precision=resolved)
        # All that is compiled is kept, from the first kernel that fills a weight: 14 s the first time, 2 s later.
        jax.config.update("jax_compilation_cache_dir", str(cache / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        model = load_model(keras, network, self.precision)

        def forward(weights: Any, crops: Any) -> Any:
            return model.stateless_call(*weights, as_input(keras, crops), training=False)[0]

        self._forward = jax.jit(forward)
        self._weights = [[v.value for v in vs] for vs in (model.trainable_variables, model.non_trainable_variables)]

    def _run(self, batch: NDArray[np.uint8]) -> Any:
        answer = self._forward(self._weights, batch)
        for rows in answer.values():
            rows.copy_to_host_async()
        return answer
