"""Fill the cache: contract, extracts and results, each only when what it rests on has changed.

This is the one place where the study talks to a source. It runs before the
chapters, which then read the cache and nothing else.
"""

from __future__ import annotations

import platform
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis import kept
from analysis.cache.keys import code_digest, digest, library_versions
from analysis.cache.passport import Entry, Passport
from analysis.cache.store import Cache, heal
from analysis.errors import CacheError, DamagedCacheError, SourceError
from analysis.evaluation import biases as planted_biases
from analysis.evaluation.planted import planted_authors
from analysis.extracts import catalogue, outside
from analysis.extracts.boxes import boxes_match
from analysis.extracts.catalogue import SIZES, Extract
from analysis.findings import STEPS, bias_estimates, lead
from analysis.findings.step import Inputs, Result, Step, ordered
from analysis.resources import data_file
from analysis.runlog import RunLog
from analysis.settings import SAMPLE, Settings
from analysis.trends import hermes
from analysis.warehouse import contract
from analysis.warehouse.batches import frame
from analysis.warehouse.connect import open_source
from analysis.warehouse.pseudonym import pseudonym_key
from analysis.warehouse.sample import check
from analysis.warehouse.sample_file import ensure_sample
from analysis.warehouse.source import MARTS, Parameter, Source

Progress = Callable[[str, int, int], None]
"""Receives what is being done, how many stages are done and how many there are."""

_OF_EVERY_RUN = ("run", "started", "source", "seed", "versions")


@dataclass(frozen=True)
class Run:
    """What a run did.

    Attributes
    ----------
    name : str
        Identity of the run; chapters find it by STUDY_RUN.
    manifest : dict
        What is stored about the run in the cache and in its log.
    queries : list of dict
        Every query sent to the source, with the marts it reads.
    """

    name: str
    manifest: dict[str, Any]
    queries: list[dict[str, Any]] = field(default_factory=list)


def prepare(
    settings: Settings,
    *,
    refresh: bool = False,
    deep: Collection[str] = (),
    only: Collection[str] | None = None,
    steps: Sequence[Step] = STEPS,
    progress: Progress = lambda *_: None,
    notice: Callable[[str], None] = lambda _: None,
) -> Run:
    """Bring the cache up to date for a source and note what the run used.

    Parameters
    ----------
    settings : Settings
    refresh : bool
        Fetch and compute everything anew.
    deep : collection of str
        Chapters, such as "approach", or "all", whose steps that take minutes are computed, too;
        else their results are used where the cache holds them.
    only : collection of str, optional
        Names of the steps to compute; the results of others are used where the cache holds them.
    steps : sequence of Step
        What to compute from the extracts; the whole report by default.
    progress, notice : callable, optional

    Raises
    ------
    SourceError
        If the source cannot be reached, or goes away; what was already fetched is kept.
    ContractError
        If the four marts break the contract.
    CacheError
        If the cache cannot be written.
    """
    run = uuid.uuid4().hex[:12]
    started = datetime.now(UTC).isoformat(timespec="microseconds")
    with RunLog(settings.directory / "runs", run, started) as log:

        def noticed(line: str) -> None:
            log.warnings.append(line)
            notice(line)

        cache = Cache(settings.cache_file, noticed)
        heal(cache)
        if settings.source == SAMPLE:
            ensure_sample(
                settings.sample_file,
                seed=settings.seed,
                world=settings.world,
                scale=settings.scale,
                progress=lambda what, share: progress(
                    f"Sample warehouse: {what}", int(100 * share), 100
                ),
            )
        with closing(open_source(settings.source, sample_file=settings.sample_file)) as source:
            log.facts |= {
                "source": asdict(source.info),
                "seed": settings.seed,
                "versions": {
                    "author-panels": version("author-panels"),
                    "python": platform.python_version(),
                    **library_versions(),
                },
            }
            facts = (settings, cache, source, refresh, deep, only, ordered(steps), progress)
            for again in (True, False):
                filling = _Filling(*facts)
                try:
                    keys = filling.run()
                    manifest: dict[str, Any] = {
                        **{name: log.facts[name] for name in _OF_EVERY_RUN},
                        "fingerprint": filling.fingerprint,
                        "keys": keys,
                        "steps": [step.name for step in filling.steps if step.name in keys],
                        "seconds": filling.account()["seconds"],
                    }
                    cache.record_run(run, started, manifest)
                    break
                except DamagedCacheError as error:
                    if not again:
                        raise
                    noticed(f"{error.problem} It is fetched anew.")
                    cache.clear()
                finally:
                    log.facts |= {"fingerprint": filling.fingerprint, **filling.account()}
    return Run(run, manifest, filling.queries)


