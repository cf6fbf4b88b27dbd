"""How many cameras a box can run."""

from pipeline.fleet.capacity import measured


def test_an_idle_box_offers_what_cameras_usually_take() -> None:
    """Four fifths of eight cores, a quarter of one each."""
    assert measured(cores=8, busy=0.0, held=0) == 25


def test_a_busy_box_takes_no_more_and_gives_none_away() -> None:
    """Cameras would be moved to and fro otherwise."""
    assert measured(cores=2, busy=1.9, held=5) == 5
    assert measured(cores=2, busy=1.9, held=0) == 0


def test_what_its_cameras_take_is_what_the_next_will_take() -> None:
    """Half a core each: two more in the 1.4 cores that are left."""
    assert measured(cores=8, busy=5.0, held=10) == 12
