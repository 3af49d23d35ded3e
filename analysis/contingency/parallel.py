"""Run independent chunks of replicates on the cores at hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

T = TypeVar("T")
S = TypeVar("S")


def available_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parallel_map(
    function: Callable[[S], T], items: Iterable[S], workers: int | None = None
) -> list[T]:
    """Apply ``function`` to each item on ``workers`` threads; results keep the items' order.

    The work is done by numpy, scipy and LAPACK, which release the interpreter while they run.
    BLAS is held to one thread, so that a result never depends on how many workers there are.
    """
    workers = available_cores() if workers is None else workers
    with threadpool_limits(limits=1, user_api="blas"):
        if workers <= 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(max_workers=workers) as pool:
            return list(pool.map(function, items))
