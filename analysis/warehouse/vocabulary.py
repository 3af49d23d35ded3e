"""``data/vocabulary.toml`` as relations that statements in ``sql/`` name.

BRAND_SPELLINGS (LABEL_NAME, CANONICAL_NAME) and FASHION_OBJECTS (LABEL_NAME) exist in no warehouse:
they are written into a statement as constants.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from sqlglot import exp

from analysis.resources import data_file

Tree = TypeVar("Tree", bound=exp.Expr)


def with_vocabulary(tree: Tree) -> Tree:
    """Return a statement in which the two relations are constants."""
    tree = tree.copy()
    relations = _relations()
    for table in list(tree.find_all(exp.Table)):
        if relation := relations.get(table.name.upper()):
            table.replace(relation.copy().subquery(table.alias_or_name))
    return tree


@lru_cache(maxsize=1)
def _relations() -> dict[str, exp.Query]:
    facts = tomllib.loads(data_file("vocabulary.toml").read_text(encoding="utf-8"))
    spellings = facts["brand_spellings"].items()
    objects = [(name,) for name in facts["fashion_objects"]]
    return {
        "BRAND_SPELLINGS": _constants(("LABEL_NAME", "CANONICAL_NAME"), spellings),
        "FASHION_OBJECTS": _constants(("LABEL_NAME",), objects),
    }


def _constants(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> exp.Query:
    values = exp.values([tuple(row) for row in rows], alias="V", columns=columns)
    return exp.select(*columns).from_(values)
