"""Reads what figures show."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from models.display.wording import Wording
from stages.results.figures.texts import FIGURE_TEXTS

EN, FR = (Wording(language, FIGURE_TEXTS[language]) for language in ("en", "fr"))


def texts(path: Path) -> list[str]:
    """Return all texts of an SVG, in their order."""
    return ["".join(one.itertext()).strip() for one in ElementTree.parse(path).iter() if one.tag.endswith("}text")]


def size_mm(path: Path) -> tuple[float, float]:
    """Return width and height of an SVG in millimetres."""
    root = ElementTree.parse(path).getroot()
    return tuple(float(root.attrib[name].removesuffix("pt")) / 72 * 25.4 for name in ("width", "height"))  # type: ignore[return-value]


def colors(path: Path) -> Iterator[str]:
    """Yield the fills of an SVG."""
    for one in ElementTree.parse(path).iter():
        for part in one.get("style", "").split(";"):
            name, _, value = part.partition(":")
            if name.strip() == "fill":
                yield value.strip().upper()
