"""Compiles functions of tensors for the device of Keras' backend."""

from collections.abc import Callable
from typing import Any

from models.networks import import_keras
from models.runtimes import import_jax

XLA = True
"""Whether TensorFlow's programs are compiled by XLA; tests of a few steps are faster without."""


def compiled(function: Callable[..., Any], donate: tuple[int, ...] = ()) -> Callable[..., Any]:
    """Return the function as one program for the device; PyTorch runs its operations one by one.

    Args:
        function: A function of tensors; its shapes must not depend on their values.
        donate: Numbers of the arguments whose memory JAX may use for the results.
    """
    backend = import_keras().backend.backend()
    if backend == "jax":
        return import_jax().jit(function, donate_argnums=donate)  # type: ignore[no-any-return]
    if backend == "tensorflow":
        import tensorflow

        return tensorflow.function(function, jit_compile=XLA, autograph=False)  # type: ignore[no-any-return]
    return function


def has_card() -> bool:
    """Return whether the backend computes on a graphics card or another accelerator."""
    backend = import_keras().backend.backend()
    if backend == "jax":
        return bool(import_jax().default_backend() != "cpu")
    if backend == "tensorflow":
        import tensorflow

        return bool(tensorflow.config.list_physical_devices("GPU"))
    import torch

    return bool(torch.cuda.is_available())


def usable(policy: str) -> str:
    """Return a Keras policy, or `float32` where it would be computed many times slower.

    PyTorch convolves in half precision without instructions for it by a loop: ten times the time of float32.
    """
    if import_keras().backend.backend() != "torch" or policy == "float32" or has_card():
        return policy
    import torch

    has = torch.ops.mkldnn
    fast = has._is_mkldnn_bf16_supported if policy == "mixed_bfloat16" else has._is_mkldnn_fp16_supported
    return policy if fast() else "float32"
