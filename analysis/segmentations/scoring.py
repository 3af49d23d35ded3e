"""A fitted segmentation as one SQL query that gives the warehouse the same answer.

The query is written in Snowflake's dialect and reads two relations: ``AUTHOR_LABELS``
(AUTHOR_INDEX, LABEL, N_IMAGES), and ``AUTHOR_FEATURES`` with one row per author to be assigned.
Everything fitted stands in it as constants. It returns AUTHOR_INDEX, SEGMENT, IS_PRIMARY and
PROBABILITY: one row per segment of an author, of which one is the primary, and one row without a
segment for an author on whom the method abstains. The probability of a primary segment is that it
is the author's dominant one; that of another, that the author belongs to it.

Neither dialect has a log-gamma function that the other knows, so the query carries Stirling's
series after a shift by eight, exact to about 1e-11 for all positive arguments (Abramowitz & Stegun
6.1.41). Log-gamma is evaluated once per distinct (label, count) pair, as in Python, and posteriors
are normalised in two steps that cannot overflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import sqlglot

from analysis.contingency.counts import Floats
from analysis.segmentations.engagement import FittedEngagement
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import FittedHybrid
from analysis.segmentations.interface import BELONGS, Segment
from analysis.segmentations.mixture import LabelTree, Mixture
from analysis.segmentations.statistical import FittedClasses, FittedCorrespondence

LABELS, FEATURES = "AUTHOR_LABELS", "AUTHOR_FEATURES"
_FOLLOWERS = "COALESCE(FOLLOWERS_AUTHORS, FOLLOWERS_SEGMENTATIONS)"


@dataclass(frozen=True)
class ScoringQuery:
    """A query that assigns authors.

    Attributes
    ----------
    method : str
    snowflake : str
        The text in Snowflake's dialect.
    reads : tuple of str
        Relations that must exist, or be put before it as common table expressions.
    """

    method: str
    snowflake: str
    reads: tuple[str, ...]

    def duckdb(self) -> str:
        """Return the text in DuckDB's dialect."""
        return sqlglot.transpile(self.snowflake, read="snowflake", write="duckdb")[0]


@singledispatch
def scoring_query(fitted: Any) -> ScoringQuery:
    """Return the query that assigns authors as ``fitted.assign`` does.

    Raises
    ------
    ValueError
        If the method has no closed form in SQL (trees, topics, density clusters).
    """
    raise ValueError(
        f"{type(fitted).__name__} has no closed form in SQL: export its assignments instead."
    )


@scoring_query.register
def _(fitted: FollowerBands) -> ScoringQuery:
    text = f"""
SELECT
    AUTHOR_INDEX,
    CASE
        WHEN {_FOLLOWERS} <= {_number(fitted.trendy)} THEN 'mainstream'
        WHEN {_FOLLOWERS} <= {_number(fitted.edgy)} THEN 'trendy'
        WHEN {_FOLLOWERS} > {_number(fitted.edgy)} THEN 'edgy'
    END AS SEGMENT,
    TRUE AS IS_PRIMARY,
    CASE WHEN {_FOLLOWERS} IS NULL THEN 0E0 ELSE 1E0 END AS PROBABILITY
FROM {FEATURES}
"""
    return ScoringQuery(fitted.method, text.strip(), (FEATURES,))


@scoring_query.register
def _(fitted: FittedEngagement) -> ScoringQuery:
    names = [_text(segment.name) for segment in fitted.segments]
    text = f"""
WITH MEASURED AS (
    SELECT
        AUTHOR_INDEX,
        N_POSTS,
        LN(1 + LIKES_MEDIAN)
        - ({_number(fitted.level)} + {_number(fitted.slope)} * LN(1 + {_FOLLOWERS})) AS REST
    FROM {FEATURES}
)

SELECT
    AUTHOR_INDEX,
    CASE
        WHEN REST IS NULL OR N_POSTS = 0 THEN NULL
        WHEN N_POSTS > {_number(fitted.posts)} AND REST > {_number(fitted.rest)} THEN {names[3]}
        WHEN REST > {_number(fitted.rest)} THEN {names[2]}
        WHEN N_POSTS > {_number(fitted.posts)} THEN {names[1]}
        ELSE {names[0]}
    END AS SEGMENT,
    TRUE AS IS_PRIMARY,
    CASE WHEN REST IS NULL OR N_POSTS = 0 THEN 0E0 ELSE 1E0 END AS PROBABILITY
FROM MEASURED
"""
    return ScoringQuery(fitted.settings.method, text.strip(), (FEATURES,))


