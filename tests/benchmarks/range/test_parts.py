"""Frames are cut, turned and composed as the benchmark `range` says, and its sums are right."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.range.backgrounds import Footage, Room, Wall, make_background
from benchmarks.range.planes import cut, empty, planes, scale_into, square
from benchmarks.range.scenes import Scene
from benchmarks.range.sources import Clip, bounce, files_in, load_clips
from benchmarks.range.tally import Tally, nearest
from benchmarks.range.truth import Spot, steady, steps
from benchmarks.range.watcher import match
from pipeline.errors import InputError
from pipeline.messages import Box, Face
from tests.benchmarks.range.shades import centre, dotted, flat


def test_a_part_has_all_planes() -> None:
    """Chroma is cut at half the place."""
    frame = np.arange(72 * 64, dtype=np.int64).astype(np.uint8).reshape(72, 64)
    part = cut(frame, 4, 6, 20, 10)

    assert part.shape == (15, 20)
    assert (planes(part)[0] == planes(frame)[0][6:16, 4:24]).all()
    assert all((p == f[3:8, 2:12]).all() for p, f in zip(planes(part)[1:], planes(frame)[1:], strict=True))


@pytest.mark.parametrize(("angle", "place"), [(0, (70, 50)), (90, (50, 70)), (180, (30, 50)), (-90, (50, 30))])
def test_a_square_is_turned_clockwise(angle: float, place: tuple[float, float]) -> None:
    """What is right of the centre goes below it, at the new scale."""
    found = centre(square(dotted(40, 24), 30, 24, 50, 100, angle))

    assert found == pytest.approx(place, abs=0.6)


def test_the_frames_of_a_clip_have_no_jump() -> None:
    """Forwards and backwards; a picture stands still."""
    assert [bounce(n, 4) for n in range(10)] == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]
    assert [bounce(n, 1) for n in range(4)] == [0] * 4
    assert [bounce(n, 2) for n in range(4)] == [0, 1, 0, 1]


def test_a_scene_shows_its_faces_where_it_says() -> None:
    """The clip is scaled to the size, at an even place inside the frame, over the background."""
    clip = Clip("x", 30.0, [dotted(30 + n, 24) for n in range(5)])
    faces = [[Spot(30.0 + n, 24.0, 8.0)] for n in range(5)]
    for seed in range(10):
        scene = Scene("x", clip, faces, 32, Wall(640, 360, 0), 640, 360, np.random.default_rng(seed))
        drawn = scene.draw(7, 3).copy()
        (spot,) = scene.faces(3)

        assert spot.side == pytest.approx(32)
        assert centre(cut(drawn, *(v & ~1 for v in (int(spot.x) - 16, int(spot.y) - 16)), 32, 32)) == pytest.approx(
            (16, 16), abs=2.5
        )
        assert not scene.is_beside(spot)
        assert scene.is_beside(Spot(scene.place[0] - 1, spot.y, 9))
        assert (scene.draw(7, None) != drawn).any()


def test_a_clip_that_does_not_fit_is_refused() -> None:
    """With both sizes."""
    clip = Clip("x", 30.0, [flat(50)])
    with pytest.raises(ValueError, match="expected a clip of at most 320 x 180 pixels, found"):
        Scene("x", clip, [[Spot(30, 24, 8)]], 120, Wall(320, 180, 0), 320, 180, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["plain", "busy", "things", "clips", "own"])
def test_backgrounds_depend_on_the_seed_alone(name: str) -> None:
    """The same frame twice, another one from another seed, and none stands still entirely except footage that does."""
    footage = [Clip("x", 30.0, [flat(40)]), Clip("y", 30.0, [flat(90)])]
    drawn = []
    for seed in (0, 0, 1):
        out = empty(320, 180)
        make_background(name, 320, 180, seed, footage).draw(31, out)
        drawn.append(out)

    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


def test_something_moves_in_a_busy_room() -> None:
    """And the rest differs by its noise only."""
    room, before, after = Room(640, 360, 3), empty(640, 360), empty(640, 360)
    room.draw(0, before)
    room.draw(60, after)
    changed = np.abs(before.astype(int) - after)[:360] > 0

    assert 0 < changed.mean() < 0.4


def test_blurred_clips_show_no_face() -> None:
    """Nothing smaller than a fifth of the frame is left; own footage stays sharp and fills the frame."""
    dots = Clip("x", 30.0, [dotted(30, 24)])
    sharp, blurred = empty(640, 360), empty(640, 360)
    Footage(640, 360, dots).draw(0, sharp)
    Footage(640, 360, dots, blurred=True).draw(0, blurred)

    assert planes(sharp)[0].max() > 200
    assert planes(blurred)[0].max() < 40


def test_clips_and_pictures_are_read(tmp_path: Path) -> None:
    """A picture is a clip of one frame; what is neither is said, with its name."""
    assert cv2.imwrite(str(tmp_path / "a.png"), np.full((33, 47, 3), 200, np.uint8))
    (clip,) = load_clips(tmp_path, 1.0)

    assert (clip.name, clip.frames[0].shape) == ("a", (48, 46))
    (tmp_path / "b.jpg").write_text("no picture")
    with pytest.raises(InputError, match=r"expected a picture, found none that can be decoded, in .*b\.jpg"):
        load_clips(tmp_path, 1.0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected clips or pictures, found none, in .*empty"):
        files_in(tmp_path / "empty")


@pytest.mark.parametrize(
    ("other", "same"),
    [((50, 50, 40), True), ((69, 50, 40), True), ((71, 50, 40), False), ((50, 50, 81), False), ((50, 50, 19), False)],
)
def test_what_is_the_same_face(other: tuple[float, float, float], same: bool) -> None:
    """Centres closer than half a side, and sides that differ by less than a factor of two."""
    assert Spot(50, 50, 40).is_at(Spot(*other)) is same


def test_a_face_is_matched_with_the_nearest() -> None:
    """None beyond the limit."""
    boxes = [
        Box(x=32, y=30, width=40, height=40),
        Box(x=28, y=30, width=40, height=40),
        Box(x=0, y=0, width=9, height=9),
    ]
    faces = tuple(Face(track=i, box=box, score=0.9) for i, box in enumerate(boxes))
    found = match(Spot(49, 50, 40), faces)

    assert found is faces[1]
    assert match(Spot(300, 50, 40), faces) is None


def test_a_face_of_one_frame_alone_does_not_count() -> None:
    """A picture is one frame."""
    a, b = Spot(50, 50, 40), Spot(150, 50, 40)

    assert steady([[a], [a, b], [a], [], [b]]) == [[a], [a], [a], [], []]
    assert steady([[a]]) == [[a]]


@pytest.mark.parametrize(("length", "side"), [(640, 240), (270, 240), (240, 240), (1080, 540), (3840, 1080)])
def test_tiles_overlap_by_half(length: int, side: int) -> None:
    """And reach from edge to edge."""
    starts = steps(length, side)

    assert starts[0] == 0 and starts[-1] == length - side
    assert all(0 <= after - before <= side // 2 + 2 for before, after in zip(starts, starts[1:], strict=False))
    assert all(step % 2 == 0 for step in starts)


def test_sizes_take_what_is_near() -> None:
    """By factor; what is far from all counts for none."""
    assert [nearest(side, (95, 66, 48)) for side in (95, 118, 120, 80, 78, 40, 30)] == [95, 95, 0, 95, 66, 48, 0]


def test_sums() -> None:
    """Shares of what was there; times that were never reached are none; nothing measured is none."""
    tally = Tally()
    assert tally.summary(["live"])["found_live"] is None
    assert tally.summary(["live"])["until_found_p50_s"] is None

    tally.faces, tally.found["live"], tally.seconds, tally.false["live"] = 8, 6, 30.0, 3
    tally.refused["live"] = 2
    tally.centre_off = [0.1, 0.2, 0.3]
    tally.delays_s = [0.1, 0.2, 0.4, -1.0]
    found = tally.summary(["live", "recording"])

    assert (found["found_live"], found["found_recording"], found["false_per_minute_live"]) == (0.75, 0.0, 6.0)
    assert found["centre_off"]["p50"] == pytest.approx(0.2)
    assert (found["until_found_p50_s"], found["until_found_p95_s"], found["appearances"]) == (0.2, None, 4)
    assert found["same_label_live"] is None
    # of those that were not merely overlooked
    assert (found["refused_live"], found["refused_recording"]) == (0.25, None)


def test_parts_of_a_measurement_add_up() -> None:
    """Counts by watcher and lists, in any order."""
    parts = [
        Tally(faces=2, found={"live": 1}, delays_s=[0.1]),
        Tally(faces=3, found={"live": 2, "recording": 3}, delays_s=[-1.0], seconds=1.5),
    ]
    total = Tally()
    for part in parts:
        total.add(part)

    assert total == Tally(faces=5, found={"live": 3, "recording": 3}, delays_s=[0.1, -1.0], seconds=1.5)
    assert parts[0].found == {"live": 1}


def test_a_frame_is_scaled_plane_by_plane() -> None:
    """Both ways."""
    for size in ((32, 24), (128, 96)):
        out = empty(*size)
        scale_into(flat(80), out)
        assert (planes(out)[0] == 80).all()
        assert (planes(out)[1] == 100).all()
