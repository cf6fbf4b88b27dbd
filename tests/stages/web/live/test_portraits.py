"""Portraits are made for viewers who request them, of the requested people only."""

import cv2
import numpy as np
import pytest

from pipeline.messages import Box, Face, Frame
from stages.overlay import Overlay
from stages.web.live.portraits import ROWS, Portraits
from stages.web.live.samples import person_key

NOON = 1_764_072_000


def make_face(track: int, x: float) -> Face:
    return Face(track=track, box=Box(x=x, y=80.0, width=60.0, height=60.0), score=0.9)


def make_picture(x: int) -> np.ndarray:
    """Return a dark picture, white around one place."""
    pixels = np.full((240 * 3 // 2, 320), 128, np.uint8)
    pixels[:240] = 16
    pixels[:240, max(0, x - 30) : x + 90] = 235
    pixels.flags.writeable = False
    return pixels


def test_everybody_gets_who_they_asked_for() -> None:
    """All viewers who wait get the same picture of that person, once."""
    portraits, one, other, third = Portraits(), list[bytes](), list[bytes](), list[bytes]()
    for asked, track in ((one, 1), (third, 1), (other, 2)):
        portraits.ask("hall", person_key(NOON, track), asked.append)
    for _ in range(2):
        portraits.publish("hall", NOON, [make_face(1, 40), make_face(2, 200)], make_picture(40))
    light, dark = (cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE) for jpeg in (one[0], other[0]))

    assert [len(asked) for asked in (one, other, third)] == [1, 1, 1]
    assert one == third
    assert light.shape[0] == dark.shape[0] == ROWS
    assert light.mean() > 200 > 50 > dark.mean()


def test_others_of_the_number_are_not_shown() -> None:
    """Another camera, another start, or a face outside the frame gives no picture."""
    portraits, found = Portraits(), list[bytes]()
    portraits.ask("hall", person_key(NOON, 1), found.append)
    portraits.publish("door", NOON, [make_face(1, 40)], make_picture(40))
    portraits.publish("hall", NOON + 60, [make_face(1, 40)], make_picture(40))
    portraits.publish("hall", NOON, [make_face(2, 40)], make_picture(40))
    assert found == []

    portraits.publish("hall", NOON, [make_face(1, 4000)], make_picture(40))
    assert found == []


def test_who_has_gone_is_forgotten() -> None:
    """What was asked and is waited for no longer holds no memory."""
    portraits, found, stays = Portraits(), list[bytes](), list[bytes]()
    forgotten = found.append
    portraits.ask("hall", person_key(NOON, 1), forgotten)
    portraits.ask("hall", person_key(NOON, 1), stays.append)
    portraits.forget(forgotten)
    portraits.publish("hall", NOON, [make_face(1, 40)], make_picture(40))
    portraits.forget(stays.append)

    assert (len(found), len(stays)) == (0, 1)
    assert portraits.asked == {}


@pytest.mark.parametrize("rows", [240, 720, 1080, 2160])
def test_nothing_that_is_drawn_is_in_it(rows: int) -> None:
    """Neither outline nor label nor bars: a gray face stays gray."""
    pixels = np.full((rows * 3 // 2, rows * 4 // 3), 128, np.uint8)
    box = Box(x=rows * 0.4, y=rows * 0.4, width=rows * 0.25, height=rows * 0.3)
    face = Face(track=1, box=box, score=0.9, fused=(0, 0, 0, 1, 0, 0, 0), label="happy", confidence=1.0)
    frame = Frame(camera="hall", width=pixels.shape[1], height=rows, pixels=pixels, faces=(face,))
    list(Overlay().process([frame]))
    assert pixels.std() > 1
    portraits, found = Portraits(), list[bytes]()
    portraits.ask("hall", person_key(NOON, 1), found.append)
    portraits.publish("hall", NOON, [face], pixels)
    shown = cv2.imdecode(np.frombuffer(found[0], np.uint8), cv2.IMREAD_COLOR)

    assert shown.shape[0] == ROWS
    assert np.ptp(shown) <= 4
