"""Parts of a frame take turns: the most overdue one first, each within a bounded time."""

from models.search.turns import Turns


def test_new_parts_come_at_once_and_again_after_their_periods() -> None:
    """Each after its own."""
    turns = Turns(2)
    assert turns.due(0.0, [1.0, 2.0]) == [0, 1]
    for part in (0, 1):
        turns.done(part, 0.0)

    assert turns.due(0.9, [1.0, 2.0]) == []
    assert turns.due(1.0, [1.0, 2.0]) == [0]
    assert turns.due(2.0, [1.0, 2.0]) == [0, 1]
    assert turns.due(0.1, [1.0, 0.0]) == [1]


def test_a_part_that_rests_is_searched_although_others_are_always_due() -> None:
    """With a turn a second for five parts that change all the time, one that does not waits half a minute at most."""
    turns, waited, longest = Turns(6), 0, 0
    for second in range(300):
        (part,) = turns.due(float(second), [1.0] * 5 + [6.0], most=1)
        turns.done(part, float(second))
        waited = 0 if part == 5 else waited + 1
        longest = max(longest, waited)

    assert longest <= 30
