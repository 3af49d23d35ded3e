"""Run independent chunks of replicates on the cores at hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

T = TypeVar("T")
S = TypeVar("S")


def available_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_blas_thread() -> AbstractContextManager[Any]:
    """Hold BLAS to one thread inside a ``with`` block, so that sums have one order."""
    limit: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limit


@cache
def _libraries() -> Any:
    """Return the loaded numerical libraries; to find them takes milliseconds."""
    return ThreadpoolController()


def parallel_map(
    function: Callable[[S], T], items: Iterable[S], workers: int | None = None
) -> list[T]:
    """Apply ``function`` to each item on ``workers`` threads; results keep the items' order.

    The work is done by numpy, scipy and LAPACK, which release the interpreter while they run.
    BLAS is held to one thread, so that a result never depends on how many workers there are.
    """
    workers = available_cores() if workers is None else workers
    with one_blas_thread():
        if workers <= 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(max_workers=workers) as pool:
            return list(pool.map(function, items))
