"""One face has one box, whatever parts of the frame and networks found it."""

import numpy as np

from models.search.suppression import cut_off, one_box_each, same_face
from models.search.tiles import Region

BOXES = np.array([[100, 100, 40, 40], [104, 102, 40, 40], [110, 105, 20, 25], [300, 100, 40, 40]], np.float32)


def test_boxes_of_one_face_become_the_best() -> None:
    """Also one inside the other; a face elsewhere stays."""
    assert one_box_each(BOXES, np.array([0.5, 0.9, 0.7, 0.4], np.float32)).tolist() == [1, 3]
    assert one_box_each(BOXES[:0], np.empty(0, np.float32)).tolist() == []


def test_two_people_side_by_side_stay_two() -> None:
    """Even if their boxes touch."""
    boxes = np.array([[100, 100, 40, 40], [130, 100, 40, 40]], np.float32)

    assert not same_face(boxes[0], boxes[1:]).any()


def test_a_face_is_cut_off_by_a_tiles_edge_but_not_by_the_frames() -> None:
    """On all four sides."""
    region = Region(100, 100, 200, 200)
    boxes = np.array([[100, 150, 40, 40], [261, 150, 40, 40], [150, 99, 40, 40], [150, 262, 40, 40]], np.float32)
    assert cut_off(boxes, region, 1000, 1000).all()
    assert not cut_off(boxes, Region(0, 0, 400, 400), 400, 400).any()
    assert not cut_off(np.array([[0, 0, 40, 40]], np.float32), Region(0, 0, 200, 200), 1000, 1000).any()
