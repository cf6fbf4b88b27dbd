"""PNG plots of a training and of an evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def draw_curves(rows: Sequence[dict[str, float]], path: Path) -> None:
    """Plot loss and accuracy over the epochs."""
    figure, (left, right) = _figure(1, 2, (10, 4))
    epochs = [row["epoch"] for row in rows]
    left.plot(epochs, [row["loss"] for row in rows])
    left.set(xlabel="epoch", ylabel="loss, Training")
    for head in ("fer2013", "ferplus"):
        if head in rows[0]:
            right.plot(epochs, [100 * row[head] for row in rows], label=head)
    right.set(xlabel="epoch", ylabel="accuracy, PublicTest (%)")
    right.legend()
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def draw_confusion(matrix: NDArray[Any], names: Sequence[str], path: Path) -> None:
    """Plot a confusion matrix in per cent of each true class (row)."""
    figure, axes = _figure(1, 1, (6, 5.4))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="true", title="Percentage of each true class")
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            axes.text(j, i, f"{100 * share:.0f}", ha="center", va="center", color="white" if share > 0.5 else "black")
    figure.savefig(path, dpi=120)


def draw_reliability(
    counts: NDArray[Any], confidences: NDArray[Any], accuracies: NDArray[Any], error: float, path: Path
) -> None:
    """Plot accuracy over confidence, and a histogram of confidence."""
    figure, (top, bottom) = _figure(2, 1, (5, 6))
    full = counts > 0
    top.plot([0, 1], [0, 1], color="gray", linestyle=":")
    top.plot(confidences[full], accuracies[full], marker="o")
    top.set(xlim=(0, 1), ylim=(0, 1), ylabel="accuracy", title=f"calibration error {error:.3f}")
    bottom.bar((np.arange(len(counts)) + 0.5) / len(counts), counts, width=0.9 / len(counts))
    bottom.set(xlim=(0, 1), xlabel="confidence", ylabel="images")
    figure.savefig(path, dpi=120)


def draw_roc(p: NDArray[Any], labels: NDArray[np.int64], names: Sequence[str], path: Path) -> None:
    """Plot the receiver operating characteristic of each class against the others, with the area under it."""
    figure, axes = _figure(1, 1, (6, 5.4))
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":")
    for i, name in enumerate(names):
        true = (labels == i)[np.argsort(-p[:, i], kind="stable")]
        if true.any() and not true.all():
            hits = np.concatenate([[0], np.cumsum(true) / true.sum()])
            alarms = np.concatenate([[0], np.cumsum(~true) / (~true).sum()])
            axes.plot(alarms, hits, label=f"{name}, area {np.trapezoid(hits, alarms):.3f}")
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=120)


def draw_risk(coverage: NDArray[Any], risk: NDArray[Any], path: Path) -> None:
    """Plot the error rate of the most confident images over their fraction."""
    figure, axes = _figure(1, 1, (6, 4))
    axes.plot(100 * coverage, 100 * risk)
    axes.set(xlabel="coverage, most confident images first (%)", ylabel="error rate (%)", xlim=(0, 100))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure without a display or global state, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(size, layout="constrained")
    return figure, figure.subplots(rows, columns)