@scoring_query.register
def _(fitted: FittedCorrespondence) -> ScoringQuery:
    # distance to a centre is linear in the profile: |c|^2 - 2 sum_j share_j (standard_j . c)
    standard = fitted.axes.columns.standard.to_numpy()
    weight = 2 * standard @ fitted.centres.T
    level = -(fitted.centres**2).sum(axis=1)
    common = _relations(
        ("WEIGHTS", ("LABEL", "KIND", "WEIGHT"), _long(fitted.axes.columns.mass.index, weight)),
        ("KINDS", ("KIND", "LEVEL"), enumerate(level)),
        _segment_names(fitted.segments),
    )
    text = f"""
WITH {common},

KNOWN AS (
    SELECT
        L.AUTHOR_INDEX,
        L.LABEL,
        1E0 * L.N_IMAGES / SUM(L.N_IMAGES) OVER (PARTITION BY L.AUTHOR_INDEX) AS SHARE
    FROM {LABELS} AS L
    INNER JOIN (SELECT DISTINCT LABEL FROM WEIGHTS) AS W ON L.LABEL = W.LABEL
    WHERE L.N_IMAGES > 0
),

SCORED AS (
    SELECT
        S.AUTHOR_INDEX,
        S.KIND,
        S.SCORE + K.LEVEL AS SCORE
    FROM (
        SELECT
            O.AUTHOR_INDEX,
            W.KIND,
            SUM(O.SHARE * W.WEIGHT) AS SCORE
        FROM KNOWN AS O
        INNER JOIN WEIGHTS AS W ON O.LABEL = W.LABEL
        GROUP BY O.AUTHOR_INDEX, W.KIND
    ) AS S
    INNER JOIN KINDS AS K ON S.KIND = K.KIND
),

BEST AS (
    SELECT
        AUTHOR_INDEX,
        KIND,
        ROW_NUMBER() OVER (PARTITION BY AUTHOR_INDEX ORDER BY SCORE DESC, KIND) AS PLACE
    FROM SCORED
)

SELECT
    A.AUTHOR_INDEX,
    N.SEGMENT,
    TRUE AS IS_PRIMARY,
    CASE WHEN N.SEGMENT IS NULL THEN 0E0 ELSE 1E0 END AS PROBABILITY
FROM {FEATURES} AS A
LEFT JOIN BEST AS B ON A.AUTHOR_INDEX = B.AUTHOR_INDEX AND B.PLACE = 1
LEFT JOIN SEGMENTS AS N ON B.KIND = N.PLACE
"""
    return ScoringQuery(fitted.settings.method, text.strip(), (LABELS, FEATURES))


@scoring_query.register
def _(fitted: FittedClasses) -> ScoringQuery:
    mixture = fitted.mixture
    places = list(range(mixture.n_components))
    kinds = [(k, k, k, mixture.log_weight[k], k, k) for k in places]
    write = _dirichlet if mixture.family == "dirichlet" else _multinomial
    text = write(mixture, kinds, 1.0, fitted.segments, fitted.settings.least)
    return ScoringQuery(fitted.settings.method, text, (LABELS, FEATURES))


@scoring_query.register
def _(fitted: FittedHybrid) -> ScoringQuery:
    pairs = fitted.pairs
    kinds = [
        (k, int(a), int(b), prior, int(pairs.segment[a]), int(pairs.segment[b]))
        for k, (a, b, prior) in enumerate(
            zip(pairs.first, pairs.second, pairs.log_prior, strict=True)
        )
    ]
    text = _dirichlet(pairs.mixture, kinds, pairs.dominant, fitted.segments, fitted.settings.least)
    return ScoringQuery(fitted.settings.method, text, (LABELS, FEATURES))


Kind = tuple[int, int, int, float, int, int]
"""Number, first and second component, log prior, segment of the first and of the second."""
_KINDS = ("KIND", "FIRST_ONE", "SECOND_ONE", "LOG_PRIOR", "PLACE", "OTHER_PLACE")


