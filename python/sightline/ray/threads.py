"""The number of threads of an actor: as many as the processors that Ray assigned to it."""

from __future__ import annotations

import os
import sys
import warnings

__all__: list[str] = []


def assigned_cpus() -> int:
    """Returns the processors of this actor or task, at least 1."""
    import ray

    return max(1, int(ray.get_runtime_context().get_assigned_resources().get("CPU", 1)))


def use_assigned_cpus() -> None:
    """Sets the number of OpenMP threads. Call before the native library is loaded, which reads it once."""
    threads = str(assigned_cpus())
    if "sightline._native" in sys.modules and os.environ.get("OMP_NUM_THREADS") != threads:
        warnings.warn(
            f"sightline was loaded before the actor started and keeps its number of threads, not {threads}", stacklevel=2
        )
        return
    os.environ["OMP_NUM_THREADS"] = threads
