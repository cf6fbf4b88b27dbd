"""What a stage needs of those before it, such as the size of the crops that its network takes."""

from collections.abc import Sequence

from pipeline.config.options import Problems, stage_keys
from pipeline.config.plan import Node
from pipeline.config.registry import resolve
from pipeline.errors import EmobotError
from pipeline.foreign import contained, shown


def refuse_misfits(trunk: Sequence[Node], problems: Problems) -> None:
    """Refuse options of a stage that a later one cannot work with; each of both tables is right on its own.

    Args:
        trunk: The filters in the order in which frames pass them.
        problems: Collects one line for each such option.
    """
    for i, node in enumerate(trunk):
        try:
            with contained(f"needs of {node.name}"):
                needs = dict(resolve(node.use).needs(**node.options))
        except EmobotError:
            continue  # its own options cannot work, which was reported
        for before in trunk[:i]:
            keys = stage_keys(resolve(before.use))
            for name in needs.keys() & keys.keys():
                found = before.options.get(name, keys[name].default)
                if found != needs[name]:
                    expected = f"expected {shown(needs[name])}, which [{node.name}] needs"
                    problems.add(before.name, f"{name}: {expected}, found {shown(found)}")
