"""Which flaw breaks which rule of the contract: the list in docs/contract.md.

python -m tests.trust.rules  writes it anew.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from analysis.warehouse import contract
from tests.trust.judging import TOMORROW
from tests.trust.warehouses import FLAWS, base, expected

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
HEAD = """# Rules of the data contract, and the test that breaks each

`data/contract.toml` is the contract; this list is made from it by `python -m tests.trust.rules` and
held true by `tests/trust/test_rules.py`. Each flaw is worked into generated warehouses by
`tests/trust/warehouses.py`; `tests/trust/test_bad_warehouses.py` counts in plain Python what it
broke and compares that with what the contract reports. An error stops the run and names table,
column, rule and rows. A warning is repaired as the last column says, and counted on the page of
the data.

| table | column | rule | severity | broken by | repair |
| --- | --- | --- | --- | --- | --- |
"""
Key = tuple[str, str, str]


def rules() -> Iterator[tuple[Key, str, str]]:
    """Yield every rule with its severity and repair."""
    loaded = contract.load()
    tables = dict.fromkeys(column.table for column in loaded.columns)
    for table in tables:
        yield (table, "", "exists"), "error", ""
        yield (table, "", "has rows"), "error", ""
    for rule in (*loaded.rules, *loaded.links):
        severity = f"{rule.severity}, error if all do" if rule.stops else rule.severity
        yield (rule.table, rule.column, rule.rule), severity, rule.repair
    for column in loaded.columns:
        yield (column.table, column.name, "exists"), "error", ""
        named = contract._TYPE_NAMES[column.type]
        yield (column.table, column.name, f"has a type that can hold {named}"), "error", ""


def breakers(tries: int = 6) -> dict[Key, str]:
    """Return the flaw that breaks each rule in a sound warehouse, and as few others as can be."""
    found: dict[Key, tuple[int, str]] = {}
    sound = set(expected(base(3, 8, 30, 200), TOMORROW))
    for name, flaw in FLAWS.items():
        for seed in range(tries):
            made = base(3, 8, 30, 200)
            flaw(made, random.Random(seed))
            broken = expected(made, TOMORROW).keys() - sound
            for key in broken:
                if key not in found or len(broken) <= found[key][0]:  # later ones say more
                    found[key] = len(broken), name
    return {key: name for key, (_, name) in found.items()}


def page() -> str:
    """Return the list as a page."""
    by = breakers()
    lines = [
        f"| {' | '.join((*key, severity, by.get(key, ''), repair))} |"
        for key, severity, repair in rules()
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
