"""What depends on the device."""

import sys
from types import SimpleNamespace

import pytest

from training.on_device import device


@pytest.mark.parametrize(
    ("backend", "has_bf16", "card", "expected"),
    [
        ("torch", False, False, "float32"),
        ("torch", True, False, "mixed_bfloat16"),
        ("torch", False, True, "mixed_bfloat16"),
        ("jax", False, False, "mixed_bfloat16"),
    ],
)
def test_pytorch_computes_in_half_precision_only_where_it_is_fast(
    backend: str, has_bf16: bool, card: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other libraries convert to float32 themselves; float16 has instructions of its own."""
    keras = SimpleNamespace(backend=SimpleNamespace(backend=lambda: backend))
    mkldnn = SimpleNamespace(_is_mkldnn_bf16_supported=lambda: has_bf16, _is_mkldnn_fp16_supported=lambda: False)
    torch = SimpleNamespace(ops=SimpleNamespace(mkldnn=mkldnn), cuda=SimpleNamespace(is_available=lambda: card))
    monkeypatch.setattr(device, "import_keras", lambda: keras)
    monkeypatch.setitem(sys.modules, "torch", torch)

    assert device.usable("mixed_bfloat16") == expected
    assert device.usable("float32") == "float32"
    if backend == "torch" and not card:
        assert device.usable("mixed_float16") == "float32"