def _dirichlet(
    mixture: Mixture,
    kinds: Sequence[Kind],
    dominant: float,
    segments: tuple[Segment, ...],
    least: float,
) -> str:
    tree = mixture.tree
    n_groups = len(tree.groups)
    common = _relations(
        ("PROFILES", ("LABEL", "COMPONENT", "SHARE"), _long(tree.labels, mixture.profile.T)),
        _label_nodes(tree),
        (
            "NODES",
            ("NODE", "COMPONENT", "CONCENTRATION"),
            _long(range(n_groups + 1), mixture.concentration.T),
        ),
        ("KINDS", _KINDS, kinds),
        _segment_names(segments),
    )
    first, second = _number(dominant), _number(1 - dominant)
    after_own = _log_gamma("(P.VALUE + T.ALPHA)")
    own = _log_gamma("T.ALPHA")
    after_whole = _log_gamma("(W.VALUE + C.CONCENTRATION)")
    whole = _log_gamma("C.CONCENTRATION")
    return f"""
WITH {common},

-- what an author of each kind is expected to show
MIXED AS (
    SELECT
        K.KIND,
        A.LABEL,
        L.NODE,
        {first} * A.SHARE + {second} * B.SHARE AS SHARE
    FROM KINDS AS K
    INNER JOIN PROFILES AS A ON K.FIRST_ONE = A.COMPONENT
    INNER JOIN PROFILES AS B ON K.SECOND_ONE = B.COMPONENT AND A.LABEL = B.LABEL
    INNER JOIN LABEL_NODES AS L ON A.LABEL = L.LABEL
),

MIXED_NODES AS (
    SELECT
        KIND,
        NODE,
        SUM(SHARE) AS SHARE
    FROM MIXED
    GROUP BY KIND, NODE
),

CONCENTRATIONS AS (
    SELECT
        K.KIND,
        A.NODE,
        {first} * A.CONCENTRATION + {second} * B.CONCENTRATION AS CONCENTRATION
    FROM KINDS AS K
    INNER JOIN NODES AS A ON K.FIRST_ONE = A.COMPONENT
    INNER JOIN NODES AS B ON K.SECOND_ONE = B.COMPONENT AND A.NODE = B.NODE
),

TASTES AS (
    SELECT
        M.KIND,
        M.LABEL AS ITEM,
        M.SHARE / N.SHARE * C.CONCENTRATION AS ALPHA
    FROM MIXED AS M
    INNER JOIN MIXED_NODES AS N ON M.KIND = N.KIND AND M.NODE = N.NODE
    INNER JOIN CONCENTRATIONS AS C ON M.KIND = C.KIND AND M.NODE = C.NODE
    UNION ALL
    SELECT
        N.KIND,
        CONCAT('node ', CAST(N.NODE AS VARCHAR)) AS ITEM,
        N.SHARE * C.CONCENTRATION AS ALPHA
    FROM MIXED_NODES AS N
    INNER JOIN CONCENTRATIONS AS C ON N.KIND = C.KIND AND C.NODE = {n_groups}
),

-- what each author shows
KNOWN AS (
    SELECT
        O.AUTHOR_INDEX,
        O.LABEL,
        L.NODE,
        SUM(O.N_IMAGES) / MAX(L.DISCOUNT) AS VALUE
    FROM {LABELS} AS O
    INNER JOIN LABEL_NODES AS L ON O.LABEL = L.LABEL
    WHERE O.N_IMAGES > 0
    GROUP BY O.AUTHOR_INDEX, O.LABEL, L.NODE
),

KNOWN_NODES AS (
    SELECT
        AUTHOR_INDEX,
        NODE,
        ROUND(SUM(VALUE), 9) AS VALUE
    FROM KNOWN
    GROUP BY AUTHOR_INDEX, NODE
),

OBSERVED AS (
    SELECT
        AUTHOR_INDEX,
        LABEL AS ITEM,
        ROUND(VALUE, 9) AS VALUE
    FROM KNOWN
    UNION ALL
    SELECT
        AUTHOR_INDEX,
        CONCAT('node ', CAST(NODE AS VARCHAR)) AS ITEM,
        VALUE
    FROM KNOWN_NODES
),

WHOLES AS (
    SELECT
        AUTHOR_INDEX,
        NODE,
        VALUE
    FROM KNOWN_NODES
    UNION ALL
    SELECT
        AUTHOR_INDEX,
        {n_groups} AS NODE,
        ROUND(SUM(VALUE), 9) AS VALUE
    FROM KNOWN_NODES
    GROUP BY AUTHOR_INDEX
),

-- one log-gamma per distinct value, not per author
ITEM_TERMS AS (
    SELECT
        P.ITEM,
        P.VALUE,
        T.KIND,
        {after_own} - {own} AS TERM
    FROM (SELECT DISTINCT ITEM, VALUE FROM OBSERVED) AS P
    INNER JOIN TASTES AS T ON P.ITEM = T.ITEM
),

NODE_TERMS AS (
    SELECT
        W.NODE,
        W.VALUE,
        C.KIND,
        {whole} - {after_whole} AS TERM
    FROM (SELECT DISTINCT NODE, VALUE FROM WHOLES) AS W
    INNER JOIN CONCENTRATIONS AS C ON W.NODE = C.NODE
),

SUMMED AS (
    SELECT
        O.AUTHOR_INDEX,
        T.KIND,
        SUM(T.TERM) AS SCORE
    FROM OBSERVED AS O
    INNER JOIN ITEM_TERMS AS T ON O.ITEM = T.ITEM AND O.VALUE = T.VALUE
    GROUP BY O.AUTHOR_INDEX, T.KIND
    UNION ALL
    SELECT
        W.AUTHOR_INDEX,
        T.KIND,
        SUM(T.TERM) AS SCORE
    FROM WHOLES AS W
    INNER JOIN NODE_TERMS AS T ON W.NODE = T.NODE AND W.VALUE = T.VALUE
    GROUP BY W.AUTHOR_INDEX, T.KIND
),

{_normalised(least)}
""".strip()


