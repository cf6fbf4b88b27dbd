"""For how long a label is shown."""

from models.over_time.shown import Shown


def test_a_frame_counts_until_the_next_one() -> None:
    """Also a single frame, and the last one; not the frames without the person."""
    shown = Shown()
    shown.update([(1, "happy"), (2, "sad")], 0.0)
    shown.update([(1, "happy")], 0.5)
    shown.update([], 0.75)
    shown.update([(1, "sad")], 2.0)
    shown.update([], 2.25)

    assert shown.take(1) == {"happy": 0.75, "sad": 0.25} and shown.take(2) == {"sad": 0.5}
    assert shown.take(1) == shown.take(3) == {}


def test_a_camera_that_delivers_nothing_shows_nothing() -> None:
    """Neither does time that jumps back."""
    shown = Shown(1.0)
    shown.update([(1, "happy")], 0.0)
    shown.update([(1, "happy")], 3600.0)
    shown.update([], 5.0)

    assert shown.take(1) == {"happy": 1.0}
