"""Point the study at your own Snowflake: fill the cache, print the claims.

    python examples/your_snowflake.py my_connection

The connection is one of ``connections.toml``; its database and schema hold
the four marts. The same on the command line, with the book:
``study render --source my_connection``.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from analysis import Study
from analysis.findings import STEPS
from analysis.findings.step import Step
from analysis.prepare import prepare
from analysis.settings import Settings


def main(
    connection: str, folder: Path, steps: Sequence[Step] = STEPS
) -> None:
    """Prepare a run from a connection and print what it says."""
    settings = Settings(source=connection, directory=folder)
    run = prepare(settings, steps=steps)
    print(f"{len(run.queries)} queries sent; nothing but counts came back.")
    for claim in Study.open(settings).claims():
        print(f"{claim.question} {claim.verdict}. {claim.reason}")


if __name__ == "__main__":
    main(sys.argv[1], Path(".study"))
