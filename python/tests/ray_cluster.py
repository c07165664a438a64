"""A local cluster for the tests of sightline.ray."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ray = pytest.importorskip("ray", reason="pip install 'sightline[ray]'")


def require_loopback() -> None:
    """Skips the test unless loopback is the only interface, and prepares the environment of workers.

    Ray listens on all interfaces and replaces 127.0.0.1 by the machine's address. To run the tests:
    unshare --net sh -c 'ip link set lo up; …'.
    """
    found = ray.util.get_node_ip_address()
    if not found.startswith("127."):
        pytest.skip(f"Ray would listen on {found}: run in a network namespace (unshare --net)")
    tests = str(Path(__file__).parent)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["PYTHONPATH"] = os.pathsep.join([tests, *filter(None, sys.path)])  # for workers


@contextmanager
def cluster(cpus: int = 2) -> Iterator[None]:
    """Starts Ray on this machine, with one node."""
    require_loopback()
    ray.init(
        address="local",
        num_cpus=cpus,
        include_dashboard=False,
        object_store_memory=200 << 20,
        configure_logging=False,
        log_to_driver=False,
    )
    try:
        yield
    finally:
        ray.shutdown()
