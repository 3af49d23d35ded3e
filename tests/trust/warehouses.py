"""Generated warehouses, good and bad, and an account of them that is made without any SQL.

A warehouse is drawn as plain lists, then flaws are worked into it: one for every rule of the
contract and for every kind of dirt. ``expected`` counts in Python what the contract must report.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analysis.warehouse import contract
from analysis.warehouse.source import MARTS

A, S, L, P = MARTS
TYPES = {
    A: {"AUTHORID": "BIGINT", "BIO": "VARCHAR", "NB_FOLLOWERS": "BIGINT", "NB_FOLLOWS": "BIGINT"},
    S: {
        "AUTHORID": "BIGINT", "GEO_ZONE": "VARCHAR", "NB_FOLLOWERS": "DOUBLE",
        "FASHION_INTEREST_SEGMENT": "BOOLEAN",
    },
    L: {
        "IMAGE_ID": "VARCHAR", "TYPE": "VARCHAR", "POSITION_IN_IMAGE": "DOUBLE[]",
        "LABEL_NAME": "VARCHAR",
    },
    P: {
        "POST_ID": "VARCHAR", "AUTHORID": "BIGINT", "COMMENT_COUNT": "BIGINT",
        "POST_CAPTION": "VARCHAR", "NB_LIKES": "BIGINT", "POST_PUBLICATION_DATE": "TIMESTAMP",
        "IMAGE_ID": "VARCHAR",
    },
}  # fmt: skip
_ARROW = {
    "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"), "DOUBLE[]": pa.list_(pa.float64()),
    "DECIMAL(18,6)": pa.decimal128(18, 6), "HUGEINT": pa.decimal128(38, 0), "BLOB": pa.binary(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"), "INTEGER": pa.int32(), "DATE": pa.date32(),
}  # fmt: skip
LABELS = (
    ("object_detection", "top"), ("object_detection", "pants"), ("object_detection", "shoes"),
    ("object_detection", "bag"), ("pattern", "stripes"), ("pattern", "plain"),
    ("shoe", "sneakers"), ("shoe", "sandals"), ("bag_brand", "balenciaga"),
)  # fmt: skip
# what a spreadsheet, a page, a shell or a parser might take for its own
HOSTILE = (
    "'; drop table mart_authors; --", "<script>alert(1)</script>", '=hyperlink("x")', "@sum(1+1)",
    "{{x}}", "`{python}_1`", "#set_page()", "\\input{x}", "a|b", "$x$", "[a](javascript:x)", "'",
    '"', "é́", "\u202etxt", "a\nb", "-1", "..//..", "%s%n", "{a!r}", "\x1b[31m", "\u00a0", "\ufeff",
)  # fmt: skip
HUGE = 10_000_000_000


@dataclass
class Warehouse:
    """Rows of the four marts by column, and the declared type of each column."""

    rows: dict[str, dict[str, list[Any]]]
    types: dict[str, dict[str, str]]
    flaws: list[str] = field(default_factory=list)

    def size(self, table: str) -> int:
        """Return the number of rows."""
        return len(next(iter(self.rows[table].values()), []))

    def add(self, table: str, **values: Any) -> None:
        """Add a row; what is not named is like the first row, or missing."""
        for column, cells in self.rows[table].items():
            cells.append(values.get(column, cells[0] if cells else None))

    def keep(self, table: str, number: int) -> None:
        """Keep the first rows only."""
        for cells in self.rows[table].values():
            del cells[number:]

    def write(self, path: Path) -> Path:
        """Write a DuckDB file."""
        path.unlink(missing_ok=True)
        with duckdb.connect(path) as connection:
            for table, columns in self.rows.items():
                arrays = {
                    name: pa.array(cells, _ARROW[self.types[table][name]])
                    for name, cells in columns.items()
                }
                connection.register("incoming", pa.table(arrays))
                casts = [
                    f'CAST("{name}" AS {self.types[table][name]}) AS "{name}"' for name in columns
                ]
                connection.execute(
                    f"CREATE TABLE {table} AS SELECT {', '.join(casts)} FROM incoming"
                )
                connection.unregister("incoming")
        return path


def base(seed: int, authors: int, images: int, days: int) -> Warehouse:
    """Return a sound warehouse of a few authors; equal arguments give equal rows."""
    draw = random.Random(seed)
    ids = draw.sample(range(10**9, 2 * 10**9), authors)
    followers = {author: int(math.exp(draw.uniform(3, 13))) for author in ids}
    rows: dict[str, dict[str, list[Any]]] = {
        table: {column: [] for column in columns} for table, columns in TYPES.items()
    }
    made = Warehouse(rows, {table: dict(columns) for table, columns in TYPES.items()})
    for author in ids:
        made.add(A, AUTHORID=author, BIO="words", NB_FOLLOWERS=followers[author],
                 NB_FOLLOWS=draw.randrange(5000))  # fmt: skip
        made.add(S, AUTHORID=author, GEO_ZONE="us", NB_FOLLOWERS=float(followers[author]),
                 FASHION_INTEREST_SEGMENT=draw.random() < 0.2)  # fmt: skip
    first = datetime(2023, 1, 2)
    for i in range(images):
        made.add(
            P, POST_ID=f"post{i}", AUTHORID=draw.choice(ids), COMMENT_COUNT=draw.randrange(50),
            POST_CAPTION="words", NB_LIKES=draw.randrange(500), IMAGE_ID=f"image{i}",
            POST_PUBLICATION_DATE=first + timedelta(days=draw.randrange(days), seconds=i),
        )  # fmt: skip
        for j in range(draw.randrange(1, 4)):
            kind, name = draw.choice(LABELS)
            box = [0.1 * j, 0.1, 0.9, 0.9]
            made.add(L, IMAGE_ID=f"image{i}", TYPE=kind, POSITION_IN_IMAGE=box, LABEL_NAME=name)
    return made


# -- flaws: each works one thing into a warehouse -----------------------------------------------

Flaw = Callable[[Warehouse, random.Random], None]
FLAWS: dict[str, Flaw] = {}


def _some(made: Warehouse, table: str, draw: random.Random) -> list[int]:
    """Return a few rows, or a third of them, or all."""
    size = made.size(table)
    most = draw.choice((5, 5, size // 3, size))
    return draw.sample(range(size), draw.randint(1, max(1, min(size, most)))) if size else []


def _set(table: str, column: str, choices: tuple[Any, ...], kind: str | None = None) -> Flaw:
    def flaw(made: Warehouse, draw: random.Random) -> None:
        if column not in made.rows.get(table, {}):
            return
        if kind:
            retyped(made, table, column, kind)
        if made.types[table][column] not in (kind, TYPES[table][column]):
            return
        for i in _some(made, table, draw):
            made.rows[table][column][i] = draw.choice(choices)

    return flaw


def retyped(made: Warehouse, table: str, column: str, kind: str) -> None:
    """Give a column another type; values become that type where they can, else NULL."""
    cells = made.rows[table][column]
    numeric = {"DOUBLE": float, "DECIMAL(18,6)": Decimal, "HUGEINT": int, "BIGINT": int}
    for i, value in enumerate(cells):
        if value is None:
            continue
        if kind == "VARCHAR":
            cells[i] = str(value)
        elif kind == "BLOB":
            cells[i] = str(value).encode()
        elif kind in numeric:
            try:
                cells[i] = numeric[kind](value)
            except (TypeError, ValueError, OverflowError, ArithmeticError):
                cells[i] = None
        elif kind in ("TIMESTAMPTZ", "DATE"):
            cells[i] = value if isinstance(value, datetime) else None
    made.types[table][column] = kind


for _table in MARTS:
    for _column in TYPES[_table]:
        FLAWS[f"NULL in {_table}.{_column}"] = _set(_table, _column, (None,))
for _table, _column in (
    (A, "NB_FOLLOWERS"), (A, "NB_FOLLOWS"), (P, "COMMENT_COUNT"), (P, "NB_LIKES"),
):  # fmt: skip
    FLAWS[f"negative {_table}.{_column}"] = _set(_table, _column, (-1, -7, -(2**62)))
    FLAWS[f"astronomic {_table}.{_column}"] = _set(_table, _column, (HUGE, 2**63 - 1, HUGE - 1))
for _table, _column in (
    (A, "NB_FOLLOWERS"), (A, "NB_FOLLOWS"), (S, "NB_FOLLOWERS"), (P, "COMMENT_COUNT"),
    (P, "NB_LIKES"),
):  # fmt: skip
    _strange = (math.nan, math.inf, -math.inf, 1e300, 0.5, -0.0, -0.5, float(HUGE))
    FLAWS[f"strange numbers in {_table}.{_column}"] = _set(_table, _column, _strange, "DOUBLE")
FLAWS["zero and threshold followers"] = _set(A, "NB_FOLLOWERS", (0, 12_000, 12_001, 40_000, 40_001))
FLAWS["decimal followers"] = _set(S, "NB_FOLLOWERS", (1.5, 11_999.999, 40_000.5))
for _table, _column in ((P, "POST_ID"), (P, "IMAGE_ID"), (L, "IMAGE_ID"), (L, "TYPE"),
                        (L, "LABEL_NAME"), (S, "GEO_ZONE")):  # fmt: skip
    _long = ("x" * 201, "é" * 201, "x" * 100_000, "x" * 200, "")
    FLAWS[f"huge text in {_table}.{_column}"] = _set(_table, _column, _long)
    FLAWS[f"hostile text in {_table}.{_column}"] = _set(_table, _column, HOSTILE)
for _table, _column in ((A, "BIO"), (P, "POST_CAPTION")):
    FLAWS[f"any text in {_table}.{_column}"] = _set(
        _table, _column, (*HOSTILE, "", "x" * 1_000_000)
    )
FLAWS["dates out of range"] = _set(
    P, "POST_PUBLICATION_DATE",
    (datetime(1970, 1, 1), datetime(2009, 12, 31, 23), datetime(9999, 12, 31), datetime(1, 1, 1)),
)  # fmt: skip
FLAWS["dates at the edge"] = _set(
    P,
    "POST_PUBLICATION_DATE",
    (datetime(2010, 1, 1), datetime(2024, 2, 29), datetime(2025, 1, 31, 23, 59, 59)),
)
FLAWS["unknown types"] = _set(L, "TYPE", ("colour", "Pattern", "x y"))
FLAWS["odd label names"] = _set(L, "LABEL_NAME", ("Top", "a b", "STRIPES", "unknown thing"))
FLAWS["broken boxes"] = _set(
    L, "POSITION_IN_IMAGE", ([], [0.1], [math.nan] * 4, [9.0, 9.0, 1.0, 1.0], [0.0] * 9)
)
_OTHER = {
    "AUTHORID": ("VARCHAR", "DOUBLE", "HUGEINT"), "POST_PUBLICATION_DATE": ("TIMESTAMPTZ", "DATE"),
    "POSITION_IN_IMAGE": ("BLOB", "VARCHAR"), "FASHION_INTEREST_SEGMENT": ("VARCHAR",),
    **dict.fromkeys(("NB_FOLLOWERS", "NB_FOLLOWS", "NB_LIKES", "COMMENT_COUNT"),
                    ("VARCHAR", "HUGEINT")),
}  # fmt: skip
for _table, _column, _kinds in (
    (table, column, _OTHER.get(column, ("BLOB",))) for table in MARTS for column in TYPES[table]
):

    def _retype(made: Warehouse, draw: random.Random, at: Any = (_table, _column, _kinds)) -> None:
        if at[1] in made.rows.get(at[0], {}):
            retyped(made, at[0], at[1], draw.choice(at[2]))

    FLAWS[f"another type for {_table}.{_column}"] = _retype
for _table in MARTS:

    def _drop(made: Warehouse, draw: random.Random, table: str = _table) -> None:
        made.rows.pop(table, None)

    def _empty(made: Warehouse, draw: random.Random, table: str = _table) -> None:
        if table in made.rows:
            made.keep(table, 0)

    FLAWS[f"no table {_table}"] = _drop
    FLAWS[f"empty {_table}"] = _empty


for _table, _column in ((table, column) for table in MARTS for column in TYPES[table]):

    def _drop_column(
        made: Warehouse, draw: random.Random, at: tuple[str, str] = (_table, _column)
    ) -> None:
        if len(made.rows.get(at[0], {})) > 1:
            made.rows[at[0]].pop(at[1], None)

    FLAWS[f"no column {_table}.{_column}"] = _drop_column


def _flaw(name: str, *tables: str) -> Callable[[Flaw], Flaw]:
    """Register a flaw that needs tables with all their columns, of their usual types."""

    def register(flaw: Flaw) -> Flaw:
        def guarded(made: Warehouse, draw: random.Random) -> None:
            if all(
                made.types[table] == TYPES[table]
                and made.rows.get(table, {}).keys() == TYPES[table].keys()
                and made.size(table)
                for table in tables
            ):
                flaw(made, draw)

        FLAWS[name] = guarded
        return flaw

    return register


@_flaw("repeated authors", A)
def repeated_authors(made: Warehouse, draw: random.Random) -> None:
    """Add whole copies of author rows."""
    for i in _some(made, A, draw):
        made.add(A, **{column: cells[i] for column, cells in made.rows[A].items()})


@_flaw("authors that contradict themselves", A, S)
def contradictions(made: Warehouse, draw: random.Random) -> None:
    """Add copies of author rows with other counts and zones."""
    for i in _some(made, A, draw):
        made.add(A, AUTHORID=made.rows[A]["AUTHORID"][i], NB_FOLLOWERS=draw.randrange(10**6))
    for i in _some(made, S, draw):
        made.add(S, AUTHORID=made.rows[S]["AUTHORID"][i], GEO_ZONE="fr", NB_FOLLOWERS=1.0)


@_flaw("posts of no author", P)
def posts_of_nobody(made: Warehouse, draw: random.Random) -> None:
    """Give posts to accounts that no table names."""
    for i in _some(made, P, draw):
        made.rows[P]["AUTHORID"][i] = draw.randrange(5, 9)


@_flaw("labels of no post", L)
def labels_of_nothing(made: Warehouse, draw: random.Random) -> None:
    """Move labels to images that nobody posted."""
    for i in _some(made, L, draw):
        made.rows[L]["IMAGE_ID"][i] = f"nowhere{i}"


@_flaw("no label of any post", L)
def all_labels_of_nothing(made: Warehouse, draw: random.Random) -> None:
    """Move all labels to images that nobody posted."""
    made.rows[L]["IMAGE_ID"][:] = ["nowhere"] * made.size(L)


@_flaw("one author with most rows", P)
def one_loud_author(made: Warehouse, draw: random.Random) -> None:
    """Give most posts to one author."""
    author = made.rows[P]["AUTHORID"][0]
    for i in range(made.size(P)):
        if i % 3:
            made.rows[P]["AUTHORID"][i] = author


@_flaw("posts shared by authors", A, P)
def shared_posts(made: Warehouse, draw: random.Random) -> None:
    """Let several rows name one post, and several posts one image."""
    for i in _some(made, P, draw):
        made.rows[P]["POST_ID"][i] = made.rows[P]["POST_ID"][0]
    for i in _some(made, P, draw):
        made.rows[P]["IMAGE_ID"][i] = made.rows[P]["IMAGE_ID"][0]


@_flaw("one day", P)
def one_day(made: Warehouse, draw: random.Random) -> None:
    """Let everything happen on one day."""
    made.rows[P]["POST_PUBLICATION_DATE"][:] = [datetime(2024, 2, 29, 12)] * made.size(P)


@_flaw("one label", L)
def one_label(made: Warehouse, draw: random.Random) -> None:
    """Let every detection be the same."""
    kind, name = draw.choice(LABELS)
    made.rows[L]["TYPE"][:] = [kind] * made.size(L)
    made.rows[L]["LABEL_NAME"][:] = [name] * made.size(L)


@_flaw("no followers at all", A, S)
def no_followers(made: Warehouse, draw: random.Random) -> None:
    """Leave every band unknown."""
    made.rows[A]["NB_FOLLOWERS"][:] = [None] * made.size(A)
    made.rows[S]["NB_FOLLOWERS"][:] = [None] * made.size(S)


@_flaw("one band", A, S)
def one_band(made: Warehouse, draw: random.Random) -> None:
    """Put every author into one band."""
    count = draw.choice((5, 20_000, 900_000))
    made.rows[A]["NB_FOLLOWERS"][:] = [count] * made.size(A)
    made.rows[S]["NB_FOLLOWERS"][:] = [float(count)] * made.size(S)


@_flaw("nobody flagged, or everybody", S)
def one_flag(made: Warehouse, draw: random.Random) -> None:
    """Give everybody the same flag."""
    flag = draw.choice((True, False, None))
    made.rows[S]["FASHION_INTEREST_SEGMENT"][:] = [flag] * made.size(S)


@_flaw("negative segment followers", S)
def negative_segment_followers(made: Warehouse, draw: random.Random) -> None:
    """Let means of readings be negative or beyond reason."""
    for i in _some(made, S, draw):
        made.rows[S]["NB_FOLLOWERS"][i] = draw.choice((-1.0, -0.5, 1e10, 1e18))


def _shape(table: str, column: str, value: Callable[[Any, int], Any]) -> Flaw:
    def flaw(made: Warehouse, draw: random.Random) -> None:
        cells, chance = made.rows[table][column], draw.randrange(10**6)
        cells[:] = [value(cell, chance + i) for i, cell in enumerate(cells)]

    return flaw


# whole columns of an odd shape, each of them lawful
for _name, _table, _column, _value in (
    ("one month", P, "POST_PUBLICATION_DATE",
     lambda v, i: v and datetime(2024, 2, 1 + i % 29, v.hour)),
    ("two days years apart", P, "POST_PUBLICATION_DATE",
     lambda v, i: datetime(2016 + 7 * (i % 2), 5, 4)),
    ("a date a month", P, "POST_PUBLICATION_DATE", lambda v, i: v and v.replace(day=1, hour=0)),
    ("no likes at all", P, "NB_LIKES", lambda v, i: None),
    ("nobody ever liked", P, "NB_LIKES", lambda v, i: 0),
    ("no comments at all", P, "COMMENT_COUNT", lambda v, i: None),
    ("no captions", P, "POST_CAPTION", lambda v, i: None),
    ("one image for all", P, "IMAGE_ID", lambda v, i: "image0"),
    ("no bios", A, "BIO", lambda v, i: None),
    ("everybody follows nobody", A, "NB_FOLLOWS", lambda v, i: 0),
    ("two counts of followers", A, "NB_FOLLOWERS", lambda v, i: (11_999, 40_001)[i % 2]),
    ("no followers counted", A, "NB_FOLLOWERS", lambda v, i: 0),
    ("every zone its own", S, "GEO_ZONE", lambda v, i: f"zone {i}"),
    ("no zones", S, "GEO_ZONE", lambda v, i: None),
    ("no readings", S, "NB_FOLLOWERS", lambda v, i: None),
    ("flags unlike each other", S, "FASHION_INTEREST_SEGMENT", lambda v, i: (True, None)[i % 2]),
    ("every label its own", L, "LABEL_NAME", lambda v, i: f"label{i}"),
    ("a hundred unknown labels", L, "LABEL_NAME", lambda v, i: f"label{i % 100}"),
    ("one type", L, "TYPE", lambda v, i: "pattern"),
    ("no objects", L, "TYPE", lambda v, i: "shoe" if v == "object_detection" else v),
    ("no boxes", L, "POSITION_IN_IMAGE", lambda v, i: None),
    ("one box for all", L, "POSITION_IN_IMAGE", lambda v, i: [0.1, 0.1, 0.9, 0.9]),
):  # fmt: skip
    _flaw(_name, _table)(_shape(_table, _column, _value))


@_flaw("labels of a few authors only", L, P)
def labels_of_few(made: Warehouse, draw: random.Random) -> None:
    """Drop the labels of all but a few authors."""
    few = set(draw.sample(made.rows[P]["AUTHORID"], min(made.size(P), draw.randint(1, 4))))
    theirs = {
        image
        for author, image in zip(made.rows[P]["AUTHORID"], made.rows[P]["IMAGE_ID"], strict=True)
        if author in few
    }
    kept = [image in theirs for image in made.rows[L]["IMAGE_ID"]]
    for column, cells in made.rows[L].items():
        made.rows[L][column] = list(itertools.compress(cells, kept))


@_flaw("two tables of other authors", A, S, P)
def strangers(made: Warehouse, draw: random.Random) -> None:
    """Let the tables of authors know nobody who posts."""
    made.rows[P]["AUTHORID"][:] = [author + 10**12 for author in made.rows[P]["AUTHORID"]]


def spoilt(
    draw: random.Random, flaws: Sequence[str], made: Warehouse | None = None, most: int = 3
) -> Warehouse:
    """Work up to ``most`` flaws into a warehouse; without one, into a small one."""
    sizes = ((1, 1, 1), (1, 30, 90), (2, 12, 20), (8, 60, 200), (30, 150, 420))
    made = made or base(draw.randrange(10_000), *draw.choice(sizes))
    made.flaws = draw.sample(flaws, draw.randint(0, most))
    for name in made.flaws:
        FLAWS[name](made, draw)
    return made


def lifelike(sample: Path, draw: random.Random) -> Warehouse:
    """Return some authors of a sample warehouse, with all they posted."""
    rows = {}
    with duckdb.connect(sample, read_only=True) as connection:
        everybody = connection.execute(f"SELECT DISTINCT AUTHORID FROM {S} ORDER BY 1").fetchall()
        some = draw.sample(everybody, draw.choice((6, 20, 60, 200)))
        connection.execute("CREATE TEMP TABLE CHOSEN (AUTHORID BIGINT)")
        connection.executemany("INSERT INTO CHOSEN VALUES (?)", some)
        theirs = f"IMAGE_ID IN (SELECT IMAGE_ID FROM {P} WHERE AUTHORID IN (FROM CHOSEN))"
        for table, columns in TYPES.items():
            names = ", ".join(f"CAST({name} AS {kind})" for name, kind in columns.items())
            which = theirs if table == L else "AUTHORID IN (FROM CHOSEN)"
            found = connection.execute(f"SELECT {names} FROM {table} WHERE {which}").fetchall()
            cells = map(list, zip(*found, strict=True)) if found else ([] for _ in columns)
            rows[table] = dict(zip(columns, cells, strict=True))
    return Warehouse(rows, {table: dict(columns) for table, columns in TYPES.items()})


# -- the account: what the contract must say, counted without SQL --------------------------------

Count = tuple[str, int, int]


def expected(made: Warehouse, tomorrow: datetime) -> dict[tuple[str, str, str], Count]:
    """Return severity, rows and rows looked at of every rule that the warehouse breaks."""
    found: dict[tuple[str, str, str], Count] = {}
    loaded = contract.load()
    unsound: set[tuple[str, str]] = set()
    for table in MARTS:
        if table not in made.rows:
            found[table, "", "exists"] = ("error", 1, 1)
            unsound.add((table, ""))
    for column in loaded.columns:
        if column.table not in made.rows:
            continue
        kind = made.types[column.table][column.name]
        if column.name not in made.rows[column.table]:
            found[column.table, column.name, "exists"] = ("error", 1, 1)
        elif kind not in _HOLDS[column.type]:
            rule = f"has a type that can hold {_NAMED[column.type]}"
            found[column.table, column.name, rule] = ("error", 1, 1)
        else:
            continue
        unsound.add((column.table, column.name))
    empty = {table for table in made.rows if not made.size(table)}
    for table in empty:
        found[table, "", "has rows"] = ("error", 1, 1)
    for rule in loaded.rules:
        if rule.table not in made.rows or (rule.table, rule.column) in unsound:
            continue
        number = sum(map(_breaks(rule.rule, tomorrow), made.rows[rule.table][rule.column]))
        if number:
            key = (rule.table, rule.column, rule.rule)
            found[key] = (rule.severity, number, made.size(rule.table))
    touched = {table for table, _ in unsound} | empty
    for (key, reads), count in _LINKS.items():
        if not touched & set(reads):
            number, of = count(made)
            stops = key[2] == "is the image of a post" and number == of
            if number:
                found[key] = ("error" if stops else "warning", number, of)
    return found


_HOLDS = {
    "identifier": {"BIGINT", "INTEGER", "HUGEINT"},
    "number": {"BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "DECIMAL(18,6)"},
    "text": {"VARCHAR"},
    "boolean": {"BOOLEAN"},
    "time": {"TIMESTAMP", "DATE"},
    "box": {"DOUBLE[]", "VARCHAR"},
}
_NAMED = {
    "identifier": "a whole number", "number": "a number", "text": "text",
    "boolean": "true and false", "time": "a time without a zone",
    "box": "a list of numbers or a text",
}  # fmt: skip
_KNOWN = {"object_detection", "pattern", "shoe", "shoe_brand", "bag_brand"}


def _breaks(rule: str, tomorrow: datetime) -> Callable[[Any], bool]:
    """Return what makes a value break a rule, said in Python."""
    if rule in ("is not NULL", "is known"):
        return lambda value: value is None
    tests: dict[str, Callable[[Any], bool]] = {
        "is not negative": lambda v: v < 0,
        "is a number below ten thousand million": lambda v: v != v or v >= HUGE,
        "is a whole number below ten thousand million": lambda v: (
            v != v or v >= HUGE or (math.isfinite(v) and v != math.floor(v))
        ),
        "is whole": lambda v: math.isfinite(v) and v != math.floor(v),
        "is at most two hundred characters long": lambda v: len(v) > 200,
        "is one of the five known types": lambda v: v not in _KNOWN,
        "is lower case without spaces": lambda v: v != v.lower() or " " in v,
        "is not before 2010, when no such platform existed": lambda v: v < datetime(2010, 1, 1),
        "is not in the future": lambda v: v >= tomorrow,
    }
    test = tests[rule]
    return lambda value: value is not None and test(value)


def _repeats(table: str) -> Callable[[Warehouse], tuple[int, int]]:
    def count(made: Warehouse) -> tuple[int, int]:
        ids = made.rows[table]["AUTHORID"]
        return len(ids) - len({value for value in ids if value is not None}), len(ids)

    return count


def _lonely(made: Warehouse) -> tuple[int, int]:
    known = set(made.rows[S]["AUTHORID"]) - {None}
    return sum(author not in known for author in made.rows[A]["AUTHORID"]), made.size(A)


def _nameless(made: Warehouse) -> tuple[int, int]:
    known = (set(made.rows[A]["AUTHORID"]) | set(made.rows[S]["AUTHORID"])) - {None}
    return sum(author not in known for author in made.rows[P]["AUTHORID"]), made.size(P)


def _shared(made: Warehouse) -> tuple[int, int]:
    authors: dict[Any, set[Any]] = {}
    for post, author in zip(made.rows[P]["POST_ID"], made.rows[P]["AUTHORID"], strict=True):
        authors.setdefault(post, set()).update({author} - {None})
    number = sum(len(found) > 1 for found in authors.values())
    return number, len(authors.keys() - {None})


def _loud(made: Warehouse) -> tuple[int, int]:
    most = max(Counter(made.rows[P]["AUTHORID"]).values())
    return (most if most > 0.5 * made.size(P) else 0), made.size(P)


def _orphans(made: Warehouse) -> tuple[int, int]:
    posted = set(made.rows[P]["IMAGE_ID"]) - {None}
    return sum(image not in posted for image in made.rows[L]["IMAGE_ID"]), made.size(L)


_LINKS = {
    ((A, "AUTHORID", "has one row per author"), (A,)): _repeats(A),
    ((S, "AUTHORID", "has one row per author"), (S,)): _repeats(S),
    ((A, "AUTHORID", "has a row in MART_AUTHORS_SEGMENTATIONS"), (A, S)): _lonely,
    ((P, "AUTHORID", "is named by a table of authors"), (A, S, P)): _nameless,
    ((P, "POST_ID", "is the post of one author"), (P,)): _shared,
    ((P, "AUTHORID", "no author has more than half of the rows"), (P,)): _loud,
    ((L, "IMAGE_ID", "is the image of a post"), (L, P)): _orphans,
}
