"""The report of a simulated fleet."""

from typing import Any

from matplotlib.figure import Figure

from benchmarks.fleet.fleet import Fleet


def size(boxes: int) -> dict[str, Any]:
    """Return the measurements of a fleet."""
    rates = {"messages_in": 3.6 * boxes, "messages_out": 3.7 * boxes, "server_cores": 4e-4 * boxes}
    rates |= {"boxes_cores": 8e-4 * boxes, "memory_mib": 30.0}
    away = {"p50": 8.3, "p99": 10.3, "max": 10.4}
    fields = {"boxes": boxes, "cameras": 10 * boxes, "lag_s": 0.2, "away_s": away, "all_away_s": [7.6, 8.3, 10.4]}
    return {**fields, "quiet": rates, "dying": rates}


REPORT = {"ttl_s": 10.0, "minutes": 1.0, "sizes": [size(100), size(1000)]}


def test_each_size_has_a_row() -> None:
    """Messages count both ways."""
    head, small, large = Fleet.rows(REPORT)

    assert dict(zip(head, large, strict=True)) == {
        "boxes": "1000",
        "cameras": "10000",
        "messages/s": "7300",
        "server, cores": "0.400",
        "server, MiB": "30.0",
        "boxes, cores": "0.800",
        "away p50, s": "8.30",
        "max, s": "10.4",
        "late boxes, s": "0.200",
    }
    assert small[0] == "100"


def test_it_is_drawn() -> None:
    """Times away beside the server's work."""
    figure = Figure()

    Fleet.draw(figure, REPORT)

    assert [axes.get_xlabel() for axes in figure.axes][1] == "boxes, ten cameras each"
