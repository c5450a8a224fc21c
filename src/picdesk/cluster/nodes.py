"""What the nodes of a cluster have."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

from picdesk.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "picdesk"


LOOK_SECONDS = 60.0
"""How long nodes have to answer; one that is still starting is not waited for."""


def check_nodes(ray: Any) -> None:
    """Make sure that the nodes have this Picdesk: Ray would try again for ever to run what a node cannot import.

    Raises:
        MissingError: one has none, or another one; nodes that join later are not looked at.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = version_here()
    # A function of Python's own library is the one thing that every node surely has.
    ask = ray.remote(num_cpus=0, max_retries=0)(importlib.metadata.version)
    asked = {}
    for node in ray.nodes():
        if node["Alive"]:
            at = NodeAffinitySchedulingStrategy(node["NodeID"], soft=True)
            asked[ask.options(scheduling_strategy=at).remote(NAME)] = node["NodeManagerHostname"]
    answered, _ = ray.wait(list(asked), num_returns=len(asked), timeout=LOOK_SECONDS)
    for answer in answered:
        try:
            there = ray.get(answer)
        except ray.exceptions.RayTaskError:
            there = "missing"
        if there != here:
            raise MissingError(
                f"the cluster's node {asked[answer]} has not Picdesk {here}: {there}",
                f"Install the same on every node: pip install 'picdesk[cluster]=={here}'",
            )


def version_here() -> str:
    """The version of Picdesk on this machine."""
    return importlib.metadata.version(NAME)


def cores_of_a_node(ray: Any) -> float:
    """Cores of the smallest node that has any; 1 where none has joined yet."""
    return min((count for count in _each_has(ray, "CPU") if count), default=1.0)


def gpus_of_use(ray: Any, is_of_use: Callable[[], bool]) -> int:
    """GPUs of a cluster; 0 where the node of one lacks what it takes to use it, or does not answer.

    Args:
        ray: connected.
        is_of_use: asked on a node with a GPU.
    """
    count = int(sum(_each_has(ray, "GPU")))
    if not count:
        return 0
    asked = ray.remote(num_gpus=1, num_cpus=0)(_asked).remote(is_of_use)
    # Its only node may be lost before it has answered.
    answered, _ = ray.wait([asked], timeout=LOOK_SECONDS)
    if not answered:
        ray.cancel(asked)
        return 0
    return count if ray.get(asked) else 0


def _each_has(ray: Any, resource: str) -> list[float]:
    return [float(node["Resources"].get(resource, 0.0)) for node in ray.nodes() if node["Alive"]]


def _asked(question: Callable[[], bool]) -> bool:
    return question()
