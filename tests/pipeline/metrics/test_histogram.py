"""Many values are counted at once, in the same buckets as one by one."""

from prometheus_client import CollectorRegistry

from pipeline.metrics.histogram import Histogram

VALUES = (0.5, 0.01, 0.2, 0.01, 0.0100001, 7.0, 0.0, 99.0, 7.0)


def made(name: str) -> Histogram:
    """Return a histogram in a registry of its own."""
    return Histogram(name, "Seconds", ["stage"], buckets=(0.01, 0.2, 7.0), registry=CollectorRegistry())


def test_values_at_once_are_those_one_by_one() -> None:
    """Also values on a bound, and beyond the last one."""
    whole, single = made("at_once"), made("single")
    whole.labels("a").observe_all(VALUES)
    for value in VALUES:
        single.labels("a").observe(value)

    shown, expected = ([(s.labels, s.value) for m in h.collect() for s in m.samples][:5] for h in (whole, single))
    assert shown == expected
    assert [value for _, value in shown[:4]] == [3, 5, 8, 9]


def test_no_values_change_nothing() -> None:
    """A loop may have waited since the last time."""
    whole = made("none")
    whole.labels("a").observe_all(())

    assert {s.value for m in whole.collect() for s in m.samples if s.name != "none_created"} == {0}
