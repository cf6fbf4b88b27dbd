"""Reads ELAN documents (.eaf)."""

from pathlib import Path, PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from pipeline.errors import InputError
from stages.results.coding.coded import Coded
from stages.results.export.eaf import MARK_TYPE
from stages.results.given import composed


def read_eaf(path: Path, recording: str = "") -> list[tuple[str, Coded]]:
    """Return each annotation with the name of its tier; times are those of the media file.

    An annotation without times of its own has those of its parent; siblings share them evenly, as ELAN shows them.
    ELAN counts from the TIME_ORIGIN of a media file that starts late, which is added.

    Args:
        path: The document.
        recording: Name of the recording without its ending, to choose between several media files.

    Raises:
        InputError: It is not an ELAN document.
        OSError: It cannot be read.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise InputError(f"expected an ELAN document, found {error}, in {path}") from error
    if root.tag != "ANNOTATION_DOCUMENT":
        raise InputError(f"expected an ELAN document, found the element {root.tag}, in {path}")
    header = root.find("HEADER")
    if header is not None and header.get("TIME_UNITS", "milliseconds") != "milliseconds":
        raise InputError(f"expected times in milliseconds, found {header.get('TIME_UNITS')}, in {path}")
    try:
        slots = {slot.attrib["TIME_SLOT_ID"]: float(slot.get("TIME_VALUE", "nan")) for slot in root.iter("TIME_SLOT")}
        origin_ms = _origin_ms(root, recording)
        times = _times(root, slots)
        return [
            (name, Coded(tier.get("PARTICIPANT") or name, start + origin_ms, end + origin_ms, _value(one)))
            for tier in root.iter("TIER")
            if tier.get("LINGUISTIC_TYPE_REF") != MARK_TYPE  # nobody coded Emobot's markers
            for name in [tier.attrib["TIER_ID"]]
            for one in _annotations(tier)
            for start, end in [times[one.attrib["ANNOTATION_ID"]]]
        ]
    except (KeyError, ValueError) as error:
        raise InputError(f"expected a valid ELAN document, found {error} missing or wrong, in {path}") from error


def _annotations(tier: Element) -> list[Element]:
    return [one for kind in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION") for one in tier.iter(kind)]


def _value(annotation: Element) -> str:
    return (annotation.findtext("ANNOTATION_VALUE") or "").strip()


def _origin_ms(root: Element, recording: str) -> float:
    media = list(root.iter("MEDIA_DESCRIPTOR"))
    named = [one for one in media if composed(PurePosixPath(unquote(one.get("MEDIA_URL", ""))).stem) == recording]
    return next((float(one.get("TIME_ORIGIN", 0)) for one in named or media), 0.0)


def _times(root: Element, slots: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return start and end of every annotation."""
    times: dict[str, tuple[float, float]] = {}
    for tier in root.iter("TIER"):
        aligned = [
            (one.attrib["ANNOTATION_ID"], one.attrib["TIME_SLOT_REF1"], one.attrib["TIME_SLOT_REF2"])
            for one in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        names = list(dict.fromkeys(slot for _, *both in aligned for slot in both))
        at = np.array([slots[name] for name in names])
        known = np.flatnonzero(~np.isnan(at))
        if names and not known.size:
            raise ValueError("TIME_VALUE")
        # slots without a time lie evenly between those with one
        filled = dict(
            zip(names, np.interp(np.arange(len(names)), known, at[known]).tolist() if names else (), strict=True)
        )
        times |= {name: (filled[start], filled[end]) for name, start, end in aligned}
    children: dict[tuple[str, str], list[str]] = {}
    for tier in root.iter("TIER"):
        for one in tier.iter("REF_ANNOTATION"):
            children.setdefault((tier.attrib["TIER_ID"], one.attrib["ANNOTATION_REF"]), []).append(
                one.attrib["ANNOTATION_ID"]
            )
    while children:
        ready = [key for key in children if key[1] in times]
        if not ready:
            raise ValueError("ANNOTATION_REF")
        for key in ready:
            start, end = times[key[1]]
            names = children.pop(key)
            edges = np.linspace(start, end, len(names) + 1).tolist()
            times |= {name: (edges[i], edges[i + 1]) for i, name in enumerate(names)}
    return times
