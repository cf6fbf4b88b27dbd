"""The leases of one box, with a clock set by hand."""

from pipeline.fleet.leases import MARGIN, Leases

S = 10**9


def test_a_lease_is_renewed_twice_before_it_can_end() -> None:
    """It is due after a third of the ttl, and over a little before the server forgets it."""
    leases = Leases(ttl_s=6)
    end_ns = leases.granted("lease.hall", revision=1, sent_ns=100 * S)

    assert end_ns == 100 * S + int(6 * S * (1 - MARGIN))
    assert leases.due(101 * S) == []
    assert leases.next_ns() == 102 * S
    assert leases.due(102 * S) == ["lease.hall"]
    assert leases.take_ended(end_ns - 1) == []
    assert leases.take_ended(end_ns) == ["lease.hall"]
    assert leases.held == {}


def test_the_time_counts_from_the_request() -> None:
    """The server may have stored it at once and answered late."""
    leases = Leases(ttl_s=6)
    leases.granted("lease.hall", revision=1, sent_ns=100 * S)

    assert leases.granted("lease.hall", revision=2, sent_ns=103 * S) < 109 * S
    assert leases.held["lease.hall"].revision == 2
    assert leases.take_ended(108 * S) == []


def test_a_frozen_box_finds_all_its_leases_ended() -> None:
    """However long it slept."""
    leases = Leases(ttl_s=1)
    for name in ("lease.a", "lease.b", "leader"):
        leases.granted(name, revision=1, sent_ns=0)

    assert leases.due(3600 * S) == leases.take_ended(3600 * S) == ["lease.a", "lease.b", "leader"]


def test_a_refused_lease_is_gone() -> None:
    """It is neither renewed nor reported as ended again."""
    leases = Leases(ttl_s=1)
    leases.granted("lease.a", revision=7, sent_ns=0)

    dropped = leases.dropped("lease.a")

    assert leases.next_ns() is None
    assert dropped is not None
    assert dropped.revision == 7
    assert leases.dropped("lease.a") is None
    assert leases.due(9 * S) == leases.take_ended(9 * S) == []
