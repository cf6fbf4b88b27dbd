"""Encodes messages as ZeroMQ parts: `[msgpack header, raw array parts...]`. No pickle: bytes from a socket stay data.

In the header, an array is a map of its `shape` and the index of its `part`. The part holds its bytes unchanged, so
sending copies nothing, and a received array is a view of its part.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from pipeline.errors import InputError
from pipeline.foreign import one_line

M = TypeVar("M", bound=msgspec.Struct)


class _ArrayRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    part: int
    shape: tuple[int, ...]


class Codec(Generic[M]):
    """Turns messages of one type (or one tagged union) into parts and back.

    Not thread-safe: it stores the parts of the current message.
    """

    def __init__(self, kind: type[M]) -> None:
        self._kind = kind
        self._parts: Sequence[Any] = ()
        self._encoder = msgspec.msgpack.Encoder(enc_hook=self._detach)
        self._decoder = msgspec.msgpack.Decoder(kind, dec_hook=self._attach)

    def encode(self, message: M) -> list[Any]:
        """Return the header and one part per array; the parts share memory with the arrays."""
        parts: list[Any] = []
        self._parts = parts
        return [self._encoder.encode(message), *parts]

    def decode(self, parts: Sequence[Any]) -> M:
        """Return the message of these parts; its arrays are views of them.

        Raises:
            InputError: The parts are not a message of this type.
        """
        if not parts:
            raise InputError("expected a message of at least one part, found none")
        self._parts = parts[1:]
        try:
            return self._decoder.decode(parts[0])
        except Exception as error:
            # foreign bytes may hold lists a thousand deep, dates in the year 0, shapes of 2**70
            name = getattr(self._kind, "__name__", "message")
            raise InputError(
                f"expected a {name} of this version, found {len(bytes(parts[0]))} bytes: {one_line(str(error))}"
            ) from error
        finally:
            self._parts = ()

    def _detach(self, value: object) -> _ArrayRef:
        if not isinstance(value, np.ndarray) or value.dtype != np.uint8:
            raise TypeError(f"expected an array of uint8, found {type(value).__name__} {getattr(value, 'dtype', '')}")
        assert isinstance(self._parts, list)
        self._parts.append(np.ascontiguousarray(value).data if value.size else b"")
        return _ArrayRef(part=len(self._parts) - 1, shape=value.shape)

    def _attach(self, kind: type, value: object) -> Any:
        ref = msgspec.convert(value, _ArrayRef)
        if not 0 <= ref.part < len(self._parts):
            raise msgspec.ValidationError(f"expected array part {ref.part}, found {len(self._parts)} parts")
        flat = np.frombuffer(self._parts[ref.part], np.uint8)
        if any(n < 0 for n in ref.shape) or flat.size != int(np.prod(ref.shape, dtype=object)):
            raise msgspec.ValidationError(f"expected an array of shape {ref.shape}, found {flat.size} bytes")
        flat.flags.writeable = False
        return flat.reshape(ref.shape)
