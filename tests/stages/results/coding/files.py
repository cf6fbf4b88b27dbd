"""Small files as coders' programs write them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stages.results.coding.coded import Coded

Mark = tuple[float, float, str]
"""Start and end in seconds, and the code."""
SMILES: list[Mark] = [(0.5, 1.25, "happy"), (1.25, 2.0, "neutral"), (3.0, 4.0, "happy")]


def plain(coded: Sequence[Coded]) -> list[tuple[str, float, float, str]]:
    """Return person, start and end in seconds, and code of each interval."""
    return [(one.person, round(one.start_ms / 1e3, 6), round(one.end_ms / 1e3, 6), one.code) for one in coded]


def boris(*events: list[Any], name: str = "first", media: str = "/films/talk.mp4", **more: Any) -> dict[str, Any]:
    """Return a project with one observation."""
    conf = {"0": {"code": "happy", "type": "State event"}, "1": {"code": "blink", "type": "Point event"}}
    observation = {"file": {"1": [media], "2": []}, "events": list(events), **more}
    return {"observations": {name: observation}, "behaviors_conf": conf}


def write_boris(path: Path, project: object) -> Path:
    """Write a project."""
    path.write_text(json.dumps(project))
    return path


def textgrid(tiers: dict[str, list[Mark]], end: float) -> str:
    """Return a long TextGrid without the empty intervals between marks, which readers must not need."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, marks) in enumerate(tiers.items(), 1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f'        name = "{name}"']
        lines += ["        xmin = 0", f"        xmax = {end}", f"        intervals: size = {len(marks)}"]
        for index, (start, stop, code) in enumerate(marks, 1):
            lines += [f"        intervals [{index}]:", f"            xmin = {start}", f"            xmax = {stop}"]
            lines.append(f'            text = "{code}"')
    return "\n".join(lines) + "\n"


def eaf(body: str, header: str = "", units: str = "milliseconds") -> str:
    """Return an ELAN document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><HEADER TIME_UNITS="{units}">{header}</HEADER>'
        f"{body}</ANNOTATION_DOCUMENT>"
    )
