"""A local cluster for the tests of sightline.ray."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ray = pytest.importorskip("ray", reason="pip install 'sightline[ray]'")


@contextmanager
def cluster(cpus: int = 2) -> Iterator[None]:
    """Starts Ray on this machine; nothing outside reaches it."""
    tests = str(Path(__file__).parent)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # A busy machine may need longer than Ray waits by default.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")
    os.environ.setdefault("RAY_agent_register_timeout_ms", "300000")
    os.environ["PYTHONPATH"] = os.pathsep.join([tests, *filter(None, sys.path)])  # for workers
    ray.init(
        num_cpus=cpus,
        include_dashboard=False,
        object_store_memory=200 << 20,
        _node_ip_address="127.0.0.1",
        configure_logging=False,
        log_to_driver=False,
    )
    try:
        yield
    finally:
        ray.shutdown()