def _multinomial(
    mixture: Mixture,
    kinds: Sequence[Kind],
    dominant: float,  # noqa: ARG001 - same form as _dirichlet; these mixtures have no pairs
    segments: tuple[Segment, ...],
    least: float,
) -> str:
    tempering = float(mixture.concentration[0, 0])
    worth = "VALUE"
    if np.isfinite(tempering):
        total = "SUM(VALUE) OVER (PARTITION BY AUTHOR_INDEX)"
        worth = f"VALUE * {_number(1 + tempering)} / ({total} + {_number(tempering)})"
    common = _relations(
        (
            "PROFILES",
            ("LABEL", "KIND", "LOG_SHARE"),
            _long(mixture.labels, np.log(mixture.profile).T),
        ),
        _label_nodes(mixture.tree),
        ("KINDS", _KINDS, kinds),
        _segment_names(segments),
    )
    return f"""
WITH {common},

KNOWN AS (
    SELECT
        O.AUTHOR_INDEX,
        O.LABEL,
        SUM(O.N_IMAGES) / MAX(L.DISCOUNT) AS VALUE
    FROM {LABELS} AS O
    INNER JOIN LABEL_NODES AS L ON O.LABEL = L.LABEL
    WHERE O.N_IMAGES > 0
    GROUP BY O.AUTHOR_INDEX, O.LABEL
),

WORTH AS (
    SELECT
        AUTHOR_INDEX,
        LABEL,
        {worth} AS VALUE
    FROM KNOWN
),

SUMMED AS (
    SELECT
        W.AUTHOR_INDEX,
        P.KIND,
        SUM(W.VALUE * P.LOG_SHARE) AS SCORE
    FROM WORTH AS W
    INNER JOIN PROFILES AS P ON W.LABEL = P.LABEL
    GROUP BY W.AUTHOR_INDEX, P.KIND
),

{_normalised(least)}
""".strip()


