"""Author x label counts, author features and weekly counts, worked out in several ways.

    python -m benchmarks.extraction [--scale 1] [--repeats 3]

"extracts" are this project's queries. "pandas" loads the marts whole, merges posts with labels
whole and groups, as the public solution of the same task does that works in pandas. "lean pandas"
loads them whole, too, but merges only the columns it needs. "polars" does the same lazily. "scan"
reads the columns touched once in DuckDB and hashes every value: what no way can beat. The ways run
in turn, each in a process of its own, and must agree. "counts" is the smallest query in DuckDB that
finds the first table alone, with neither the second nor the third, no renaming and no order: what
remains to be saved lies between it and "extracts". Pandas and polars read Parquet, as that
solution caches it; writing it is not counted, nor are the files of merged tables that it writes.
Both pandas ways gain by pandas 3, which keeps text in Arrow.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analysis.extracts import catalogue
from analysis.warehouse.batches import narrow
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.source import MARTS
from benchmarks.measure import (
    PARAMETERS,
    goal,
    in_child,
    in_turn,
    report_child,
    sample,
    spread,
    write,
)

TABLES = ("author_label_counts", "author_features", "weekly_activity")
WORDS = {
    "SPONSOR": "sponsor|paid partner|commercial partner|#ad |#gifted|werbung"
    "|collaboration commerciale|publicidad",
    "SHOP": "shop now|order now|to order|link in bio|free shipping|in store|new arrival"
    "|available now",
    "CODE": "use code|my code|promo code|discount code|ambassador",
}


def by_extracts(file: Path, _parquet: Path) -> dict[str, float]:
    source = DuckDBFile(file)
    counts, features, weeks = (
        catalogue.get(name).run(source, PARAMETERS).table.to_pandas() for name in TABLES
    )
    source.close()
    halves = counts["N_IMAGES_1"], counts["N_IMAGES_2"]
    return {
        "label_cells": sum((half > 0).sum() for half in halves),
        "label_images": sum(half.sum() for half in halves),
        "posts": features["N_POSTS"].sum(),
        "labelled": features["N_LABELLED_IMAGES"].sum(),
        "likes": features["LIKES_MEDIAN"].sum(),
        "weekly_images": weeks["N_IMAGES"].sum(),
        "weekly_labelled": weeks["N_LABELLED_IMAGES"].sum(),
    }


def by_pandas(parquet: Path, *, lean: bool) -> dict[str, float]:
    """Merge the marts in pandas: whole, or only the columns that are needed."""
    import pandas as pd

    marts = {mart: pd.read_parquet(parquet / f"{mart}.parquet") for mart in MARTS}
    authors, segmentations = marts["MART_AUTHORS"], marts["MART_AUTHORS_SEGMENTATIONS"]
    posts, labels = marts["MART_IMAGES_OF_POSTS"], marts["MART_IMAGES_LABELS"]
    posts["DAY"] = posts["POST_PUBLICATION_DATE"].dt.normalize()
    span = (posts["DAY"].max() - posts["DAY"].min()).days
    split = posts["DAY"].min() + pd.Timedelta(days=-(-span // 2))
    days = posts.groupby(["AUTHORID", "IMAGE_ID"])["DAY"]
    first = days.min().reset_index()
    first["HALF"] = (first["DAY"] >= split) + 1
    if lean:
        merged = first.merge(labels, on="IMAGE_ID")
    else:
        halves = (days.transform("min") >= split) + 1
        merged = posts.assign(HALF=halves).merge(labels, on="IMAGE_ID")
    keys = ["AUTHORID", "TYPE", "LABEL_NAME", "HALF"]
    of_mart = merged.loc[merged["AUTHORID"].isin(authors["AUTHORID"]), [*keys, "IMAGE_ID"]]
    counts = of_mart.groupby(keys)["IMAGE_ID"].nunique()

    caption = posts["POST_CAPTION"].fillna("").str.lower()
    for name, words in WORDS.items():
        posts[name] = caption.str.contains(words)
    by_author = posts.groupby("AUTHORID")
    features = pd.DataFrame(
        {
            "N_POSTS": by_author["POST_ID"].nunique(),
            "LIKES_MEAN": by_author["NB_LIKES"].mean(),
            "LIKES_MEDIAN": by_author["NB_LIKES"].median(),
            "COMMENTS_MEAN": by_author["COMMENT_COUNT"].mean(),
            "COMMENTS_MEDIAN": by_author["COMMENT_COUNT"].median(),
            **{name: by_author[name].mean() for name in WORDS},
            "N_LABELLED": merged.groupby("AUTHORID")["IMAGE_ID"].nunique(),
        }
    )
    people = authors.drop_duplicates("AUTHORID").merge(
        segmentations.drop_duplicates("AUTHORID"), on="AUTHORID", how="outer", suffixes=("", "_2")
    )
    followers = people["NB_FOLLOWERS"].astype(float).fillna(people["NB_FOLLOWERS_2"].astype(float))
    people["BAND"] = (
        pd.cut(followers, [-1, 12_000, 40_000, float("inf")], labels=["m", "t", "e"])
        .astype(object)
        .fillna("unknown")
    )
    features = features.reset_index().merge(people, on="AUTHORID", how="left")
    labelled = set(labels["IMAGE_ID"].unique())
    first["LABELLED"] = first["IMAGE_ID"].isin(labelled)
    first["WEEK"] = first["DAY"] - pd.to_timedelta(first["DAY"].dt.dayofweek, unit="D")
    dated = first.merge(people[["AUTHORID", "BAND", "FASHION_INTEREST_SEGMENT"]], how="left")
    weeks = dated.groupby(["WEEK", "BAND", "FASHION_INTEREST_SEGMENT"], dropna=False).agg(
        images=("IMAGE_ID", "size"),
        labelled=("LABELLED", "sum"),
        authors=("AUTHORID", "nunique"),
    )
    return {
        "label_cells": len(counts),
        "label_images": counts.sum(),
        "posts": features["N_POSTS"].sum(),
        "labelled": features["N_LABELLED"].sum(),
        "likes": features["LIKES_MEDIAN"].sum(),
        "weekly_images": weeks["images"].sum(),
        "weekly_labelled": weeks["labelled"].sum(),
    }


def by_polars(_file: Path, parquet: Path) -> dict[str, float]:
    import polars as pl

    marts = {mart: pl.scan_parquet(parquet / f"{mart}.parquet") for mart in MARTS}
    labels, day = marts["MART_IMAGES_LABELS"], pl.col("POST_PUBLICATION_DATE").dt.date()
    posts = marts["MART_IMAGES_OF_POSTS"].with_columns(day.alias("DAY"))
    start, end = posts.select(pl.min("DAY"), pl.max("DAY").alias("END")).collect().row(0)
    span = (end - start).days
    split = pl.lit(start) + pl.duration(days=-(-span // 2))
    first = posts.group_by("AUTHORID", "IMAGE_ID").agg(pl.min("DAY"))
    pairs = labels.select("IMAGE_ID", "TYPE", "LABEL_NAME").unique()
    counts = (
        first.join(marts["MART_AUTHORS"].select("AUTHORID"), on="AUTHORID", how="semi")
        .with_columns((pl.col("DAY") >= split).alias("HALF"))
        .join(pairs, on="IMAGE_ID")
        .group_by("AUTHORID", "TYPE", "LABEL_NAME", "HALF")
        .agg(pl.len().alias("N_IMAGES"))
    )
    labelled = labels.select("IMAGE_ID").unique().with_columns(LABELLED=True)
    shown = first.join(labelled, on="IMAGE_ID", how="left").with_columns(
        pl.col("LABELLED").fill_null(value=False), WEEK=pl.col("DAY").dt.truncate("1w")
    )
    caption = pl.col("POST_CAPTION").str.to_lowercase()
    features = posts.group_by("AUTHORID").agg(
        pl.col("POST_ID").n_unique().alias("N_POSTS"),
        pl.mean("NB_LIKES").alias("LIKES_MEAN"),
        pl.median("NB_LIKES").alias("LIKES_MEDIAN"),
        pl.mean("COMMENT_COUNT").alias("COMMENTS_MEAN"),
        pl.median("COMMENT_COUNT").alias("COMMENTS_MEDIAN"),
        *(caption.str.contains(words).mean().alias(name) for name, words in WORDS.items()),
    )
    of_images = shown.group_by("AUTHORID").agg(pl.sum("LABELLED").alias("N_LABELLED"))
    people = marts["MART_AUTHORS"].unique("AUTHORID").join(
        marts["MART_AUTHORS_SEGMENTATIONS"].unique("AUTHORID"),
        on="AUTHORID", how="full", coalesce=True, suffix="_2",
    )  # fmt: skip
    followers = pl.coalesce(
        pl.col("NB_FOLLOWERS").cast(pl.Float64), pl.col("NB_FOLLOWERS_2").cast(pl.Float64)
    )
    people = people.with_columns(followers.cut([12_000, 40_000]).alias("BAND"))
    features = features.join(of_images, on="AUTHORID", how="left").join(
        people, on="AUTHORID", how="left"
    )
    weeks = (
        shown.join(people, on="AUTHORID", how="left")
        .group_by("WEEK", "BAND", "FASHION_INTEREST_SEGMENT")
        .agg(pl.len().alias("images"), pl.sum("LABELLED"), pl.col("AUTHORID").n_unique())
    )
    counts, features, weeks = pl.collect_all([counts, features, weeks], engine="streaming")
    return {
        "label_cells": len(counts),
        "label_images": counts["N_IMAGES"].sum(),
        "posts": features["N_POSTS"].sum(),
        "labelled": features["N_LABELLED"].sum(),
        "likes": features["LIKES_MEDIAN"].sum(),
        "weekly_images": weeks["images"].sum(),
        "weekly_labelled": weeks["LABELLED"].sum(),
    }


def by_scan(file: Path, _parquet: Path) -> dict[str, float]:
    """Read and hash every value of every column that the three tables rest on, once."""
    columns = {
        "MART_AUTHORS": ("AUTHORID", "BIO", "NB_FOLLOWERS", "NB_FOLLOWS"),
        "MART_AUTHORS_SEGMENTATIONS": (
            "AUTHORID", "GEO_ZONE", "NB_FOLLOWERS", "FASHION_INTEREST_SEGMENT",
        ),
        "MART_IMAGES_LABELS": ("IMAGE_ID", "TYPE", "LABEL_NAME"),
        "MART_IMAGES_OF_POSTS": (
            "POST_ID", "AUTHORID", "COMMENT_COUNT", "POST_CAPTION", "NB_LIKES",
            "POST_PUBLICATION_DATE", "IMAGE_ID",
        ),
    }  # fmt: skip
    with duckdb.connect(file, read_only=True) as connection:
        for mart, names in columns.items():
            sums = ", ".join(f"sum(hash({name}))" for name in names)
            connection.execute(f"SELECT {sums} FROM {mart}").fetchall()
    return {}


def by_counts(file: Path, _parquet: Path) -> dict[str, float]:
    """Count the images of an author and label, and do nothing besides."""
    with duckdb.connect(file, read_only=True) as connection:
        found = connection.execute(
            """
            WITH V AS (
                SELECT
                    hash(TYPE) AS T, hash(LABEL_NAME) AS L,
                    (PLACE // 62) AS WORD, 1::BIGINT << (PLACE % 62) AS BIT
                FROM (
                    SELECT *, row_number() OVER (ORDER BY N DESC) - 1 AS PLACE
                    FROM (
                        SELECT TYPE, LABEL_NAME, count(*) AS N
                        FROM MART_IMAGES_LABELS GROUP BY ALL
                    )
                )
            ),
            D AS (
                SELECT
                    hash(IMAGE_ID) AS IMAGE, 0 AS WORD,
                    bit_or(CASE WHEN WORD = 0 THEN BIT ELSE 0 END) AS BITS
                FROM MART_IMAGES_LABELS JOIN V ON hash(TYPE) = T AND hash(LABEL_NAME) = L
                GROUP BY IMAGE
                UNION ALL
                SELECT hash(IMAGE_ID) AS IMAGE, WORD, bit_or(BIT) AS BITS
                FROM MART_IMAGES_LABELS JOIN V ON hash(TYPE) = T AND hash(LABEL_NAME) = L
                WHERE WORD > 0
                GROUP BY ALL
            ),
            P AS (
                SELECT AUTHORID, hash(IMAGE_ID) AS IMAGE, min(POST_PUBLICATION_DATE) AS DAY
                FROM MART_IMAGES_OF_POSTS
                WHERE AUTHORID IN (SELECT AUTHORID FROM MART_AUTHORS) GROUP BY ALL
            )
            SELECT count(*), sum(N) FROM (
                SELECT AUTHORID, D.WORD, BIT, count(*) AS N
                FROM D JOIN P USING (IMAGE) JOIN V ON D.WORD = V.WORD AND BITS & BIT <> 0
                GROUP BY ALL
            )
            """
        ).fetchall()[0]
    return {"label_images": float(found[1])}


WAYS: dict[str, Callable[[Path, Path], dict[str, float]]] = {
    "extracts": by_extracts,
    "pandas": lambda _file, parquet: by_pandas(parquet, lean=False),
    "lean pandas": lambda _file, parquet: by_pandas(parquet, lean=True),
    "polars": by_polars,
    "scan": by_scan,
    "counts": by_counts,
}
SLOW = ("pandas", "lean pandas")
"""Ways of a minute. Those of seconds run three times in a round, of which the median counts, so
that what the machine does for a moment weighs on neither side."""


def moved(file: Path) -> dict[str, Any]:
    """Return the bytes of the marts, and of all that extracts bring out of them, in Arrow.

    Integers are as narrow as the values let them be on both sides.
    """
    source = DuckDBFile(file)
    rows, out = {}, {}
    for name in catalogue.names():
        table = catalogue.get(name).run(source, PARAMETERS).table
        rows[name], out[name] = table.num_rows, table.nbytes
    source.close()
    whole = {}
    with duckdb.connect(file, read_only=True) as connection:
        for mart in MARTS:
            batches = connection.table(mart).to_arrow_reader(200_000)
            whole[mart] = sum(narrow(pa.Table.from_batches([batch])).nbytes for batch in batches)
    return {"extracts": out, "rows": rows, "marts": whole}


def measure(file: Path, repeats: int, pandas_repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="extraction-") as folder:
        with duckdb.connect(file, read_only=True) as connection:
            for mart in MARTS:
                connection.execute(f"COPY {mart} TO '{folder}/{mart}.parquet' (CODEC zstd)")
            label_rows = connection.execute("SELECT COUNT(*) FROM MART_IMAGES_LABELS").fetchall()

        def run(way: str) -> dict[str, Any]:
            times = 1 if way in SLOW else 3
            found = [in_child(__spec__.name, "--way", way, str(file), folder) for _ in range(times)]
            return sorted(found, key=lambda one: one["seconds"])[times // 2]

        runs = {way: partial(run, way) for way in WAYS}
        rounds = in_turn(runs, repeats, dict.fromkeys(SLOW, pandas_repeats))
    answers = {way: rounds[way][0]["found"] for way in WAYS if way != "scan"}
    for way, answer in answers.items():
        for key, value in answer.items():
            if abs(value - answers["extracts"][key]) > 1e-6 * abs(value):
                raise SystemExit(f"{way} finds another {key}: {value}, {answers['extracts'][key]}")
    figures = {
        way: {
            key: spread(run[key] for run in found)
            for key in ("seconds", "processor_seconds", "peak_MiB")
        }
        for way, found in rounds.items()
    }

    def ratio(way: str, key: str) -> dict[str, float]:
        pairs = zip(rounds[way], rounds["extracts"], strict=False)
        return spread(other[key] / own[key] for other, own in pairs)

    times = {way: ratio(way, "seconds") for way in WAYS}
    memory = ratio("pandas", "peak_MiB")
    lean_memory = ratio("lean pandas", "peak_MiB")
    bytes_moved = in_child(__spec__.name, "--moved", str(file))["found"]
    share = sum(bytes_moved["extracts"].values()) / sum(bytes_moved["marts"].values())
    return {
        "label_rows": label_rows[0][0],
        "repeats": repeats,
        "ways": figures,
        "times_as_fast": times,
        "bytes": bytes_moved,
        "goals": [
            goal("times as fast as pandas", times["pandas"]["median"], 20, at_least=True),
            goal("times as fast as lean pandas", times["lean pandas"]["median"], 20, at_least=True),
            goal("peak memory, share of pandas", 1 / memory["median"], 0.1, at_least=False),
            goal("peak memory, share of lean pandas", 1 / lean_memory["median"], 0.1,
                 at_least=False),
            goal("times as fast as polars", times["polars"]["median"], 1, at_least=True),
            goal("times one scan", 1 / times["scan"]["median"], 2, at_least=False),
            goal("bytes moved, share of the marts", share, 0.01, at_least=False),
        ],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--file", type=Path, help="a DuckDB file with the four marts")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pandas-repeats", type=int, default=1)
    parser.add_argument("--way", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--moved", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.way:
        way, file, folder = chosen.way
        report_child(lambda: WAYS[way](Path(file), Path(folder)))
    elif chosen.moved:
        report_child(lambda: moved(chosen.moved))
    else:
        file = chosen.file or sample(chosen.scale)
        facts = measure(file, chosen.repeats, chosen.pandas_repeats)
        write("extraction", facts, ("duckdb", "pandas", "polars", "pyarrow"))


if __name__ == "__main__":
    main()
