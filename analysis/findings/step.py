"""A step: a named, cached computation over extracts and the results of earlier steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.cache.passport import Entry
from analysis.claims import Claim
from analysis.warehouse.batches import frame


@dataclass(frozen=True)
class Result:
    """What a step found.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        Tables by name; their index is not kept.
    values : dict of str to JSON values
        Single numbers and words.
    claims : tuple of Claim
        What the report may say because of this step.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()

    def claim(self, identifier: str) -> Claim:
        """Return one claim by its id."""
        return next(claim for claim in self.claims if claim.id == identifier)

    def to_entry(self) -> Entry:
        """Return the form in which the cache stores a result."""
        tables = {
            name: pa.Table.from_pandas(frame, preserve_index=False)
            for name, frame in self.tables.items()
        }
        claims = [claim.as_dict() for claim in self.claims]
        return Entry(tables, {"values": self.values, "claims": claims})

    @classmethod
    def from_entry(cls, entry: Entry) -> Result:
        """Read a result back from the cache."""
        return cls(
            {name: table.to_pandas() for name, table in entry.tables.items()},
            entry.values["values"],
            tuple(
                Claim(**{**claim, "interval": claim["interval"] and tuple(claim["interval"])})
                for claim in entry.values["claims"]
            ),
        )


@dataclass(frozen=True)
class Inputs:
    """What a step may read: the entries it declared, and the seed of the run."""

    seed: int
    extracts: dict[str, pa.Table]
    results: dict[str, Result]

    def extract(self, name: str) -> pd.DataFrame:
        """Return a declared extract as a frame."""
        return frame(self.extracts[name])


@dataclass(frozen=True)
class Step:
    """A computation that the cache remembers.

    Attributes
    ----------
    name : str
        ``chapter.subject``; also the name under which chapters ask for it.
    title : str
        What it computes, for the progress bar and the provenance page.
    compute : callable
        Takes Inputs and returns a Result; reads nothing else.
    needs : tuple of str
        Extracts and earlier steps that it reads; its key rests on their content.
    deep : bool
        Whether it takes minutes: such a step runs only when asked for, and is shown wherever the
        cache holds its result.
    """

    name: str
    title: str
    compute: Callable[[Inputs], Result]
    needs: tuple[str, ...]
    deep: bool = False

    @property
    def module(self) -> str:
        """Module whose source, with all it imports, is part of the key."""
        return self.compute.__module__


def ordered(steps: Iterable[Step]) -> list[Step]:
    """Return steps so that each comes after the steps it needs.

    Raises
    ------
    ValueError
        If steps need each other in a circle.
    """
    waiting = {step.name: step for step in steps}
    done: list[Step] = []
    while waiting:
        ready = [step for step in waiting.values() if not waiting.keys() & set(step.needs)]
        if not ready:
            raise ValueError(f"steps need each other in a circle: {', '.join(sorted(waiting))}")
        done += ready
        for step in ready:
            del waiting[step.name]
    return done
