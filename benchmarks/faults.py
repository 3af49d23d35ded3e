"""Break every step in every way and count what comes of it.

    python -m benchmarks.faults [--only network|kills|disk|together|cache|rows] [--at ACTION]
        [--trials N] [--anew]

A trial fails, and with it this program, when a number is wrong, when half of something is left or
when the next run does not give what an undisturbed one gives. Trials add up in
benchmarks/results/faults.json, each run at moments of its own; ``--anew`` forgets the older ones.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock

from analysis.warehouse.sample_file import ensure_sample
from tests.trust import damage
from tests.trust.crashes import ACTIONS, Trials, full_disk, together
from tests.trust.judging import LAWFUL, cases, contract_of, study_of
from tests.trust.warehouses import lifelike

RESULTS = Path(__file__).parent / "results" / "faults.json"
AT_A_TIME = 5
Row = dict[str, Any]
Places = Sequence[str]


def row(fault: str, where: str, outcomes: Iterable[str] | Counter[str]) -> Row:
    counted = Counter(outcomes)
    trials = counted.pop("trials", 0) or sum(counted.values())
    return {"fault": fault, "where": where, "outcomes": dict(counted), "trials": trials}


def recorded() -> dict[str, Any]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def add(part: str, new: Row) -> None:
    """Add the trials of a row to those of the same fault at the same place."""
    with FileLock(Path(tempfile.gettempdir()) / "author-panels-faults.lock"):
        found = recorded()
        rows = {(r["fault"], r["where"]): r for r in found.get(part, {}).get("rows", [])}
        old = rows.get((new["fault"], new["where"]), row("", "", []))
        rows[new["fault"], new["where"]] = {
            **new,
            "outcomes": dict(sorted((Counter(old["outcomes"]) + Counter(new["outcomes"])).items())),
            "trials": old["trials"] + new["trials"],
        }
        found[part] = {
            "measured": datetime.now(UTC).date().isoformat(),
            "rows": [rows[place] for place in sorted(rows)],
        }
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def network(trials: int, seed: int, folder: Path, places: Places) -> Iterator[Row]:
    """Each fault at ``trials`` of the steps it can meet, once and for good."""
    # here, as its server has threads, which processes of other parts would begin with
    from tests.trust.network import FAULTS, FOR_GOOD, line, plan

    with line(folder) as broken:
        for fault in FAULTS:
            slow = fault == "no answer in time"
            if "a query" in places:
                at = [p for p in plan(seed, min(trials, 3) if slow else trials) if p[0] == fault]
                yield row(fault, "a query", [broken.ask(*trial) for trial in at])
            for action in ("extract", "segment", "render"):
                if action in places:
                    at = [p for p in plan(seed, 1) if p[0] == fault]
                    if action == "render":  # which takes half a minute: once or for good
                        at = [random.Random(f"{fault} {seed}").choice(at)]
                    yield row(fault, action, [broken.run(action, *trial) for trial in at])
            if "publish" in places:
                draw = random.Random(f"{fault} {seed}")
                after = [draw.randrange(12) for _ in range(1 if slow else 3)]
                at = [(fault, number, times) for number in after for times in (1, FOR_GOOD)]
                yield row(fault, "publish", [broken.publish(*trial) for trial in at])


def kills(trials: int, seed: int, folder: Path, places: Places) -> Iterator[Row]:
    for action in places:
        of = Trials(action, folder / action)
        for done in range(0, trials, AT_A_TIME):
            yield row("kill -9", action, of.kill(min(AT_A_TIME, trials - done), seed + done))


def disk(trials: int, seed: int, folder: Path, places: Places) -> Iterator[Row]:
    for action in places:
        yield row("disk full", action, full_disk(Trials(action, folder / action), trials, seed))


def at_once(_: int, __: int, folder: Path, places: Places) -> Iterator[Row]:
    for action in places:
        of = Trials(action, folder / action)
        for number in (2, 10):
            yield row(f"{number} runs at once", action, together(of, number))


def cache(trials: int, seed: int, folder: Path, _: Places) -> Iterator[Row]:
    yield row("file of another kind", "cache", damage.strangers(folder / "strangers"))
    for done in range(0, trials, AT_A_TIME):
        here, number = folder / str(done), min(AT_A_TIME, trials - done)
        yield row("flipped bits", "cache", damage.flips(here / "flips", number, seed + done))
        yield row("truncated file", "cache", damage.cuts(here / "cuts", number, seed + done))


def rows(trials: int, seed: int, folder: Path, places: Places) -> Iterator[Row]:
    """Work up to three flaws into warehouses and put them to the contract, or study them whole.

    Small warehouses of ours are taken in turn with some authors of the sample.
    """
    if "contract" in places:
        for done in range(0, trials, 10 * AT_A_TIME):
            number = min(10 * AT_A_TIME, trials - done)
            yield row("bad rows", "contract", cases(contract_of, number, folder, seed=seed + done))
    if "whole study" in places:
        sample = folder / "sample.duckdb"
        ensure_sample(sample, seed=2025, world="calibrated", scale=0.02)
        sound = (lambda _: None, partial(lifelike, sample))
        for done in range(0, trials, AT_A_TIME):
            number = min(AT_A_TIME, trials - done)
            kind = sound[done // AT_A_TIME % 2]
            found = cases(study_of, number, folder, LAWFUL, seed + done, kind)
            yield row("bad rows", "whole study", found)


PARTS = {
    "network": (network, 6, ("a query", "extract", "segment", "render", "publish")),
    "kills": (kills, 70, tuple(ACTIONS)),
    "disk": (disk, 10, tuple(ACTIONS)),
    "together": (at_once, 1, ("extract", "render")),
    "cache": (cache, 100, ("cache",)),
    "rows": (rows, 200, ("contract", "whole study")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--at", action="append", help="of the places of a part; default: all")
    parser.add_argument("--trials", type=int, help="of each fault; kills: of each action")
    parser.add_argument("--seed", type=int, help="default: one that no earlier run had")
    parser.add_argument("--anew", action="store_true", help="forget what was recorded")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if chosen.anew:
        RESULTS.unlink(missing_ok=True)
    for name in chosen.only or PARTS:
        part, usual, places = PARTS[name]
        known = recorded().get(name, {}).get("rows", [])
        seed = chosen.seed or 2025 + sum(each["trials"] for each in known)
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            wanted = [place for place in places if place in (chosen.at or places)]
            for each in part(chosen.trials or usual, seed, Path(folder), wanted):
                add(name, each)
                print(each, flush=True)


if __name__ == "__main__":
    main()
