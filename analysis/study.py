"""What a chapter opens: the extracts, results and claims of the last prepared run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.cache.passport import Entry, Passport
from analysis.cache.store import Cache
from analysis.claims import Claim
from analysis.disclosure import small_groups, withheld
from analysis.errors import CacheError
from analysis.findings.step import Result
from analysis.settings import Settings
from analysis.warehouse.batches import frame
from analysis.warehouse.source import SourceInfo


@dataclass(frozen=True)
class Study:
    """A prepared run, read-only.

    Parameters
    ----------
    cache : Cache
        The cache that the run filled.
    manifest : dict
        What the run used: source, seed, versions and the key of each entry by name.
    smallest_group : int
        Authors that a group must have for results to speak of it.
    """

    cache: Cache
    manifest: dict[str, Any]
    smallest_group: int = 10
    _read: dict[str, tuple[Passport, Entry]] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, settings: Settings | None = None) -> Study:
        """Open the run named by STUDY_RUN, or the last one.

        Raises
        ------
        CacheError
            If no run has been prepared.
        """
        settings = settings or Settings.from_environment()
        cache = Cache(settings.cache_file)
        manifest = cache.manifest(os.environ.get("STUDY_RUN"))
        if manifest is None:
            raise CacheError(
                f"Nothing has been prepared in {settings.directory}.", "Run `study extract` first."
            )
        return cls(cache, manifest, settings.smallest_group)

    @property
    def source(self) -> SourceInfo:
        """What the rows came from."""
        return SourceInfo(**self.manifest["source"])

    @property
    def seed(self) -> int:
        """Seed of everything drawn at random."""
        return int(self.manifest["seed"])

    def has(self, name: str) -> bool:
        """Say whether this run holds an entry; some exist for some sources only."""
        return name in self.manifest["keys"]

    def extract(self, name: str) -> pd.DataFrame:
        """Return an extract as a frame; its columns are described in ``sql/extracts``."""
        return frame(self._entry(name)[1].tables[name])

    def result(self, name: str) -> Result:
        """Return what a step found, without what it says of groups of too few authors."""
        found = Result.from_entry(self._entry(name)[1])
        return withheld(name, found, self._small_groups, self.smallest_group)

    @property
    def _small_groups(self) -> frozenset[str]:
        if not self.has("today.bands"):
            return frozenset()
        bands = Result.from_entry(self._entry("today.bands")[1])
        return small_groups(bands.tables.values(), self.smallest_group)

    def segmentation(self, method: str) -> Result:
        """Return what the cache holds of a fitted method (its slug), for the source of this run.

        Raises
        ------
        CacheError
            If the method was not fitted to this source.
        """
        wanted = (f"segmentation.{method}", f"{self.source.kind}:{self.source.name}")
        for passport in self.cache.passports():
            if (passport.name, passport.source) == wanted:
                found = self.cache.read(passport.key)
                if found is not None:
                    return Result.from_entry(found[1])
        raise CacheError(
            f"The cache holds no segmentation of {self.source.name} by {method}.",
            f"Run `study segment --method {method}` first.",
        )

    def passport(self, name: str) -> Passport:
        """Return where an extract or result came from."""
        return self._entry(name)[0]

    @property
    def used(self) -> list[str]:
        """Names of the extracts and results that were read so far, in order."""
        return list(self._read)

    def passports(self) -> pd.DataFrame:
        """Return the passports of all entries of this run, one row each."""
        stored = {passport.key: passport for passport in self.cache.passports()}
        return pd.DataFrame([vars(stored[key]) for key in self.manifest["keys"].values()])

    def claims(self) -> list[Claim]:
        """Return everything the report says, in the order of its steps."""
        return [claim for name in self.manifest["steps"] for claim in self.result(name).claims]

    def _entry(self, name: str) -> tuple[Passport, Entry]:
        if name not in self._read:
            key = self.manifest["keys"].get(name)
            stored = self.cache.read(key) if key else None
            if stored is None:
                raise CacheError(
                    f"{name} is not in the cache {self.cache.path}.", "Run `study extract`."
                )
            self._read[name] = stored
        return self._read[name]
