"""The rules of ``data/vocabulary.toml``: which labels speak of fashion, how brands are spelt."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import pandas as pd
from sqlglot import exp

from analysis.resources import data_file
from analysis.warehouse.dialect import inline_relation
from analysis.warehouse.source import Parameter

_OBJECT, _BRAND = "object_detection", "_brand"


@dataclass(frozen=True)
class Vocabulary:
    """Which labels speak of fashion, and how brands are spelt."""

    fashion_objects: frozenset[str]
    brand_spellings: dict[str, str]

    @classmethod
    def load(cls) -> Vocabulary:
        """Read ``data/vocabulary.toml``."""
        facts = tomllib.loads(data_file("vocabulary.toml").read_text(encoding="utf-8"))
        return cls(frozenset(facts["fashion_objects"]), dict(facts["brand_spellings"]))

    def names(self, labels: pd.DataFrame) -> pd.Series:
        """Return ``type/name`` of each fashion label, spellings merged, and NA for the others.

        Parameters
        ----------
        labels : DataFrame
            Columns ``TYPE`` and ``LABEL_NAME``.
        """
        brand = labels["TYPE"].str.endswith(_BRAND)
        name = labels["LABEL_NAME"].where(
            ~brand, labels["LABEL_NAME"].replace(self.brand_spellings)
        )
        kind = labels["TYPE"].replace({_OBJECT: "item"})
        worn = (labels["TYPE"] != _OBJECT) | name.isin(self.fashion_objects)
        return (kind + "/" + name).where(worn)

    def relation(self) -> tuple[exp.Query, dict[str, Parameter]]:
        """Return the same rules as a small relation with its bound values.

        One row per object that is worn, under its own NAME, and per spelling of a brand, under
        that of the brand. A row is about labels of the LABEL_NAME whose type ends in TYPE_END.
        """
        rows: list[tuple[Parameter, ...]] = [
            *((_OBJECT, name, name) for name in sorted(self.fashion_objects)),
            *((_BRAND, spelling, name) for spelling, name in sorted(self.brand_spellings.items())),
        ]
        columns = {"TYPE_END": "VARCHAR", "LABEL_NAME": "VARCHAR", "NAME": "VARCHAR"}
        return inline_relation("VOCABULARY", columns, rows)
