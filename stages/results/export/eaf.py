"""ELAN's .eaf: a tier per person with labels from a controlled vocabulary, and one for markers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import inf
from pathlib import PurePath
from xml.etree import ElementTree as Xml

from stages.results.episodes import Episode
from stages.results.export.document import Document, Mark, Media, one_line
from stages.results.reading import LABELS

TYPE, VOCABULARY, LANGUAGE = "emotion", "emotions", "eng"
MARK_TYPE = "Emobot marker"
"""Type of the tiers of markers; `emobot agree` skips them."""
MARK_MS = 200.0
"""Longest annotation of a marker, milliseconds: in ELAN a moment needs a length to be seen."""
MIME_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mpg": "video/mpeg", ".mpeg": "video/mpeg"}
"""Types that ELAN distinguishes; every other video is `video/*`."""
CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refer to the same parent",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}
"""Stereotypes that ELAN writes into every file, so that users can add tiers."""
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def write(document: Document) -> dict[str, str]:
    """Return the file's text by suffix."""
    root = Xml.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "Emobot",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": XSI,
            "xsi:noNamespaceSchemaLocation": SCHEMA,
        },
    )
    header = Xml.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if document.media:
        Xml.SubElement(header, "MEDIA_DESCRIPTOR", _media(document.media))
    people = [(person.name, episode) for person in document.people for episode in person.episodes]
    marks = [(tier, span) for tier, found in document.mark_tiers.items() for span in _spans(found)]
    Xml.SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId").text = str(len(people) + len(marks))
    # the order of elements is the schema's
    slots = _time_order(root, [span for _, span in people + marks])
    tiers = {p.name: Xml.SubElement(root, "TIER", _tier(p.name)) for p in document.people}
    tiers |= {name: Xml.SubElement(root, "TIER", _mark_tier(name)) for name in document.mark_tiers}
    for number, ((tier, span), (start, end)) in enumerate(zip(people + marks, slots, strict=True), 1):
        attributes = {"ANNOTATION_ID": f"a{number}", "TIME_SLOT_REF1": start, "TIME_SLOT_REF2": end}
        if number <= len(people):
            attributes["CVE_REF"] = f"cve_{span.label}"
        annotation = Xml.SubElement(Xml.SubElement(tiers[tier], "ANNOTATION"), "ALIGNABLE_ANNOTATION", attributes)
        Xml.SubElement(annotation, "ANNOTATION_VALUE").text = span.label
    kinds = {TYPE: {"CONTROLLED_VOCABULARY_REF": VOCABULARY}} | ({MARK_TYPE: {}} if marks else {})
    for name, vocabulary in kinds.items():
        kind = {**vocabulary, "GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": name, "TIME_ALIGNABLE": "true"}
        Xml.SubElement(root, "LINGUISTIC_TYPE", kind)
    definition = f"http://cdb.iso.org/lg/CDB-00138502-001#{LANGUAGE}"
    Xml.SubElement(root, "LANGUAGE", LANG_DEF=definition, LANG_ID=LANGUAGE, LANG_LABEL="English (eng)")
    for stereotype, text in CONSTRAINTS.items():
        Xml.SubElement(root, "CONSTRAINT", DESCRIPTION=text, STEREOTYPE=stereotype)
    _vocabulary(root)
    Xml.indent(root)
    return {".eaf": f"{DECLARATION}\n{Xml.tostring(root, 'unicode')}\n"}


def _media(media: Media) -> dict[str, str]:
    absolute, relative = one_line(media.absolute), one_line(media.relative)
    # ELAN reads and writes paths unchanged, without %20
    url = f"file://{absolute}" if absolute.startswith("/") else absolute
    if not relative.startswith("."):
        relative = f"./{relative}"
    kind = MIME_TYPES.get(PurePath(absolute).suffix.lower(), "video/*")
    return {"MEDIA_URL": url, "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": relative}


def _time_order(root: Xml.Element, found: list[Episode]) -> list[tuple[str, str]]:
    """Write two slots for each episode; return their names.

    Annotations share no slots, as in ELAN's own files: a slot is a border that users drag.
    """
    times = [round(at) for episode in found for at in (episode.start_ms, episode.end_ms)]
    order = Xml.SubElement(root, "TIME_ORDER")
    names = [""] * len(times)
    for number, index in enumerate(sorted(range(len(times)), key=times.__getitem__), 1):
        names[index] = f"ts{number}"
        Xml.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=names[index], TIME_VALUE=str(times[index]))
    return list(zip(names[::2], names[1::2], strict=True))


def _tier(name: str) -> dict[str, str]:
    return {"LINGUISTIC_TYPE_REF": TYPE, "PARTICIPANT": name, "TIER_ID": name}


def _mark_tier(name: str) -> dict[str, str]:
    return {"LINGUISTIC_TYPE_REF": MARK_TYPE, "TIER_ID": name}


def _spans(marks: Sequence[Mark]) -> list[Episode]:
    """Return markers with a length: until the next one, at most `MARK_MS`."""
    ends = [*(mark.at_ms for mark in marks[1:]), inf]
    return [
        Episode(start_ms=mark.at_ms, end_ms=min(mark.at_ms + MARK_MS, end), label=mark.text, track=0)
        for mark, end in zip(marks, ends, strict=True)
    ]


def _vocabulary(root: Xml.Element) -> None:
    vocabulary = Xml.SubElement(root, "CONTROLLED_VOCABULARY", CV_ID=VOCABULARY)
    Xml.SubElement(vocabulary, "DESCRIPTION", LANG_REF=LANGUAGE).text = "Labels of Emobot"
    for label in LABELS:
        entry = Xml.SubElement(vocabulary, "CV_ENTRY_ML", CVE_ID=f"cve_{label}")
        Xml.SubElement(entry, "CVE_VALUE", DESCRIPTION="", LANG_REF=LANGUAGE).text = label
