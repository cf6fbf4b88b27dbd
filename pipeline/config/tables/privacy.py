"""`[privacy]`: what no output may publish; applied to the tables before anything starts."""

from msgspec.structs import replace

from pipeline.config.config import Options, Privacy
from pipeline.config.options import Problems, stage_keys
from pipeline.config.plan import Node
from pipeline.config.registry import resolve
from pipeline.errors import Mistake

AGGREGATE = "aggregate_only"
"""Option of an output that can publish totals only."""
DRAWN = ("blur_faces", "notice")
"""Options of the overlay, and of an output that draws frames of its own."""
DETECT_HZ = "detect_hz"
"""Option of a detector that may skip frames."""
MIN_SCORE = "min_score"
"""Option of a detector: the minimum score of a face."""
LEAST = "min_people"
"""Option of an output that withholds totals of few people."""
LEAST_PEOPLE = 5
"""Default of `min_people` in the outputs."""
THUMBNAILS = "thumbnails"
"""Option of an output that can show single faces."""


def least_faces(privacy: Privacy) -> int:
    """Return the minimum number of faces of a frame whose faces metrics may count; 0: no limit."""
    return (privacy.min_people or LEAST_PEOPLE) if privacy.aggregate_only else 0


def protect_overlay(privacy: Privacy, table: Options, problems: Problems) -> Options:
    """Return the overlay's table with the options that `[privacy]` requires; all frames pass through the overlay.

    Args:
        privacy: `[privacy]`.
        table: `[overlay]` as written.
        problems: Collects the contradictions.
    """
    return _protect_drawn(privacy, "overlay", table, problems)


def protect_detect(privacy: Privacy, node: Node, problems: Problems) -> Node:
    """Return the detector, set to every frame if faces must be blurred, unless the config sets a rate.

    A new face would be visible until the next detection.

    Args:
        privacy: `[privacy]`.
        node: The detector.
        problems: Collects a threshold that would miss faces the default detects.
    """
    if not privacy.blur_faces:
        return node
    keys = stage_keys(resolve(node.use))
    if MIN_SCORE in keys and (score := node.options.get(MIN_SCORE, 0)) > (most := keys[MIN_SCORE].default):
        text = f"{MIN_SCORE}: expected at most {most} because of blur_faces in [privacy], found {score}"
        problems.add(node.name, text, Mistake(kind="forced", key=MIN_SCORE))
    if DETECT_HZ in keys and node.options.get(DETECT_HZ) is None:
        return replace(node, options={**node.options, DETECT_HZ: 0.0})
    return node


def protect_output(privacy: Privacy, node: Node, problems: Problems) -> Node:
    """Return an output with the options that `[privacy]` requires.

    Args:
        privacy: `[privacy]`.
        node: The output.
        problems: Collects the contradictions: an output of frames, or one about individuals.
    """
    if privacy.no_pictures and node.pixels != "none":
        problems.add(node.name, "expected no output that shows pictures, because of no_pictures in [privacy]")
    if privacy.blur_faces and node.options.get(THUMBNAILS):
        problems.add(node.name, f"{THUMBNAILS}: expected false, because of blur_faces in [privacy], found true")
    if stage_keys(resolve(node.use)).keys() >= set(DRAWN):
        node = replace(node, options=_protect_drawn(privacy, node.name, node.options, problems))
    node = protect_few(privacy, node, problems)
    if not privacy.aggregate_only:
        return node
    if AGGREGATE not in stage_keys(resolve(node.use)):
        problems.add(node.name, f"expected no output about individuals, because of {AGGREGATE} in [privacy]")
        return node
    if not node.options.get(AGGREGATE, True):
        problems.add(node.name, f"{AGGREGATE}: expected true as in [privacy], found false")
    return replace(node, options={**node.options, AGGREGATE: True})


def protect_few(privacy: Privacy, node: Node, problems: Problems) -> Node:
    """Return a stage that withholds what concerns few people with the number that `[privacy]` requires.

    Args:
        privacy: `[privacy]`.
        node: The stage.
        problems: Collects a smaller number in its table.
    """
    if not privacy.min_people or LEAST not in stage_keys(resolve(node.use)):
        return node
    if (given := node.options.get(LEAST, privacy.min_people)) < privacy.min_people:
        text = f"{LEAST}: expected at least {privacy.min_people} as in [privacy], found {given}"
        problems.add(node.name, text, Mistake(kind="forced", key=LEAST))
    return replace(node, options={LEAST: privacy.min_people, **node.options})


def _protect_drawn(privacy: Privacy, name: str, table: Options, problems: Problems) -> Options:
    wanted = {key: value for key in DRAWN if (value := getattr(privacy, key))}
    for key, value in wanted.items():
        if table.get(key, value) != value:
            text = f"{key}: expected {value!r} as in [privacy], found {table[key]!r}"
            problems.add(name, text, Mistake(kind="forced", key=key))
    return {**table, **wanted}
