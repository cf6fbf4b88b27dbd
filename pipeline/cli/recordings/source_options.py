"""Options of recordings as text: when they began, and which part of them to process."""

from collections.abc import Mapping
from datetime import datetime

from pipeline.config.config import Config
from pipeline.config.options import Problems
from pipeline.config.tables.zones import ZONES, read_zones
from pipeline.errors import ConfigError
from stages.media.part import check_part
from stages.results.times import parse_seconds


def source_options(
    *,
    started_at: str = "",
    from_: str = "",
    to: str = "",
    rotate: int = 0,
    region: str = "",
    zones: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return the options of `[camera.NAME]` that are given; an empty text is not.

    Args:
        started_at: ISO 8601 or UNIX seconds.
        from_: Start of the part, seconds or H:MM:SS.
        to: Its end, likewise.
        rotate: Degrees clockwise by which frames are turned.
        region: `X,Y,W,H`, shares of the frame.
        zones: Polygons and lines, as in a config.

    Raises:
        ConfigError: One cannot be read, or the part is empty.
    """
    options: dict[str, object] = {}
    if started_at:
        options["started_at"] = _moment(started_at)
    for key, name, text in (("from_s", "--from", from_), ("to_s", "--to", to)):
        if text:
            try:
                options[key] = parse_seconds(text)
            except ValueError as error:
                raise ConfigError(f"{name}: {error}") from error
    if rotate:
        if rotate not in (90, 180, 270):
            raise ConfigError(f"--rotate: expected 0, 90, 180 or 270 degrees, found {rotate}")
        options["rotate"] = rotate
    if region:
        options["region"] = _region(region)
    check_part(options, is_file=True)
    if zones:
        options[ZONES] = zones
        problems = Problems()
        read_zones("NAME", options, problems)
        problems.raise_if_any("--zones")
    return options


def zones_of(config: Config, camera: str) -> Mapping[str, object] | None:
    """Return the zones of a camera in a config, None without a camera.

    Raises:
        ConfigError: There is no such camera, or it has no zones.
    """
    if not camera:
        return None
    zones = config.camera.get(camera, {}).get(ZONES)
    if not isinstance(zones, Mapping) or not zones:
        with_zones = ", ".join(name for name, table in config.camera.items() if table.get(ZONES)) or "none"
        raise ConfigError(f"--zones: expected a camera with zones in --config ({with_zones}), found {camera!r}")
    return zones


def _moment(text: str) -> float:
    """Return UNIX seconds."""
    try:
        moment = float(text) if text.replace(".", "", 1).isdecimal() else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        moment = -1.0
    if moment <= 0:
        raise ConfigError(f"expected --started-at as 2026-05-04T09:30:00 or UNIX seconds, found {text!r}")
    return moment


def _region(text: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        shares = ()
    if len(shares) != 4 or not all(0 <= share <= 1 for share in shares):
        raise ConfigError(f"--region: expected X,Y,W,H as shares of the frame, 0 to 1, found {text!r}")
    return shares
