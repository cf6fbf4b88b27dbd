"""The camera that shows the browser's own, which the web page names."""

from collections.abc import Iterable

from pipeline.config.config import Config
from pipeline.config.options import Problems
from pipeline.config.plan import Node
from pipeline.config.registry import OUTPUTS
from pipeline.redaction import redact

ROUTE = "/webcam.mjpg"
"""Where the page sends what the browser's camera shows."""


def check_webcam(config: Config, outputs: Iterable[Node], problems: Problems) -> None:
    """Refuse a page whose `webcam` names no camera, or one that reads something else than the page.

    A box of a fleet gets its cameras later, so there any name may be right.

    Args:
        config: The tables.
        outputs: The outputs.
        problems: Collects the mistakes.
    """
    for node in outputs:
        name = node.options.get("webcam", "") if node.use == OUTPUTS["web"] else ""
        if not name or config.fleet:
            continue
        if (camera := config.camera.get(name)) is None:
            known = ", ".join(config.camera) or "no name without tables [camera.NAME]"
            how = "remove this key in the config file, which a run reads again on SIGHUP"
            found = f"found {name!r}: add [camera.{name}], or {how}"
            problems.add(node.name, f"webcam: expected {'one of ' if config.camera else ''}{known}, {found}")
        elif "use" not in camera and ROUTE not in str(camera.get("source", "")):
            source = redact(str(camera.get("source", "nothing")))
            expected = f'a camera whose source is this page, such as "http://127.0.0.1:8080{ROUTE}"'
            problems.add(node.name, f"webcam: expected {expected}, found {name!r} with {source!r}")
