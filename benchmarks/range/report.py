"""How the measurements of `range` are shown."""

from collections.abc import Sequence
from typing import Any

from benchmarks.base import Fields

COMPARED = ("recording", "live")
"""What is measured with the user's options: recordings and live cameras."""


def rows(fields: Fields) -> list[Sequence[str]]:
    """Return a row per size, background and height, then one per trial without sizes."""
    head = (
        "footage",
        "face, px",
        "found in recordings",
        "live",
        "box fits in recordings",
        "centre off, p50 (p95)",
        "side off",
        "found live after, p50",
        "p95",
        "same label in recordings",
        "live",
        "false faces per minute",
        "live",
    )
    table: list[Sequence[str]] = [head]
    for r in fields["sizes"]:
        table.append(
            (
                f"{r['width']} x {r['height']}, {r['background']}",
                str(r["face_px"]),
                *(_percent(r[f"found_{name}"]) for name in COMPARED),
                _percent(r["framed_recording"]),
                *(_off(r[key]) for key in ("centre_off", "side_off")),
                *(_seconds(r[f"until_found_{p}_s"], r["appearances"]) for p in ("p50", "p95")),
                *(_percent(r[f"same_label_{name}"]) for name in COMPARED),
                *(_rate(r[f"false_per_minute_{name}"]) for name in COMPARED),
            )
        )
    table += [_short(f"close-up, border {r['border']:.0%}", r["found"]) for r in fields["close_ups"]]
    table += [_short(f"head turned by {r['angle_deg']} degrees", r["found"]) for r in fields["turned"]]
    for r in fields["empty"]:
        rates = (_rate(r[f"false_per_minute_{name}"]) for name in COMPARED)
        table.append((f"no faces: {r['what']}, {r['minutes']:.2g} min", *[""] * 10, *rates))
    return table


def draw(figure: Any, fields: Fields) -> None:
    """Plot the faces found against their size."""
    axes = figure.subplots()
    kinds = dict.fromkeys((r["height"], r["background"]) for r in fields["sizes"])
    for i, (height, background) in enumerate(kinds):
        sizes = [r for r in fields["sizes"] if (r["height"], r["background"]) == (height, background) and r["faces"]]
        for name, line in zip(COMPARED, ("-", ":"), strict=True):
            found = [100 * r[f"found_{name}"] for r in sizes]
            label = f"{height}p, {background}" if name == "recording" else None
            axes.plot([r["face_px"] for r in sizes], found, f"o{line}", color=f"C{i}", label=label)
    axes.set_xlabel("side of the face's box, pixels of the frame")
    axes.set_ylabel("faces found, %")
    axes.set_ylim(0, 103)
    axes.legend(title="recordings; dotted: live")
    axes.set_title("range: faces found by size")


def _short(what: str, found: float | None) -> Sequence[str]:
    return (what, "", _percent(found), *[""] * 10)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}%"


def _off(value: Fields | None) -> str:
    return "" if value is None else f"{100 * value['p50']:.1f}% ({100 * value['p95']:.0f}%)"


def _seconds(value: float | None, count: int) -> str:
    return f"{value:.2f} s" if value is not None else "never" if count else ""


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
