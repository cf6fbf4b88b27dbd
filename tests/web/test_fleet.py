"""The page of any box shows the whole fleet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.plan import RUN_VARIABLE
from pipeline.fleet.view import BoxView, CameraView, FleetView, is_asked, write_view
from tests.support.waiting import until

BOXES = [
    BoxView(
        name="shop",
        cameras=1,
        capacity=4,
        state="leads",
        page="https://shop.example:8080/",
        clock_s=-0.0123,
        clock_error_s=0.0004,
    ),
    BoxView(name="attic", cameras=0, capacity=2, state="drained", page="javascript:alert(1)"),
]
CAMERAS = [
    CameraView(name="door", box="shop", state="live", source="rtsp://10.0.0.2/", note="", clock_s=0.035),
    CameraView(name="yard", box="", state="unplaced", source="<b>demo</b>", note="every box is at its capacity"),
]


def test_the_fleet(
    serve: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines and cameras with their state, renewed while somebody looks; only pages of the web become links."""
    directory = tmp_path / "run"
    directory.mkdir()
    monkeypatch.setenv(RUN_VARIABLE, str(directory))
    site = serve()
    page = visit().page
    page.goto(site.url)
    assert page.get_by_role("link", name="Fleet").count() == 0

    write_view(directory, FleetView(cameras=CAMERAS, boxes=BOXES))
    assert not is_asked(directory)
    page.goto(site.url)
    page.get_by_role("link", name="Fleet").click()
    rows = page.locator("tbody tr")
    until(lambda: rows.count() == 4, page.content)
    texts = [row.split("\t") for row in rows.all_inner_texts()]
    assert [[cell.strip() for cell in row] for row in texts] == [
        ["shop", "1 / 4", "running, places the cameras", "-12.3 ms ± 0.4"],
        ["attic", "0 / 2", "empty", ""],
        ["door", "shop", "live", "", "+35.0 ms", "rtsp://10.0.0.2/"],
        ["yard", "", "no machine takes it", "every machine is at its capacity", "", "<b>demo</b>"],
    ]
    page.get_by_role("link", name="Afficher la page en français").click()
    page.get_by_text("-12,3 ms ± 0,4").wait_for()
    assert page.get_by_text("toutes les machines sont au complet").count() == 1
    links = page.locator("tbody a")
    assert {link.get_attribute("href") for link in links.all()} == {"https://shop.example:8080/"}
    assert is_asked(directory)

    write_view(directory, FleetView(cameras=CAMERAS[:1], boxes=BOXES))
    until(lambda: rows.count() == 3, page.content)
