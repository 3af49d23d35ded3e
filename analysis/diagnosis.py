"""What ``study doctor`` looks at: versions, report engine, source, contract and cache."""

from __future__ import annotations

import platform
import sys
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from analysis.cache.keys import library_versions
from analysis.cache.store import Cache
from analysis.errors import ContractError, StudyError
from analysis.report.engine import choose
from analysis.settings import SAMPLE, Settings
from analysis.warehouse import contract
from analysis.warehouse.connect import open_source


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis.

    Attributes
    ----------
    subject, text : str
        What was looked at and what was seen.
    state : str
        "good", "note" (works, worth knowing) or "bad" (the report cannot be made).
    mend : str
        What to do about it.
    exit_code : int
        Exit code that the finding calls for.
    """

    subject: str
    text: str
    state: Literal["good", "note", "bad"] = "good"
    mend: str = ""
    exit_code: int = 0


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything a report needs; change nothing and raise nothing a user can cause."""
    return [*_programs(), *_engine(), *_source(settings), *_cache(settings)]


def _programs() -> list[Finding]:
    libraries = ", ".join(f"{name} {number}" for name, number in library_versions().items())
    python = f"{platform.python_version()} ({sys.executable})"
    return [
        Finding("study", version("author-panels")),
        Finding("Python", python),
        Finding("Libraries", libraries),
    ]


def _engine() -> list[Finding]:
    try:
        choice = choose("auto")
    except StudyError as error:
        return [_bad("Report engine", error)]
    return [Finding("Report engine", f"{choice.name} {choice.version}: {choice.reason}")]


def _source(settings: Settings) -> list[Finding]:
    if settings.source == SAMPLE and not settings.sample_file.exists():
        return [
            Finding(
                "Source",
                f"the sample warehouse {settings.sample_file} is not built yet",
                "note",
                "`study render` builds it, or `study sample` now.",
            )
        ]
    try:
        with closing(open_source(settings.source, sample_file=settings.sample_file)) as source:
            found = [Finding("Source", f"{source.info.kind} {source.info.name}: connected")]
            report = contract.check(source)
            for row in report[report["SEVERITY"] == "error"].to_dict("records"):
                where = f"{row['TABLE_NAME']}.{row['COLUMN_NAME']}".rstrip(".")
                found.append(
                    Finding(
                        "Contract",
                        f"{where}: {row['RULE']} ({row['N_ROWS']:,} of {row['N_CHECKED']:,} rows)",
                        "bad",
                        "Mend the table; no chapter runs on it as it is.",
                        ContractError.exit_code,
                    )
                )
            if len(found) == 1:
                text = f"honoured; {len(report)} kinds of lawful dirt are repaired and counted"
                found.append(Finding("Contract", text))
            return found
    except StudyError as error:
        return [_bad("Source", error)]


def _cache(settings: Settings) -> list[Finding]:
    cache = Cache(settings.cache_file)
    try:
        number = len(cache.passports())
        manifest = cache.manifest()
    except StudyError as error:
        return [_bad("Cache", error)]
    if manifest is None:
        return [Finding("Cache", f"{settings.cache_file}: empty", "note")]
    text = f"{settings.cache_file}: {number} entries, last run {manifest['started']}"
    return [Finding("Cache", text)]


def _bad(subject: str, error: StudyError) -> Finding:
    return Finding(subject, error.problem, "bad", error.mend, error.exit_code)
