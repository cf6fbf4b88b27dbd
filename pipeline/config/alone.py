"""What no two stages of a run may share: files, addresses and topics."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from pipeline.config.options import Problems, stage_keys
from pipeline.config.plan import Node
from pipeline.config.reach import host_of
from pipeline.config.registry import resolve

ANY_PORT = ("0", "*")
"""Ports with which the system chooses a free one."""
ANY_HOST = ("", "*", "0.0.0.0", "::")  # noqa: S104 - compared, not opened
"""Hosts that stand for all addresses of this machine, of IPv4 or of IPv6."""
ADDRESSES = (("host", "port"), ("address",))
"""Options that say where a stage listens."""
FILES = ("path", "queue", "state")
"""Options that name what a stage writes."""


def refuse_shared(nodes: Sequence[Node], cameras: Sequence[str], metrics: str, problems: Problems) -> None:
    """Refuse stages that would write the same file, or one that a camera plays, or listen at the same address.

    Args:
        nodes: The cameras and stages.
        cameras: Names of the cameras, for paths with `{camera}`.
        metrics: Where the metrics are served, `host:port`; empty for nowhere.
        problems: Collects one line for each stage that comes too late.
    """
    taken: dict[tuple[Any, ...], str] = {}
    sources = _sources(nodes)
    listening = [("metrics", "", *_place(metrics))] if metrics else []
    for node in nodes:
        stage = resolve(node.use)
        keys = stage_keys(stage)
        for names in stage.alone:
            values = [node.options.get(name, keys[name].default) for name in names]
            if names in ADDRESSES:
                host, port = _place(":".join(map(str, values)))
                here = [(o, place) for o, at, *place in listening if at == node.keys.host]
                other = next((o for o, place in here if _meet(place, host, port)), "")
                listening.append((node.name, node.keys.host, host, port))
            elif names[0] in FILES:
                kind = node.use if names[0] in stage.folders else ""
                found = [(node.keys.host, kind, path) for path in _paths(str(values[0]), cameras)]
                other = next((taken[key] for key in found if key in taken), "")
                taken.update(dict.fromkeys(found, node.name))
                for _, _, path in found if node.keys.host == "" else ():
                    if path in sources:
                        text = f"{names[0]}: expected another file than the source of [{sources[path]}], found {path}"
                        problems.add(node.name, text)
            else:
                other = taken.setdefault((names, *values), node.name)
            if other not in ("", node.name):
                shown = ", ".join(map(str, values))
                problems.add(node.name, f"{names[-1]}: expected another than that of [{other}], found {shown}")


def _sources(nodes: Iterable[Node]) -> dict[str, str]:
    """Return the cameras by the files that they play; what is played in real time is a camera, which replaces none."""
    played = [node for node in nodes if not node.options.get("realtime")]
    texts = {node.name: str(node.options.get("source", "")).strip() for node in played}
    paths = {name: unquote(text[7:]) if text.startswith("file://") else text for name, text in texts.items()}
    homes = ((os.path.expanduser(path), name) for name, path in paths.items() if "\0" not in path)  # noqa: PTH111
    places = ((os.path.realpath(path), name) for path, name in homes)
    return {place: name for place, name in places if os.path.isfile(place)}  # noqa: PTH113 - also of a name too long


def _place(address: str) -> tuple[str, str]:
    """Return host and port of `tcp://host:port` or `host:port`; of other addresses the whole and no port."""
    scheme, _, place = address.rpartition("://")
    if scheme not in ("", "tcp"):
        return address, ""
    host = host_of(place)
    return "127.0.0.1" if host == "localhost" else host, place.rpartition(":")[2]


def _meet(place: Sequence[str], host: str, port: str) -> bool:
    """Return whether two sockets could not both listen; whether one of IPv6 takes IPv4 too is its program's choice."""
    both = {place[0], host}
    all_of_a_kind = len({":" in one for one in both}) == 1 and not both.isdisjoint(ANY_HOST)
    return place[1] == port and port not in ANY_PORT and (len(both) == 1 or all_of_a_kind)


def _paths(path: str, cameras: Sequence[str]) -> Iterator[str]:
    """Yield the files or folders of all cameras; links lead to the same file."""
    for camera in cameras if "{camera}" in path else ("",):
        yield os.path.realpath(path.replace("{camera}", camera))
