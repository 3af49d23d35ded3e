"""One structured log per run, next to the cache: what was done, for how long, and what was odd.

It holds counts, times, versions and digests; no row, no parameter of a connection, no text of a
person. A run that fails leaves one, too.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import TracebackType
from typing import Any

from analysis.atomic import write_texts
from analysis.errors import StudyError

KEPT = 100
"""Logs that are kept; older ones are removed."""


class RunLog:
    """Collects facts and warnings of a run and writes them when the run ends, well or not.

    Parameters
    ----------
    folder : pathlib.Path
        Where logs lie; made where it is missing.
    run, started : str
        Identity of the run and when it began, ISO 8601 in UTC.
    """

    def __init__(self, folder: Path, run: str, started: str) -> None:
        self.facts: dict[str, Any] = {"run": run, "started": started}
        self.warnings: list[str] = []
        self._path = folder / f"{started.replace(':', '')}-{run}.json"
        self._handler = _Listening(self.warnings)

    def __enter__(self) -> RunLog:
        """Begin to listen to the package's warnings."""
        logging.getLogger("analysis").addHandler(self._handler)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        """Write the log; a log that cannot be written stops no run."""
        logging.getLogger("analysis").removeHandler(self._handler)
        outcome: dict[str, Any] = {"outcome": "done"}
        if kind is not None:
            # only errors that are meant for people have a text that is fit to be kept
            problem = error.problem if isinstance(error, StudyError) else ""
            outcome = {"outcome": kind.__name__, "problem": problem}
        text = json.dumps({**self.facts, **outcome, "warnings": self.warnings}, indent=1)
        try:
            write_texts({self._path: text})
            for old in sorted(self._path.parent.glob("*.json"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as failure:
            logging.getLogger(__name__).warning("no log was written: %s", failure.strerror)


class _Listening(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        self._lines.append(record.getMessage())
