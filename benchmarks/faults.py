"""Break every step in every way and count what comes of it.

    python -m benchmarks.faults [--only network|kills|disk|together|cache] [--trials N]

A trial fails, and with it this program, when a number is wrong, when half of something is left or
when the next run does not give what an undisturbed one gives. The counts of the trials go to
benchmarks/results/faults.json, part by part.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.trust import damage
from tests.trust.crashes import ACTIONS, Trials, full_disk, together
from tests.trust.network import FAULTS, FOR_GOOD, line, plan

RESULTS = Path(__file__).parent / "results" / "faults.json"
Row = dict[str, Any]


def row(fault: str, where: str, outcomes: Iterable[str] | Counter[str]) -> Row:
    counted = Counter(outcomes)
    return {"fault": fault, "where": where, "outcomes": dict(sorted(counted.items()))}


def network(trials: int, seed: int, folder: Path) -> list[Row]:
    """Each fault at ``trials`` of the steps it can meet, once and for good."""
    rows = []
    with line(folder) as broken:
        for fault in FAULTS:
            slow = fault == "no answer in time"
            at = [p for p in plan(seed, min(trials, 3) if slow else trials) if p[0] == fault]
            rows.append(row(fault, "a query", [broken.ask(*trial) for trial in at]))
            at = [p for p in plan(seed, 1) if p[0] == fault]
            rows.append(row(fault, "extract", [broken.run(*trial) for trial in at]))
            if fault != "login refused" and "clock" not in fault:
                draw = random.Random(f"{fault} {seed}")
                after = [draw.randrange(12) for _ in range(1 if slow else 3)]
                found = [broken.publish(fault, number, FOR_GOOD) for number in after]
                rows.append(row(fault, "publish", found))
            print(rows[-1], flush=True)
    return rows


def of_actions(
    fault: str, number: int, act: Callable[[Trials, int], Counter[str]], folder: Path
) -> list[Row]:
    rows = []
    for action in ACTIONS:
        outcomes = act(Trials(action, folder / f"{fault} {action}"), number)
        trials = outcomes.pop("trials")
        rows.append({**row(fault, action, outcomes), "trials": trials})
        print(rows[-1], flush=True)
    return rows


def kills(trials: int, seed: int, folder: Path) -> list[Row]:
    return of_actions("kill -9", trials, lambda of, n: of.kill(n, seed), folder)


def disk(trials: int, seed: int, folder: Path) -> list[Row]:
    return of_actions("disk full", trials, lambda of, n: full_disk(of, n, seed), folder)


def at_once(_: int, __: int, folder: Path) -> list[Row]:
    rows = []
    for action in ("extract", "render"):
        of = Trials(action, folder / f"together {action}")
        for number in (2, 10):
            outcomes = together(of, number)
            rows.append({**row(f"{number} runs at once", action, outcomes), "trials": number})
            print(rows[-1], flush=True)
    return rows


def cache(trials: int, seed: int, folder: Path) -> list[Row]:
    return [
        row("flipped bits", "cache", damage.flips(folder / "flips", trials, seed)),
        row("truncated file", "cache", damage.cuts(folder / "cuts", trials, seed)),
        row("file of another kind", "cache", damage.strangers(folder / "strangers")),
    ]


PARTS: dict[str, tuple[Callable[[int, int, Path], list[Row]], int]] = {
    "network": (network, 6), "kills": (kills, 70), "disk": (disk, 10), "together": (at_once, 1),
    "cache": (cache, 100),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--trials", type=int, help="of each fault; kills: of each action")
    parser.add_argument("--seed", type=int, default=2025)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name in chosen.only or PARTS:
        part, usual = PARTS[name]
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            rows = part(chosen.trials or usual, chosen.seed, Path(folder))
        for each in rows:
            each.setdefault("trials", sum(each["outcomes"].values()))
        found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        found[name] = {
            "measured": datetime.now(UTC).date().isoformat(),
            "seconds": round(time.monotonic() - began),
            "rows": rows,
        }
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"{name}: {sum(each['trials'] for each in rows)} trials")


if __name__ == "__main__":
    main()
