"""Writing one block of the sample into an open DuckDB file."""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.randomness import stream
from analysis.warehouse.sample.activity import Rows
from analysis.warehouse.sample.boxes import boxes, place_table, salt
from analysis.warehouse.sample.ids import hex_ids, strings
from analysis.warehouse.sample.labels import Detections
from analysis.warehouse.sample.populations import EDGY, REPEATED_FOLLOWERS, REPEATS, Authors
from analysis.warehouse.sample.scenes import Images
from analysis.warehouse.sample.targets import TYPES, labels
from analysis.warehouse.sample.text import captions, draw_bios

DDL = """
create table MART_AUTHORS (
    AUTHORID bigint not null, BIO varchar, NB_FOLLOWERS bigint, NB_FOLLOWS bigint);
create table MART_AUTHORS_SEGMENTATIONS (
    AUTHORID bigint not null, GEO_ZONE varchar not null, NB_FOLLOWERS decimal(18, 6),
    FASHION_INTEREST_SEGMENT boolean not null);
create table MART_IMAGES_LABELS (
    IMAGE_ID varchar not null, TYPE varchar not null, POSITION_IN_IMAGE double[4],
    LABEL_NAME varchar not null);
create table MART_IMAGES_OF_POSTS (
    POST_ID varchar not null, AUTHORID bigint not null, COMMENT_COUNT integer not null,
    POST_CAPTION varchar, NB_LIKES integer not null,
    POST_PUBLICATION_DATE timestamp not null, IMAGE_ID varchar not null);
"""
ROWS_AT_ONCE = 500_000
DETECTIONS_AT_ONCE = 600_000


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append an Arrow table whose columns are in the order of the table."""
    connection.register("block_of_rows", rows)
    connection.execute(f"insert into {table} select * from block_of_rows")
    connection.unregister("block_of_rows")


def write_authors(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    block: int,
    authors: Authors,
    tongue: npt.NDArray[np.int64],
) -> None:
    """Write both author tables, shuffled, the repeated id twelve times."""
    rng = stream(seed, "author rows", block)
    bios = draw_bios(seed, block, tongue, authors)
    inside = rng.permutation(np.flatnonzero(authors.in_mart))
    inside = inside[inside != 0]
    places = np.sort(rng.choice(inside.size, REPEATS, replace=inside.size < REPEATS))
    order = np.insert(inside, places, 0)
    followers = authors.followers[order]
    again = np.flatnonzero(order == 0)
    followers[again[[3, 7]]] = REPEATED_FOLLOWERS
    follows = authors.follows[order]
    taken = bios.take(pa.array(order))
    insert(
        connection,
        "MART_AUTHORS",
        pa.table(
            {
                "a": authors.id[order],
                "b": pa.array(
                    np.where(order == 0, None, taken.to_numpy(zero_copy_only=False)),
                    pa.string(),
                ),
                "c": pa.array(followers, mask=followers < 0),
                "d": pa.array(follows, mask=follows < 0),
            }
        ),
    )
    everyone = rng.permutation(authors.size)
    readings = authors.readings[everyone]
    insert(
        connection,
        "MART_AUTHORS_SEGMENTATIONS",
        pa.table(
            {
                "a": authors.id[everyone],
                "b": pa.array(np.full(authors.size, "us")),
                "c": pa.array(readings, mask=np.isnan(readings)),
                "d": authors.flag[everyone],
            }
        ),
    )
    if authors.seg[0] != EDGY:
        raise AssertionError("the repeated id must be Edgy in MART_AUTHORS_SEGMENTATIONS")


def write_posts(
    connection: duckdb.DuckDBPyConnection,
    authors: Authors,
    rows: Rows,
    likes: npt.NDArray[np.int64],
    comments: npt.NDArray[np.int64],
    codes: npt.NDArray[np.int32],
    image_ids: npt.NDArray[np.uint8],
    post_ids: npt.NDArray[np.uint8],
) -> None:
    """Write the image rows."""
    for start in range(0, rows.size, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        insert(
            connection,
            "MART_IMAGES_OF_POSTS",
            pa.table(
                {
                    "a": strings(post_ids[rows.post[part]]),
                    "b": authors.id[rows.author[part]],
                    "c": comments[part].astype(np.int32),
                    "d": captions(codes[part]),
                    "e": likes[part].astype(np.int32),
                    "f": pa.array(rows.second[part], pa.timestamp("s")),
                    "g": strings(image_ids[rows.image[part]]),
                }
            ),
        )


def write_labels(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    block: int,
    images: Images,
    found: Detections,
    item: npt.NDArray[np.uint8],
    count: npt.NDArray[np.uint8],
    image_ids: npt.NDArray[np.uint8],
) -> None:
    """Write one row per instance of every detection, rows of an image next to each other."""
    table = labels()
    names = pa.array(table.names)
    types = pa.array(TYPES)
    word, places = salt(seed, block, "boxes"), place_table()
    cuts = np.arange(0, found.key.size, DETECTIONS_AT_ONCE)
    for start in cuts:
        part = slice(start, start + DETECTIONS_AT_ONCE)
        times = count[part].astype(np.int64)
        key = np.repeat(found.key[part], times)
        ends = np.cumsum(times)
        instance = np.arange(key.size) - np.repeat(ends - times, times)
        image, label = key >> 8, key & 255
        low, high = int(image[0]), int(image[-1])
        corners = boxes(word, places, image, np.repeat(item[part], times), instance)
        insert(
            connection,
            "MART_IMAGES_LABELS",
            pa.table(
                {
                    "a": pa.DictionaryArray.from_arrays(
                        pa.array((image - low).astype(np.int32)),
                        strings(image_ids[images.row[low : high + 1]]),
                    ),
                    "b": pa.DictionaryArray.from_arrays(pa.array(table.types[label]), types),
                    "c": pa.FixedSizeListArray.from_arrays(pa.array(corners.ravel()), 4),
                    "d": pa.DictionaryArray.from_arrays(pa.array(label.astype(np.int16)), names),
                }
            ),
        )


def draw_ids(
    seed: int, block: int, rows: Rows
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the identifiers of image rows and posts."""
    return (
        hex_ids(stream(seed, "image ids", block), rows.size),
        hex_ids(stream(seed, "post ids", block), rows.posts),
    )
