"""Results of steps that take minutes, kept with the project for the very rows they rest on.

A copy of the report made from the same rows shows them without computing them anew; for any other
source they are as good as absent. Tables with a row per author are never kept.

``make keep`` writes them: ``study extract --deep all``, then ``python -m analysis.kept``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.cache.keys import code_digest, library_versions
from analysis.cache.passport import Entry
from analysis.findings import STEPS
from analysis.findings.step import Step
from analysis.resources import data_file
from analysis.study import Study

_AUTHOR_COLUMN = "author_index"


@dataclass(frozen=True)
class Kept:
    """A kept result and what it rests on.

    Attributes
    ----------
    step : str
        Name of the step.
    fingerprint : dict of str to str
        Content of each mart, as the source gives it.
    seed : int
    made_at : str
        When it was computed, ISO 8601 in UTC.
    seconds : float
        How long that took.
    code : str
        Digest of the step's module with all that it imports.
    versions : dict of str to str
        Of the libraries that computed it.
    entry : Entry
        Its tables, values and claims.
    """

    step: str
    fingerprint: dict[str, str]
    seed: int
    made_at: str
    seconds: float
    code: str
    versions: dict[str, str]
    entry: Entry

    def rests_on(self, fingerprint: Mapping[str, str], seed: int) -> bool:
        """Say whether it was computed from these rows, with this seed."""
        return self.fingerprint == dict(fingerprint) and self.seed == seed

    def of_code(self, step: Step) -> bool:
        """Say whether the step's code is still what computed it."""
        return self.code == code_digest(step.module)


def steps() -> list[Step]:
    """Return the steps whose results are kept: those that an ordinary run leaves out.

    Simulation studies rest on no rows: :mod:`analysis.validation.record` keeps them.
    """
    return [step for step in STEPS if step.deep and step.needs]


def read(step: str, folder: Path | None = None) -> Kept | None:
    """Return the kept result of a step, if there is one."""
    path = _path(step, folder)
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    tables = {name: _table(columns) for name, columns in facts.pop("tables").items()}
    entry = Entry(tables, facts.pop("values"))
    return Kept(**facts, entry=entry)


def write(kept: Kept, folder: Path | None = None) -> None:
    """Keep a result, in place of an earlier one; tables with a row per author are left out."""
    facts = {name: value for name, value in vars(kept).items() if name != "entry"}
    facts["values"] = kept.entry.values
    facts["tables"] = {
        name: _columns(table)
        for name, table in kept.entry.tables.items()
        if _AUTHOR_COLUMN not in table.column_names
    }
    path = _path(kept.step, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def keep(study: Study, folder: Path | None = None) -> list[str]:
    """Keep what a prepared run holds of these steps; return their names."""
    held = [step for step in steps() if study.has(step.name)]
    for step in held:
        passport = study.passport(step.name)
        write(
            Kept(
                step.name,
                study.manifest["fingerprint"],
                study.seed,
                passport.made_at,
                passport.seconds,
                code_digest(step.module),
                library_versions(),
                study.result(step.name).to_entry(),
            ),
            folder,
        )
    return [step.name for step in held]


def _columns(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {
        field.name: {"type": str(field.type), "values": table[field.name].to_pylist()}
        for field in table.schema
    }


def _table(columns: dict[str, dict[str, Any]]) -> pa.Table:
    return pa.table(
        {
            name: pa.array(column["values"], pa.type_for_alias(column["type"]))
            for name, column in columns.items()
        }
    )


def _path(step: str, folder: Path | None) -> Path:
    return (data_file("kept") if folder is None else folder) / f"{step}.json"


def main() -> int:
    """Keep the results of the last prepared run; say which steps it lacks."""
    names = keep(Study.open())
    missing = [step.name for step in steps() if step.name not in names]
    sys.stdout.write(f"Kept: {', '.join(names) or 'nothing'}.\n")
    if missing:
        sys.stdout.write(f"Not in the last run: {', '.join(missing)}.\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
