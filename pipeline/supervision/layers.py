"""The order in which the processes of a run are stopped."""

from collections.abc import Iterable

from pipeline.config.plan import Node
from pipeline.supervision.child import Child


def layers_of(nodes: Iterable[Node], children: Iterable[Child]) -> list[list[Child]]:
    """Return the processes in the order in which frames pass them: all sources, each filter, all sinks.

    Args:
        nodes: The stages of the run; a stage may come twice.
        children: Their processes.
    """
    layers: dict[str, list[Child]] = {"source": []}
    for node in nodes:
        if node.role == "filter":
            layers[node.name] = []
    layers["sink"] = []
    for child in children:
        layers[child.node.name if child.node.role == "filter" else child.node.role].append(child)
    return list(layers.values())
