"""Keep the simulation studies of the last prepared run as data: ``python -m analysis.validation``.

``make validate`` calls it after ``study extract --deep validation``.
"""

from __future__ import annotations

import sys

from analysis.study import Study
from analysis.validation import record
from analysis.validation.studies import STUDIES


def main() -> int:
    """Write one file per study that the run holds; say how many."""
    study = Study.open()
    held = [name for name in STUDIES if study.has(f"validation.{name}")]
    for name in held:
        passport = study.passport(f"validation.{name}")
        table = study.result(f"validation.{name}").tables["study"]
        record.write(
            name,
            record.Record.of(
                name,
                table,
                made_at=passport.made_at,
                seconds=passport.seconds,
                seed=study.seed,
            ),
        )
    sys.stdout.write(f"{len(held)} of {len(STUDIES)} studies kept.\n")
    return 0 if len(held) == len(STUDIES) else 1


if __name__ == "__main__":
    sys.exit(main())
