"""How the measurements of `range` are shown."""

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.base import Fields

COMPARED = ("recording", "live")
"""What is measured with the user's options: recordings and live cameras."""


COLUMNS = {
    "what": "footage",
    "size": "face, px",
    "found": "found in recordings",
    "found_live": "live",
    "framed": "box fits in recordings",
    "centre": "centre off, p50 (p95)",
    "side": "side off",
    "p50": "found live after, p50",
    "p95": "p95",
    "label": "same label in recordings",
    "label_live": "live",
    "refused": "refused in recordings",
    "refused_live": "live",
    "tracks": "tracks swapped, split in recordings",
    "tracks_live": "live",
    "false": "false faces per minute",
    "false_live": "live",
}


def rows(fields: Fields) -> list[Sequence[str]]:
    """Return a row per size, background and height, then one per trial without sizes.

    Older reports have neither the clips themselves nor people, nor refused faces.
    """
    table: list[Sequence[str]] = [tuple(COLUMNS.values())]
    for r in fields["sizes"]:
        what = f"{r['width']} x {r['height']}, {r['background']}"
        p50, p95 = (_seconds(r[f"until_found_{p}_s"], r["appearances"]) for p in ("p50", "p95"))
        false = _both("false", (_rate(r[f"false_per_minute_{name}"]) for name in COMPARED))
        table.append(_row(what=what, size=str(r["face_px"]), p50=p50, p95=p95, **_found(r), **false))
    table += [_row(what=f"clips, {r['shown']}", **_found(r)) for r in fields.get("own", ())]
    table += [_row(what=f"close-up, border {r['border']:.0%}", found=_percent(r["found"])) for r in fields["close_ups"]]
    table += [
        _row(what=f"head turned by {r['angle_deg']} degrees", found=_percent(r["found"])) for r in fields["turned"]
    ]
    for r in fields.get("people", ()):
        what = f"{r['walk']}, {r['times']} times, {r['height']}p"
        found = _both("found", (_percent(r[f"found_{name}"] / max(1, r["faces"])) for name in COMPARED))
        tracks = _both("tracks", (f"{r[f'swapped_{name}']}, {r[f'split_{name}']}" for name in COMPARED))
        table.append(_row(what=what, **found, **tracks))
    for r in fields["empty"]:
        false = _both("false", (_rate(r[f"false_per_minute_{name}"]) for name in COMPARED))
        table.append(_row(what=f"no faces: {r['what']}, {r['minutes']:.2g} min", **false))
    return table


def _row(**cells: str) -> Sequence[str]:
    return [cells.get(name, "") for name in COLUMNS]


def _both(name: str, values: Iterable[str]) -> dict[str, str]:
    """Return the cells of recordings and live cameras."""
    return dict(zip((name, f"{name}_live"), values, strict=True))


def _found(r: Fields) -> dict[str, str]:
    """Return what was found of faces that are known."""
    return {
        "framed": _percent(r["framed_recording"]),
        "centre": _off(r["centre_off"]),
        "side": _off(r["side_off"]),
        **_both("found", (_percent(r[f"found_{name}"]) for name in COMPARED)),
        **_both("label", (_percent(r[f"same_label_{name}"]) for name in COMPARED)),
        **_both("refused", (_percent(r.get(f"refused_{name}")) for name in COMPARED)),
    }


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
    if kinds:
        axes.legend(title="recordings; dotted: live")
    axes.set_title("range: faces found by size")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}%"


def _off(value: Fields | None) -> str:
    return "" if value is None else f"{100 * value['p50']:.1f}% ({100 * value['p95']:.0f}%)"


def _seconds(value: float | None, count: int) -> str:
    return f"{value:.2f} s" if value is not None else "never" if count else ""


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
