"""Questions to the API of a run, and to axe-core about a page."""

import json
from typing import Any
from urllib.request import Request, urlopen


def ask(run: Any, method: str, path: str, body: object = None) -> Any:
    """Ask the run's API as a program does."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{run.url}/api{path}", data, {"content-type": "application/json"}, method=method)
    with urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def violations(page: Any) -> list[tuple[str, list[str]]]:
    """Return the rules of axe-core that a page breaks, whatever their impact, and where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
