"""What cameras do to faces: each case does what it is called, the same way every time."""

import importlib.util

import numpy as np
import pytest

from tests.training.data.with_opencv import public_face
from training.score.degradations import DEGRADATIONS, NOISE

FACES = np.stack([public_face(), public_face()[:, ::-1], 255 - public_face()])
QUICK = [name for name in DEGRADATIONS if name not in ("none", "h264")]


@pytest.mark.parametrize("name", QUICK)
def test_each_case_changes_faces_the_same_way_every_time(name: str) -> None:
    """In whatever order and company an image comes, and never beyond recognition."""
    found = DEGRADATIONS[name](FACES)  # type: ignore[index]
    alone = DEGRADATIONS[name](FACES[2:])  # type: ignore[index]

    assert (found.shape, found.dtype) == (FACES.shape, np.uint8)
    assert np.array_equal(found[2], alone[0])
    assert 0.5 < np.abs(found.astype(int) - FACES).mean() < 60


def test_fewer_pixels_lose_more() -> None:
    """16 lose most, and 200 hardly anything."""
    lost = [np.abs(DEGRADATIONS[size](FACES).astype(int) - FACES).mean() for size in ("16px", "24px", "36px", "200px")]

    assert lost == sorted(lost, reverse=True)


def test_framing_is_off_by_what_the_name_says() -> None:
    """A bright square becomes 15 % smaller or larger, or moves by 8 % of the side."""
    image = np.zeros((1, 48, 48), np.uint8)
    image[:, 14:34, 14:34] = 200
    sides = {name: np.sqrt((DEGRADATIONS[name](image)[0] > 100).sum()) for name in ("wide", "tight")}
    rows, columns = np.nonzero(DEGRADATIONS["off"](image)[0] > 100)

    assert sides["wide"] == pytest.approx(20 / 1.15, abs=1.0)
    assert sides["tight"] == pytest.approx(20 * 1.15, abs=1.0)
    assert [abs(rows.mean() - 23.5), abs(columns.mean() - 23.5)] == pytest.approx([3.84, 3.84], abs=1.0)


def test_levels_are_read_wrongly_both_ways() -> None:
    """Limited range read as full has no black and no white; full range read as limited loses both ends."""
    ramp = np.arange(0, 256).astype(np.uint8).reshape(1, 16, 16)
    pale, clipped = (DEGRADATIONS[name](ramp).ravel() for name in ("pale", "clipped"))

    assert (pale.min(), pale.max()) == (16, 235)
    assert (clipped[:17] == 0).all() and (clipped[235:] == 255).all() and 0 < clipped[128] < 255


def test_noise_has_its_strength() -> None:
    """In gray levels, without a change of brightness."""
    gray = np.full((1, 48, 48), 128, np.uint8)
    noise = DEGRADATIONS["noise"](gray).astype(float) - 128

    assert noise.std() == pytest.approx(NOISE, rel=0.05)
    assert abs(noise.mean()) < 0.5


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("gi") is None, reason="GStreamer is not installed")
def test_an_h264_stream_keeps_faces_apart() -> None:
    """More faces than fit into one frame come back in order, each changed, and nearer to itself than to the others."""
    rng = np.random.default_rng(0)
    faces = np.stack([np.roll(public_face(), int(shift), axis=1) for shift in rng.permutation(30)])
    found = DEGRADATIONS["h264"](faces).astype(int)
    errors = np.abs(found[:, None] - faces[None].astype(int)).mean(axis=(2, 3))

    assert np.array_equal(errors.argmin(axis=1), np.arange(30))
    assert errors.diagonal().min() > 1
