"""Faces are cut out of photographs as the program cuts them out of frames."""

from pathlib import Path

import cv2
import numpy as np
import skimage

from training.data.photographs import FaceCutter

COLLINS = Path(skimage.__file__).parent / "data" / "astronaut.png"


def test_a_cut_face_looks_like_fer2013() -> None:
    """The crop is 48 x 48, and the same face in half the resolution gives nearly the same crop."""
    image = np.asarray(cv2.imread(str(COLLINS)), np.uint8)
    cutter = FaceCutter()
    crop = cutter(image)
    half = cutter(np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8))
    cutter.close()

    assert crop is not None and half is not None
    assert crop.shape == half.shape == (48, 48) and crop.dtype == np.uint8
    assert np.corrcoef(crop.ravel(), half.ravel())[0, 1] > 0.9
