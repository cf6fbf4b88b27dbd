"""The random faults of a chaos run and their targets."""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["kill", "freeze", "hold", "set", "mistake", "pause", "add"]

STAGES = ("detect", "emotion", "overlay", "output.events")
"""The stages that get faults; the outputs that record frames are spared."""
_WEIGHTS: dict[Kind, int] = {"kill": 8, "freeze": 3, "hold": 2, "set": 4, "mistake": 2, "pause": 2, "add": 1}
SPARED = 8
"""Faults for which a process is spared after a fault, because the supervisor backs off after each crash in a minute."""
_SETTINGS: Sequence[tuple[str, str, Sequence[Any]]] = (
    ("detect", "detect_hz", (4.0, 5.0, 6.0, 8.0)),
    ("detect", "min_face_px", (12.0, 16.0, 20.0)),
    ("emotion", "max_wait_ms", (1.0, 2.0, 3.0)),
    ("emotion", "margin", (0.1, 0.15)),
    ("overlay", "bars", (True, False)),
    ("overlay", "labels", ("en", "fr")),
)
MISTAKES: Sequence[tuple[str, dict[str, Any]]] = (
    ("detect", {"detect_hz": -1.0}),
    ("detect", {"detector": "eyes"}),
    ("detect", {"detector": "yunet", "model_path": "/nowhere/yunet.onnx"}),
    ("emotion", {"model": "/nowhere/network.keras"}),
    ("emotion", {"batch": 0}),
    ("overlay", {"labels": "klingon"}),
    ("overlay", {"bar": True}),
    ("camera.new", {"source": "demo", "width": 7}),
    ("camera.new", {"sorce": "demo"}),
    ("output.events", {"address": "tcp://127.0.0.1:1"}),
)
"""Invalid changes: a wrong name, value or type, and one that only the process can detect."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One fault.

    `kill` is SIGKILL. `freeze` is SIGSTOP until the process is replaced, or `seconds` for a network camera. `hold` is
    SIGSTOP for `seconds`. `set` changes options, while the named processes, if any, are killed. `mistake` is a change
    that must be rejected. `pause` pauses a camera for `seconds`. `add` adds a camera and removes it again.
    """

    kind: Kind
    whom: tuple[str, ...] = ()
    """Stages, or `server.N` for a network camera."""
    seconds: float = 0.0
    table: str = ""
    keys: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return a short description."""
        keys = " ".join(f"{key}={value}" for key, value in self.keys.items())
        return " ".join(filter(None, (self.kind, *self.whom, self.table, keys)))


def draw(seed: int, cameras: Sequence[str], servers: int = 0) -> Iterator[Deed]:
    """Yield an endless sequence of faults, determined by the seed.

    Args:
        seed: Any number.
        cameras: Names of the cameras, network cameras first.
        servers: Number of network cameras, each with its own server.
    """
    rng = random.Random(seed)
    everybody = [*STAGES, *(f"camera.{name}" for name in cameras), *(f"server.{n}" for n in range(servers))]
    spared: deque[str] = deque(maxlen=min(SPARED, len(everybody) - 3))
    demos = cameras[servers:]
    while True:
        (kind,) = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        seconds = round(rng.uniform(0.5, 2.0), 2)
        free = [name for name in everybody if name not in spared]
        victims = tuple(rng.sample(free, 1 + (rng.random() < 0.25)))
        if kind in ("kill", "freeze", "hold"):
            spared.extend(victims)
            yield Deed(kind, victims[:1] if kind == "hold" else victims, 1.0 if kind == "hold" else seconds)
        elif kind == "set":
            table, key, values = rng.choice(_SETTINGS)
            if demos and rng.random() < 0.2:
                table, key, values = f"camera.{rng.choice(demos)}", "seed", range(100)
            # Spare the processes being replaced: killing a new one rolls the change back, which is correct.
            also = tuple(v for v in victims[:1] if v != table and not v.startswith("server.") and rng.random() < 0.3)
            spared.extend(also)
            yield Deed(kind, also, seconds, table=table, keys={key: rng.choice(values)})
        elif kind == "mistake":
            table, keys = rng.choice(MISTAKES)
            yield Deed(kind, table=table, keys=keys)
        elif kind == "pause":
            yield Deed(kind, seconds=seconds, table=f"camera.{rng.choice(cameras)}")
        else:
            yield Deed(kind, seconds=seconds, table="camera.new", keys={"seed": rng.randrange(100)})
