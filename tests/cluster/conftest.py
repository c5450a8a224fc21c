from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from picdesk.objects import ObjectPath
from tests.command_line import ENVIRONMENT
from tests.objects.conftest import at_server, make_bucket
from tests.objects.server import s3_server

STORE = 80 * 1024 * 1024
"""Bytes of each node's shared memory: the least that Ray takes is 75 MiB."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[ObjectPath]:
    """A bucket; the environment leads to it, that of the nodes too."""
    with s3_server() as port, at_server(port):
        yield make_bucket(port)


@pytest.fixture(scope="module")
def two_nodes(bucket: ObjectPath) -> Iterator[Any]:
    """A Ray cluster of two one-core nodes on this machine, to which this process is connected."""
    assert bucket
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'picdesk[cluster]'")
    from picdesk.cluster.connect import require_ray

    ray = require_ray()
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_AUTH_MODE", "disabled")  # no key in the home folder of whoever runs the tests
    patch.setitem(ENVIRONMENT, "RAY_AUTH_MODE", "disabled")
    patch.delenv("RAY_ADDRESS", raising=False)
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"num_cpus": 1, "object_store_memory": STORE}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
        patch.undo()
