"""Collects what a chain has made, in files small enough to be carried away from a rented machine."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.cards import load_card

MOST_BYTES = 15_000_000
"""Size of a file; larger ones are cut into parts, which `cat NAME.part-* > NAME` joins."""


def collect(folder: Path, networks: Sequence[Path], bank: Path) -> Path:
    """Copy networks with cards, logs and curves, and the bank; write `summary.json`.

    Args:
        folder: Where to; replaced if it exists.
        networks: The `.keras` files, each in its own folder.
        bank: The bank.

    Returns:
        The folder.
    """
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    summary: list[dict[str, Any]] = []
    for network in networks:
        title = network.parent.name
        (partial / title).mkdir(parents=True)
        for file in (network, network.with_suffix(".toml"), network.parent / "log.csv", network.parent / "curves.png"):
            if file.exists():
                copy_in_parts(file, partial / title)
        card = load_card(network)
        rows = {f"{row.split} {row.head}": row.values["accuracy"] for row in card.metrics if row.split != "Training"}
        summary.append({"network": title, "epoch": card.epoch, "epochs": _epochs(network), "accuracy": rows})
    copy_in_parts(bank, partial)
    (partial / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    return partial.rename(folder)


def _epochs(network: Path) -> int:
    """Return the number of epochs in the log of a training: how far it came in its time."""
    return len((network.parent / "log.csv").read_text("utf-8").splitlines()) - 1


def copy_in_parts(path: Path, folder: Path, most: int = MOST_BYTES) -> None:
    """Copy a file; a larger one becomes `NAME.part-00`, `NAME.part-01`, ..."""
    if path.stat().st_size <= most:
        shutil.copy2(path, folder / path.name)
        return
    with path.open("rb") as file:
        for i, content in enumerate(iter(lambda: file.read(most), b"")):
            (folder / f"{path.name}.part-{i:02}").write_bytes(content)
