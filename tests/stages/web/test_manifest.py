"""A phone gets what it needs to install the page."""

import cv2
import numpy as np
from starlette.testclient import TestClient


def test_a_phone_can_install_the_page(client: TestClient) -> None:
    """The manifest names icons that exist, in the sizes it says."""
    answer = client.get("/manifest.json", headers={"accept-language": "fr"})
    manifest = answer.json()

    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert (manifest["start_url"], manifest["display"], manifest["lang"]) == ("/", "standalone", "fr")
    for icon in manifest["icons"]:
        image = cv2.imdecode(np.frombuffer(client.get(icon["src"]).content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image is not None
        assert icon["sizes"] == f"{image.shape[1]}x{image.shape[0]}"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert client.get("/icon-100.png").status_code == 404