def _normalised(least: float) -> str:
    """From SUMMED (author, kind, score) to segments: logsumexp in two steps, then who belongs."""
    return f"""SCORED AS (
    SELECT
        S.AUTHOR_INDEX,
        S.KIND,
        SUM(S.SCORE) + MAX(K.LOG_PRIOR) AS SCORE,
        MAX(K.PLACE) AS PLACE,
        MAX(K.OTHER_PLACE) AS OTHER_PLACE
    FROM SUMMED AS S
    INNER JOIN KINDS AS K ON S.KIND = K.KIND
    GROUP BY S.AUTHOR_INDEX, S.KIND
),

WEIGHED AS (
    SELECT
        AUTHOR_INDEX,
        PLACE,
        OTHER_PLACE,
        EXP(SCORE - MAX(SCORE) OVER (PARTITION BY AUTHOR_INDEX)) AS WEIGHT
    FROM SCORED
),

PLACED AS (
    SELECT
        AUTHOR_INDEX,
        PLACE,
        OTHER_PLACE,
        SUM(WEIGHT) / SUM(SUM(WEIGHT)) OVER (PARTITION BY AUTHOR_INDEX) AS SHARE
    FROM WEIGHED
    GROUP BY AUTHOR_INDEX, PLACE, OTHER_PLACE
),

DOMINANT AS (
    SELECT
        AUTHOR_INDEX,
        PLACE,
        LEAST(SUM(SHARE), 1E0) AS PROBABILITY
    FROM PLACED
    GROUP BY AUTHOR_INDEX, PLACE
    QUALIFY
        ROW_NUMBER() OVER (PARTITION BY AUTHOR_INDEX ORDER BY SUM(SHARE) DESC, PLACE) = 1
),

FOUND AS (
    SELECT
        AUTHOR_INDEX,
        PLACE,
        TRUE AS IS_PRIMARY,
        PROBABILITY
    FROM DOMINANT
    WHERE PROBABILITY >= {_number(least)}
    UNION ALL
    SELECT
        E.AUTHOR_INDEX,
        E.PLACE,
        FALSE AS IS_PRIMARY,
        LEAST(SUM(E.SHARE), 1E0) AS PROBABILITY
    FROM (
        SELECT
            AUTHOR_INDEX,
            PLACE,
            SHARE
        FROM PLACED
        UNION ALL
        SELECT
            AUTHOR_INDEX,
            OTHER_PLACE AS PLACE,
            SHARE
        FROM PLACED
        WHERE OTHER_PLACE <> PLACE
    ) AS E
    INNER JOIN DOMINANT AS D
        ON E.AUTHOR_INDEX = D.AUTHOR_INDEX AND D.PROBABILITY >= {_number(least)}
    WHERE E.PLACE <> D.PLACE
    GROUP BY E.AUTHOR_INDEX, E.PLACE
    HAVING SUM(E.SHARE) >= {_number(BELONGS)}
)

SELECT
    A.AUTHOR_INDEX,
    N.SEGMENT,
    COALESCE(F.IS_PRIMARY, TRUE) AS IS_PRIMARY,
    COALESCE(F.PROBABILITY, 0E0) AS PROBABILITY
FROM {FEATURES} AS A
LEFT JOIN FOUND AS F ON A.AUTHOR_INDEX = F.AUTHOR_INDEX
LEFT JOIN SEGMENTS AS N ON F.PLACE = N.PLACE"""


def _log_gamma(argument: str) -> str:
    """Return ln gamma of a positive expression: Stirling's series at the argument plus eight."""
    shifted = f"({argument} + 8)"
    product = " * ".join(f"({argument} + {step})" for step in range(1, 8))
    return (
        f"(({shifted} - 0.5) * LN({shifted}) - {shifted} + 0.9189385332046727E0"
        f" + 1 / (12 * {shifted}) - 1 / (360 * POWER({shifted}, 3))"
        f" + 1 / (1260 * POWER({shifted}, 5)) - 1 / (1680 * POWER({shifted}, 7))"
        f" - LN({argument} * {product}))"
    )


Relation = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def _label_nodes(tree: LabelTree) -> Relation:
    rows = zip(tree.labels, tree.group, tree.discount, strict=True)
    return "LABEL_NODES", ("LABEL", "NODE", "DISCOUNT"), rows


def _segment_names(segments: tuple[Segment, ...]) -> Relation:
    return "SEGMENTS", ("PLACE", "SEGMENT"), enumerate(segment.name for segment in segments)


def _long(names: Iterable[Any], table: Floats) -> Iterable[tuple[Any, int, float]]:
    """Return (name, column, value) for a (names, columns) array."""
    return (
        (name, column, float(value))
        for name, row in zip(names, table, strict=True)
        for column, value in enumerate(row)
    )


def _relations(*relations: Relation) -> str:
    """Write constants as common table expressions."""
    written = []
    for name, columns, rows in relations:
        values = ",\n        ".join(f"({', '.join(map(_constant, row))})" for row in rows)
        written.append(
            f"{name} AS (\n    SELECT\n        {', '.join(columns)}\n    FROM (\n        VALUES\n"
            f"        {values}\n    ) AS V ({', '.join(columns)})\n)"
        )
    return ",\n\n".join(written)


def _constant(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | np.integer):
        return str(int(value))
    return _number(float(value))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _number(value: float) -> str:
    """Write a double so that it reads back as itself, and is a double in both dialects."""
    written = repr(float(value))
    return written if "e" in written else f"{written}E0"
