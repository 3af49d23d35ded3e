"""What ``study doctor`` looks at, and the file it makes of it for those who help."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import socket
import sys
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from analysis.cache.keys import library_versions
from analysis.cache.store import Cache
from analysis.errors import ContractError, StudyError
from analysis.report.engine import choose
from analysis.settings import SAMPLE, Settings
from analysis.warehouse import connections, contract
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


LOGS = 5
"""Logs of runs that a bundle holds."""


def bundle(settings: Settings, findings: list[Finding]) -> str:
    """Return what a helper needs to know, as JSON without secrets and personal data.

    It holds the diagnosis, the passports without the text of queries, and the last logs. Names of
    the source, the computer and the user are replaced by digests, paths by what follows the home
    folder; no row, no key, no parameter of a connection and no example of a value is in it.
    """
    found: dict[str, Any] = {
        "findings": [
            {"subject": finding.subject, "state": finding.state, "text": finding.text}
            for finding in findings
        ],
        "platform": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "python": platform.python_version(),
        },
        "settings": {
            "source": settings.source,
            "seed": settings.seed,
            "world": settings.world,
            "scale": settings.scale,
            "smallest_group": settings.smallest_group,
        },
        "passports": _passports(settings),
        "logs": [
            _log(path) for path in sorted((settings.directory / "runs").glob("*.json"))[-LOGS:]
        ],
    }
    return _without_names(json.dumps(found, indent=1), settings) + "\n"


def _log(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # cut short by a full disk
        return {"unreadable": type(error).__name__}


def _passports(settings: Settings) -> list[dict[str, Any]]:
    try:
        found = Cache(settings.cache_file).passports()
    except StudyError:
        return []
    kept = ("name", "kind", "as_of", "rows", "bytes", "content_hash", "seconds", "made_at")
    return [{name: getattr(passport, name) for name in kept} for passport in found]


def _without_names(text: str, settings: Settings) -> str:
    """Replace what names a person, a computer or a source."""
    source = Path(settings.source).expanduser()
    names = {str(Path.home()): "~", str(source): "", str(source.resolve().parent): ""}
    if settings.source != SAMPLE:
        names |= {settings.source: "", source.name: "", source.stem: ""}
        names |= dict.fromkeys(connections.names(), "")
    names |= {socket.gethostname(): "", Path.home().name: "", os.environ.get("USER", ""): ""}
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1 and name != SAMPLE:
            digest = hashlib.sha256(name.encode()).hexdigest()[:8]
            text = text.replace(json.dumps(name)[1:-1], names[name] or f"<{digest}>")
    return text


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
