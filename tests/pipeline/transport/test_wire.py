"""Messages as parts."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.messages import Box, Face, Frame, Slot
from pipeline.transport.wire import Codec

numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
boxes = st.builds(Box, x=numbers, y=numbers, width=numbers, height=numbers)
seven = st.tuples(*[st.floats(0, 1)] * 7)
faces = st.builds(
    Face,
    track=st.integers(1, 2**31),
    box=boxes,
    score=st.floats(0, 1),
    crop=st.none() | st.integers(0, 9),
    raw=st.none() | seven,
    fused=st.none() | seven,
)
frames = st.builds(
    Frame,
    camera=st.text(min_size=1, max_size=40),
    run=st.integers(0, 2**63 - 1),
    seq=st.integers(0, 2**40),
    state=st.sampled_from(["live", "offline", "ended"]),
    error=st.none() | st.text(),
    slot=st.none() | st.builds(Slot, ring=st.text(), index=st.integers(0, 99), generation=st.integers(0, 2**60)),
    faces=st.lists(faces, max_size=3).map(tuple),
)


@given(frames, st.integers(0, 5), st.integers(1, 48))
def test_a_frame_comes_back_as_it_was(frame: Frame, count: int, size: int) -> None:
    """Decoding what was encoded gives the same frame and the same pixels."""
    crops = np.random.default_rng(size).integers(0, 256, (count, size, size), np.uint8)
    codec = Codec(Frame)
    back = codec.decode([bytes(part) for part in codec.encode(msgspec.structs.replace(frame, crops=crops))])

    assert back.crops is not None
    assert np.array_equal(back.crops, crops)
    assert back.crops.shape == crops.shape
    assert msgspec.structs.replace(back, crops=None) == frame


def test_an_array_that_is_a_slice_is_sent_as_it_looks() -> None:
    """Rows that do not follow each other in memory arrive as the picture they show."""
    picture = np.arange(64, dtype=np.uint8).reshape(8, 8)[::2, 1::3]
    codec = Codec(Frame)
    back = codec.decode([bytes(p) for p in codec.encode(Frame(camera="a", pixels=picture))])

    assert back.pixels is not None
    assert np.array_equal(back.pixels, picture)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_noise_is_refused_in_one_line(parts: list[bytes]) -> None:
    """Bytes from a socket that are no frame raise an InputError, nothing else."""
    with pytest.raises(InputError) as refusal:
        Codec(Frame).decode(parts)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("shape", [(2, 3), (7,), (-1, -6), (10**9, 10**9)])
def test_an_array_whose_bytes_do_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    """A shape that the part's bytes do not fill is a bad message."""
    header = msgspec.msgpack.encode({"camera": "a", "pixels": {"part": 0, "shape": shape}})
    with pytest.raises(InputError):
        Codec(Frame).decode([header, b"12345"])


def test_a_newer_version_on_another_machine_is_understood() -> None:
    """What it knows more of frames and faces is ignored; a missing or wrong field is not."""
    face = {"track": 1, "box": {"x": 0, "y": 0, "width": 9, "height": 9}, "score": 0.5, "age": 30}
    frame = Codec(Frame).decode([msgspec.msgpack.encode({"camera": "a", "colour": "red", "faces": [face]})])
    assert (frame.camera, frame.faces[0].track) == ("a", 1)

    with pytest.raises(InputError, match="colour"):
        Codec(Slot).decode([msgspec.msgpack.encode({"ring": "r", "index": 1, "generation": 1, "colour": "red"})])
    with pytest.raises(InputError, match="score"):
        Codec(Frame).decode([msgspec.msgpack.encode({"camera": "a", "faces": [{**face, "score": "high"}]})])


def test_only_bytes_travel_as_arrays() -> None:
    """An array of another type is a programming error and raises TypeError."""
    with pytest.raises(TypeError, match="float64"):
        Codec(Frame).encode(Frame(camera="a", crops=np.zeros((1, 2, 2))))  # type: ignore[arg-type]
