"""Configs of stub stages, and their plans."""

from typing import Any

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.config.plan import Plan

STUBS = "tests.pipeline.stubs"


def make_tables(**more: Any) -> dict[str, Any]:
    """Return the tables of a small run of stub stages."""
    tables: dict[str, Any] = {
        "camera": {"a": {"use": f"{STUBS}:Numbers"}, "b": {"use": f"{STUBS}:Numbers"}},
        "detect": {"use": f"{STUBS}:Pass"},
        "emotion": {"use": f"{STUBS}:Model"},
        "overlay": {"use": f"{STUBS}:Invert"},
        "output": {
            "look": {"use": f"{STUBS}:Look", "path": "/dev/null"},
            "note": {"use": f"{STUBS}:Write", "path": "/dev/null"},
        },
    }
    for table, keys in more.items():
        tables[table] = {**tables.get(table, {}), **keys}
    return tables


def make_plan(**more: Any) -> Plan:
    """Return the plan of these tables."""
    return build_plan(parse_config(make_tables(**more)), "c.toml")
