"""Building the sample warehouse: block by block, aside, then renamed."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.errors import SourceError
from analysis.warehouse.sample import planted
from analysis.warehouse.sample.activity import Rows, draw_rows
from analysis.warehouse.sample.boxes import instances, items
from analysis.warehouse.sample.detectors import error_rates
from analysis.warehouse.sample.engagement import draw_engagement
from analysis.warehouse.sample.labels import Detections, draw_detections
from analysis.warehouse.sample.populations import EDGY, NONE, Authors, draw_authors
from analysis.warehouse.sample.quotas import scaled
from analysis.warehouse.sample.scenes import Images, draw_images
from analysis.warehouse.sample.styles import signatures
from analysis.warehouse.sample.targets import value
from analysis.warehouse.sample.text import caption_codes, draw_languages
from analysis.warehouse.sample.worlds import WORLDS, World
from analysis.warehouse.sample.write import (
    DDL,
    draw_ids,
    insert,
    write_authors,
    write_labels,
    write_posts,
)

VERSION = 3
LEAST_SCALE, MOST_SCALE = 0.005, 50.0

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class SampleReport:
    """What was built.

    Attributes
    ----------
    path : pathlib.Path
    world : str
    seed : int
    scale : float
    content_hash : str
        Equal for equal seed, world, scale and version, on any machine.
    rows : dict of str to int
        Rows of each table.
    bytes : int
        Size of the file.
    seconds, cpu_seconds : float
        Wall time and CPU time of the process.
    """

    path: Path
    world: str
    seed: int
    scale: float
    content_hash: str
    rows: dict[str, int]
    bytes: int
    seconds: float
    cpu_seconds: float


def build_sample(
    out: Path,
    *,
    seed: int = 2025,
    world: str | World = "calibrated",
    authors: int | None = None,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> SampleReport:
    """Write the four marts and the truth about them into a DuckDB file.

    Parameters
    ----------
    out : pathlib.Path
        File to write; an older file is replaced only when the new one is complete.
    seed : int
        Not negative. Same seed, world, scale and version: same content hash.
    world : str or World
        One of ``WORLDS`` or a world of your own.
    authors : int, optional
        Rows of MART_AUTHORS; sets the scale.
    scale : float
        Size relative to the published one (22,439 author rows), 0.005 to 50. Above 1 the
        sample is made of blocks of scale 1, each with streams of its own.
    progress : callable, optional
        Called with what is being done and the share that is done.

    Raises
    ------
    SourceError
        The options make no sense, or the file cannot be written.
    """
    started, cpu = time.perf_counter(), time.process_time()
    chosen = _world(world)
    if authors is not None:
        scale = authors / int(value("n.authors.rows"))
    if not (isinstance(seed, int) and seed >= 0):
        raise SourceError(f"The seed {seed!r} is not a whole number.", "Give 0, 1, 2 ...")
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise SourceError(
            f"A sample of scale {scale:g} cannot be built.",
            f"Choose a scale from {LEAST_SCALE:g} to {MOST_SCALE:g}, "
            f"{math.ceil(LEAST_SCALE * 22_439)} to {int(MOST_SCALE * 22_439)} authors.",
        )
    out = Path(out)
    aside = out.with_name(out.name + ".part")
    report = progress or (lambda _stage, _share: None)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        with duckdb.connect(str(aside)) as connection:
            content, rows = _fill(connection, seed, chosen, scale, report)
        os.replace(aside, out)
    except (OSError, duckdb.Error) as error:
        raise SourceError(
            f"The sample could not be written to {out}: {str(error).splitlines()[0]}",
            "Free some space (about 500 MB at scale 1) or choose another place.",
        ) from error
    finally:
        for rest in (aside, aside.with_name(aside.name + ".wal")):
            rest.unlink(missing_ok=True)
    report("done", 1.0)
    return SampleReport(
        path=out,
        world=chosen.name,
        seed=seed,
        scale=scale,
        content_hash=content,
        rows=rows,
        bytes=out.stat().st_size,
        seconds=time.perf_counter() - started,
        cpu_seconds=time.process_time() - cpu,
    )


def _world(world: str | World) -> World:
    if isinstance(world, World):
        return world
    if world not in WORLDS:
        raise SourceError(
            f"There is no world called {world!r}.", f"Choose one of {', '.join(WORLDS)}."
        )
    return WORLDS[world]


def _blocks(scale: float) -> list[float]:
    whole = int(scale)
    rest = scale - whole
    return [1.0] * whole + ([rest] if rest >= LEAST_SCALE else [])


def _fill(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    world: World,
    scale: float,
    report: Progress,
) -> tuple[str, dict[str, int]]:
    connection.execute("set threads = 2")
    connection.execute("set memory_limit = '1GB'")
    connection.execute(DDL)
    connection.execute("create schema truth")
    digest = hashlib.blake2b(digest_size=16)
    blocks = _blocks(scale)
    for block, size in enumerate(blocks):

        def step(stage: str, share: float, block: int = block) -> None:
            report(stage, (block + share) / len(blocks))

        _block(connection, seed, block, size, world, digest, step)
    planted.write_world(connection, world)
    content = digest.hexdigest()
    connection.execute(
        "create table SAMPLE_BUILD (VERSION integer, SEED bigint, WORLD varchar, SCALE double, "
        "CONTENT_HASH varchar, PARAMETERS varchar)"
    )
    insert(
        connection,
        "SAMPLE_BUILD",
        pa.table(
            {
                "a": [VERSION],
                "b": [seed],
                "c": [world.name],
                "d": [scale],
                "e": [content],
                "f": [json.dumps(world.parameters())],
            }
        ),
    )
    rows = {
        table: int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])
        for table in (
            "MART_AUTHORS",
            "MART_AUTHORS_SEGMENTATIONS",
            "MART_IMAGES_OF_POSTS",
            "MART_IMAGES_LABELS",
        )
    }
    return content, rows


@dataclass(frozen=True)
class Block:
    """Everything that one block holds in memory before it is written."""

    authors: Authors
    rows: Rows
    images: Images
    found: Detections


def draw_block(
    seed: int, block: int, scale: float, world: World, step: Progress | None = None
) -> Block:
    """Draw authors, rows, images and distinct detections of one block, writing nothing."""
    report = step or (lambda _stage, _share: None)
    report("authors", 0.0)
    authors = draw_authors(seed, block, scale, world)
    report("posts", 0.05)
    rows = draw_rows(seed, block, scale, authors)
    signs = signatures(world)
    report("images", 0.1)
    images = draw_images(seed, block, authors, rows, signs, world)
    report("labels", 0.15)
    found = draw_detections(seed, block, scale, authors, images, signs, error_rates(world), world)
    return Block(authors, rows, images, found)


def _block(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    block: int,
    scale: float,
    world: World,
    digest: hashlib.blake2b,
    step: Progress,
) -> None:
    drawn = draw_block(seed, block, scale, world, step)
    authors, rows, images, found = drawn.authors, drawn.rows, drawn.images, drawn.found
    item = items(seed, block, found)
    group, totals = _row_groups(drawn, world, scale)
    count = instances(seed, block, found, item, group, totals)
    likes, comments = draw_engagement(seed, block, authors, rows)
    tongue = draw_languages(seed, block, authors.size)
    codes = caption_codes(seed, block, scale, authors, rows, tongue)
    image_ids, post_ids = draw_ids(seed, block, rows)
    readings = np.where(np.isnan(authors.readings), -1.0, np.round(authors.readings * 1e6))
    for array in (
        authors.id,
        authors.followers,
        authors.follows,
        readings.astype(np.int64),
        authors.flag,
        rows.author,
        rows.second,
        rows.post,
        rows.image,
        likes,
        comments,
        codes,
        image_ids,
        post_ids,
        found.key,
        item,
        count,
    ):
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    step("writing authors", 0.5)
    write_authors(connection, seed, block, authors, tongue)
    step("writing posts", 0.52)
    write_posts(connection, authors, rows, likes, comments, codes, image_ids, post_ids)
    del likes, comments, codes, post_ids
    step("writing labels", 0.65)
    write_labels(connection, seed, block, images, found, item, count, image_ids)
    planted.write_block(connection, block, authors, images, rows, found, count, world)


def _row_groups(
    drawn: Block, world: World, scale: float
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]:
    """Return the group of each image whose label rows add up, and the rows of each group.

    Published are label rows joined to the posts, by band. The rows of an image that is posted
    twice count twice there, so such images are groups of their own, of average richness.
    """
    rows = scaled(int(value("n.labels.rows")), scale)
    authors, images = drawn.authors, drawn.images
    if world.author_blind:
        return np.zeros(images.size, np.int8), np.array([rows], dtype=np.int64)
    names = ("mainstream", "trendy", "edgy_or_null")
    joined = np.array([scaled(int(value(f"tier.label_rows.{name}")), scale) for name in names])
    band = np.where(authors.mart == NONE, EDGY, authors.mart)
    group = np.where(authors.in_mart, band, 3)[images.author].astype(np.int8)
    shown = np.bincount(drawn.rows.image, minlength=drawn.rows.size)[images.row]
    group[(shown > 1) & (group < 3)] += 4
    pairs = np.bincount(group[drawn.found.key >> 8], minlength=7)
    twice = np.round(joined * pairs[4:] / np.maximum(pairs[:3] + 2 * pairs[4:], 1)).astype(np.int64)
    once = joined - 2 * twice
    return group, np.array([*once, rows - int((once + twice).sum()), *twice], dtype=np.int64)


__all__ = ["VERSION", "Block", "SampleReport", "build_sample", "draw_block"]