@dataclass
class _Filling:
    settings: Settings
    cache: Cache
    source: Source
    refresh: bool
    deep: Collection[str]
    only: Collection[str] | None
    steps: list[Step]
    progress: Progress
    began: float = field(default_factory=time.monotonic)
    fingerprint: dict[str, str] = field(default_factory=dict)
    queries: list[dict[str, Any]] = field(default_factory=list)
    passports: dict[str, Passport] = field(default_factory=dict)
    same_box: bool = True
    done: int = 0

    def run(self) -> dict[str, str]:
        """Fill the cache and return the key of each entry by name."""
        # First, because it decides a parameter of others.
        names = sorted(catalogue.names(), key=lambda name: name != "box_matching")
        extracts = [catalogue.get(name) for name in names]
        total = len(extracts) + len(self.steps) + 2 + self.source.info.is_sample
        self._step("State of the tables", total)
        quick = self.source.quick_fingerprint()
        self.fingerprint = self._fingerprint(quick)
        self._step("Data contract", total)
        self._contract()
        for extract in extracts:
            self._step(extract.name, total)
            self._extract(extract)
            if extract.name == "box_matching":
                self.same_box = boxes_match(self._read("box_matching").tables["box_matching"])
        if self.queries and self.source.quick_fingerprint() != quick:
            raise SourceError(
                f"{self.source.info.name} changed during the run.",
                "Run again when nothing writes to it.",
            )
        if self.source.info.is_sample:
            self._step("Closeness of the sample", total)
            self._sample_check()
            self._planted()
        self._outside()
        self._published_series()
        for step in self.steps:
            self._step(step.title, total)
            self._result(step)
        self.progress("Done", total, total)
        return {name: passport.key for name, passport in self.passports.items()}

    def account(self) -> dict[str, Any]:
        """Return what was done so far: seconds, queries, and every entry with its rows."""
        return {
            "seconds": round(time.monotonic() - self.began, 3),
            "queries": self.queries,
            "entries": [
                {
                    "name": name,
                    "key": passport.key,
                    "rows": passport.rows,
                    "bytes": passport.bytes,
                    "seconds": passport.seconds,
                    "made_at": passport.made_at,
                }
                for name, passport in self.passports.items()
            ],
        }

    def _step(self, what: str, total: int) -> None:
        self.progress(what, self.done, total)
        self.done += 1

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Values of all placeholders that any extract declares."""
        key = pseudonym_key(self.source.info)
        return SIZES | {"pseudonym_key": key, "same_box": self.same_box}

    @property
    def _source_name(self) -> str:
        return f"{self.source.info.kind}:{self.source.info.name}"

    def _fingerprint(self, quick: dict[str, str]) -> dict[str, str]:
        known = self.cache.fingerprint(self._source_name)
        if known and known[0] == quick and not self.refresh:
            return known[1]
        exact = self.source.fingerprint()
        self.cache.remember_fingerprint(self._source_name, quick, exact)
        return exact

    def _contract(self) -> None:
        key = self._key("contract", code_digest(contract.__name__), tables=MARTS)
        if not self._reuse("contract", key):
            began = time.monotonic()
            report = contract.check(self.source)
            contract.require(report)
            self._note("contract", "", MARTS, time.monotonic() - began)
            table = pa.Table.from_pandas(report, preserve_index=False)
            self._store(
                "contract", "contract", key, began, Entry({"contract": table}), needs=tuple(MARTS)
            )

    def _extract(self, extract: Extract) -> None:
        values = extract.bind(self.parameters)
        key = self._key(
            extract.name,
            code_digest(catalogue.__name__),
            tables=tuple(sorted(extract.tables)),
            sql=extract.sql,
            # Only a digest of the values: one of them is the pseudonym key.
            values=digest(values),
        )
        if self._reuse(extract.name, key):
            return
        began = time.monotonic()
        answer = extract.run(self.source, self.parameters)
        tables = tuple(sorted(extract.tables))
        seconds = time.monotonic() - began
        self._note(extract.name, answer.query_id, tables, seconds, answer.table.nbytes)
        self._store(
            extract.name,
            "extract",
            key,
            began,
            Entry({extract.name: answer.table}),
            query=extract.sql,
            query_id=answer.query_id,
            needs=tables,
        )

    def _sample_check(self) -> None:
        key = self._key("sample_check", code_digest(check.__name__), tables=MARTS)
        if not self._reuse("sample_check", key):
            began = time.monotonic()
            report = check.check_sample(self.settings.sample_file)
            self._note("sample_check", "", MARTS, time.monotonic() - began)
            # Targets and measures are counts, shares or dates: kept as text, as a page shows them.
            texts = report.astype({"target": str, "measured": str})
            table = pa.Table.from_pandas(texts, preserve_index=False)
            self._store(
                "sample_check", "contract", key, began, Entry({"sample_check": table}), needs=MARTS
            )

    def _planted(self) -> None:
        features = self.passports["author_features"].content_hash
        code = code_digest(planted_authors.__module__)
        key = self._key("truth_authors", code, tables=MARTS, features=features)
        if not self._reuse("truth_authors", key) and self._wanted_chapter("approach"):
            began = time.monotonic()
            table = planted_authors(
                self.settings.sample_file,
                frame(self._read("author_features").tables["author_features"]),
                pseudonym_key(self.source.info),
            )
            self._note("truth_authors", "", MARTS, time.monotonic() - began)
            entry = Entry({"truth_authors": pa.Table.from_pandas(table, preserve_index=False)})
            self._store("truth_authors", "extract", key, began, entry, needs=MARTS)

    def _outside(self) -> None:
        """Store figures from outside the marts: documented files, or what a sample planted."""
        planted: dict[str, Callable[[], pd.DataFrame]] = {}
        sample = self.settings.sample_file
        if self.source.info.is_sample and planted_biases.has_truth(sample):
            planted = {
                bias_estimates.MARGINS: lambda: planted_biases.population_margins(sample),
                bias_estimates.AUDIT: lambda: planted_biases.simulated_audit(sample),
                bias_estimates.PLANTED: lambda: planted_biases.planted_sizes(
                    sample,
                    frame(self._read("author_features").tables["author_features"]),
                    frame(self._read("dirt").tables["dirt"]),
                    pseudonym_key(self.source.info),
                ),
            }
        given = {
            bias_estimates.MARGINS: outside.load_margins,
            bias_estimates.AUDIT: outside.load_audit,
        }
        for name, load in (planted or given).items():
            began = time.monotonic()
            table = None if planted else load()
            if table is not None and table.empty:
                continue
            key = (
                self._key(
                    name,
                    code_digest(planted_biases.__name__),
                    tables=MARTS,
                    features=self.passports["author_features"].content_hash,
                )
                if table is None
                else digest({"name": name, "rows": table.to_csv()})
            )
            if self._reuse(name, key):
                continue
            rows = pa.Table.from_pandas(load() if table is None else table, preserve_index=False)
            needs = MARTS if planted else ()
            self._store(name, "extract", key, began, Entry({name: rows}), needs=needs)

    def _published_series(self) -> None:
        """Store what was found in Heuritech's published series, or in those the user named."""
        folder = self.settings.hermes
        read = sorted(folder.glob("*.csv")) if folder else [data_file("published", "hermes.json")]
        key = digest(
            {
                "name": lead.FIGURES,
                "code": code_digest(hermes.__name__),
                "files": {path.name: sha256(path.read_bytes()).hexdigest() for path in read},
                "versions": library_versions() if folder else {},
            }
        )
        if not self._reuse(lead.FIGURES, key):
            began = time.monotonic()
            values = hermes.figures(folder) if folder else lead.committed()
            self._store(lead.FIGURES, "result", key, began, Result(values=values).to_entry())

    def _result(self, step: Step) -> None:
        if not set(step.needs) <= self.passports.keys():
            # It rests on a deep step that was not asked for, or on what this source lacks.
            self._take_kept(step)
            return
        parents = {name: self.passports[name].content_hash for name in step.needs}
        key = digest(
            {
                "name": step.name,
                "code": code_digest(step.module),
                "parents": parents,
                "seed": self.settings.seed,
                "versions": library_versions(),
            }
        )
        if self._reuse(step.name, key):
            return
        if not self._wanted(step):
            self._take_kept(step)
            return
        began = time.monotonic()
        result = step.compute(self._inputs(step))
        self._store(step.name, "result", key, began, result.to_entry(), needs=step.needs)

    def _take_kept(self, step: Step) -> None:
        """Use what the project keeps of a deep step, where it was computed from these rows."""
        found = kept.read(step.name) if step.deep else None
        if found is None or not found.rests_on(self.fingerprint, self.settings.seed):
            return
        key = digest({"name": step.name, "kept": found.made_at, "source": self._source_name})
        if not self._reuse(step.name, key):
            passport = Passport(
                name=step.name,
                kind="result",
                key=key,
                source=self._source_name,
                as_of=self.source.info.as_of,
                query="",
                query_id="",
                rows=0,
                bytes=0,
                content_hash="",
                seconds=found.seconds,
                made_at=found.made_at,
                needs=step.needs,
                kept=True,
            )
            self.passports[step.name] = self.cache.write(passport, found.entry)

    def _wanted(self, step: Step) -> bool:
        if self.only is not None:
            return step.name in self.only
        return not step.deep or self._wanted_chapter(step.name.partition(".")[0])

    def _wanted_chapter(self, chapter: str) -> bool:
        return "all" in self.deep or chapter in self.deep

    def _inputs(self, step: Step) -> Inputs:
        extracts: dict[str, pa.Table] = {}
        results: dict[str, Result] = {}
        for name in step.needs:
            entry = self._read(name)
            if self.passports[name].kind == "result":
                results[name] = Result.from_entry(entry)
            else:
                extracts[name] = entry.tables[name]
        return Inputs(self.settings.seed, extracts, results)

    def _read(self, name: str) -> Entry:
        stored = self.cache.read(self.passports[name].key)
        if stored is None:
            raise CacheError(
                f"{name} left the cache during the run.", "Another run replaced it: run again."
            )
        return stored[1]

    def _key(self, name: str, code: str, *, tables: tuple[str, ...], **facts: object) -> str:
        return digest(
            {
                "name": name,
                "code": code,
                "source": self._source_name,
                "fingerprint": {table: self.fingerprint[table] for table in tables},
                "contract": contract.digest(),
                "versions": library_versions(),
                **facts,
            }
        )

    def _reuse(self, name: str, key: str) -> bool:
        passport = None if self.refresh else self.cache.passport(key)
        if passport is not None:
            self.passports[name] = passport
        return passport is not None

    def _note(
        self, name: str, query_id: str, tables: tuple[str, ...], seconds: float, moved: int = 0
    ) -> None:
        self.queries.append(
            {
                "name": name,
                "query_id": query_id,
                "tables": list(tables),
                "seconds": round(seconds, 3),
                "bytes": moved,
            }
        )

    def _store(
        self,
        name: str,
        kind: Any,
        key: str,
        began: float,
        entry: Entry,
        *,
        query: str = "",
        query_id: str = "",
        needs: tuple[str, ...] = (),
    ) -> None:
        self.passports[name] = self.cache.write(
            Passport(
                name=name,
                kind=kind,
                key=key,
                source=self._source_name,
                as_of=self.source.info.as_of,
                query=query,
                query_id=query_id,
                rows=0,
                bytes=0,
                content_hash="",
                seconds=round(time.monotonic() - began, 3),
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                needs=needs,
            ),
            entry,
        )
