"""How all benchmarks measure: in processes of their own, in turn, and written down in one form."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.extracts.catalogue import SIZES

RESULTS = Path(__file__).parent / "results"
SAMPLES = Path(".study")
PARAMETERS: dict[str, Any] = SIZES | {"pseudonym_key": "a key", "same_box": True}
"""What all extracts are asked with."""
LOAD = os.getloadavg()[0]
"""Processes that waited for the machine before the benchmark began."""


def sample(scale: float, seed: int = 2025) -> Path:
    """Return the file of the calibrated sample, built where it is not there yet."""
    from analysis.warehouse.sample_file import ensure_sample

    path = SAMPLES / f"sample-calibrated-{scale:g}-{seed}.duckdb"
    ensure_sample(path, seed=seed, world="calibrated", scale=scale, progress=lambda *_: None)
    return path


def in_child(module: str, *arguments: str, timeout: float = 3600) -> dict[str, Any]:
    """Run ``python -m MODULE ARGUMENTS`` and return the JSON object of its last line."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *arguments],
        capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)}: {done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def peak() -> float:
    """Return the most memory that this process held, in MiB.

    On Linux the kernel's own count, because ``ru_maxrss`` also covers the parent before the child
    became a program of its own.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report_child(run: Callable[[], Mapping[str, Any]]) -> None:
    """In a child: run, then print wall and processor seconds, peak memory and what came out."""
    start, spent = time.perf_counter(), time.process_time()
    found = run()
    facts = {
        "seconds": time.perf_counter() - start,
        "processor_seconds": time.process_time() - spent,
        "peak_MiB": peak(),
        "found": dict(found),
    }
    sys.stdout.write(json.dumps(facts, default=float) + "\n")


def in_turn(
    runs: Mapping[str, Callable[[], dict[str, Any]]], repeats: int, fewer: Mapping[str, int]
) -> dict[str, list[dict[str, Any]]]:
    """Run every contender once in each round; some, that take long, only in the first rounds."""
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
    for turn in range(repeats):
        for name, run in runs.items():
            if turn < fewer.get(name, repeats):
                rounds[name].append(run())
    return rounds


def spread(values: Iterable[float]) -> dict[str, float]:
    """Return median, least and most."""
    found = sorted(values)
    return {
        "median": round(statistics.median(found), 4),
        "least": round(found[0], 4),
        "most": round(found[-1], 4),
    }


def goal(name: str, measured: float, wanted: float, *, at_least: bool) -> dict[str, Any]:
    """Return one line of the table of goals."""
    return {
        "goal": name,
        "measured": round(measured, 4),
        "wanted": wanted,
        "sense": "at least" if at_least else "at most",
        "met": bool(measured >= wanted if at_least else measured <= wanted),
    }


def write(name: str, facts: Mapping[str, Any], packages: Sequence[str]) -> Path:
    """Write a result with machine, versions and date to ``benchmarks/results/NAME.json``."""
    path = RESULTS / f"{name}.json"
    whole = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "memory_GiB": round(
                os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1
            ),
            "system": platform.system(),
            "load": round(LOAD, 1),
        },
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
        },
        **facts,
    }
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    for line in whole.get("goals", []):
        verdict = "met" if line["met"] else "MISSED"
        print(
            f"{line['goal']}: {line['measured']:g}, {line['sense']} {line['wanted']:g}: {verdict}"
        )
    return path
