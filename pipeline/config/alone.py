"""What no two stages of a run may share: files, addresses and topics."""

import os
from collections.abc import Iterable
from typing import Any

from pipeline.config.options import Key, Problems, stage_keys
from pipeline.config.plan import Node
from pipeline.config.registry import resolve

ANY_PORT = (0, "tcp://*:*")
"""Values with which the system chooses a free port."""


def refuse_shared(nodes: Iterable[Node], problems: Problems) -> None:
    """Refuse stages that would write the same file, or listen at the same address.

    Args:
        nodes: The stages.
        problems: Collects one line for each stage that comes too late.
    """
    taken: dict[tuple[Any, ...], str] = {}
    for node in nodes:
        stage = resolve(node.use)
        options = stage_keys(stage)
        for names in stage.alone:
            values = tuple(_value(node, name, options[name]) for name in names)
            if any(value in ANY_PORT or str(value).endswith((":0", ":*")) for value in values):
                continue
            # folders of different kinds of files may be the same; other files may not
            key = (node.use if "path" in names else "", names if len(names) > 1 else "", *values)
            if (other := taken.setdefault(key, node.name)) != node.name:
                shown = ", ".join(str(node.options.get(name, options[name].default)) for name in names)
                text = f"{names[-1]}: expected another than that of [{other}], found {shown}"
                problems.add(node.name, text)


def _value(node: Node, name: str, key: Key) -> Any:
    value = node.options.get(name, key.default)
    return os.path.abspath(value) if name in ("path", "queue", "state") else value  # noqa: PTH100 - ".." is resolved
