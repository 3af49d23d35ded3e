"""What was planted, written into the schema ``truth``: for evaluation, never for a method."""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.randomness import stream
from analysis.warehouse.sample import styles
from analysis.warehouse.sample.accounts import GROWTH, GROWTH_FORWARD, GROWTH_SD, KINDS
from analysis.warehouse.sample.activity import REPOSTED, Rows
from analysis.warehouse.sample.detectors import SEGMENTS, error_rates
from analysis.warehouse.sample.labels import Detections
from analysis.warehouse.sample.populations import (
    FLAG_AUDIENCE,
    FLAG_FORWARD,
    FORWARD_AUDIENCE,
    REPEATS,
    Authors,
)
from analysis.warehouse.sample.scenes import Images, leads, segments
from analysis.warehouse.sample.targets import OBJECT, TYPES, labels
from analysis.warehouse.sample.tastes import audience_tilts
from analysis.warehouse.sample.trends import planted
from analysis.warehouse.sample.worlds import World

LEADS = pa.schema(
    [
        ("type", pa.string()),
        ("label_name", pa.string()),
        ("shape", pa.string()),
        ("week", pa.float64()),
        ("width", pa.float64()),
        ("height", pa.float64()),
        ("leaders", pa.string()),
        ("lead_weeks", pa.float64()),
    ]
)


def _write(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("planted_rows", rows)
    connection.execute(f"create table if not exists truth.{table} as from planted_rows limit 0")
    connection.execute(f"insert into truth.{table} select * from planted_rows")
    connection.unregister("planted_rows")


def write_block(
    connection: duckdb.DuckDBPyConnection,
    block: int,
    authors: Authors,
    images: Images,
    rows: Rows,
    found: Detections,
    count: npt.NDArray[np.uint8],
    world: World,
) -> None:
    """Write what is true of the authors of one block."""
    names = np.array(styles.STYLES)
    _write(
        connection,
        "authors",
        pa.table(
            {
                "authorid": authors.id,
                "style": names[authors.style],
                "second_style": names[authors.second],
                "weight": np.where(authors.style == authors.second, 1.0, world.dominant_weight),
                "drifts": authors.drifts,
                "later_style": names[authors.weights[authors.size :].argmax(axis=1)],
                "forward": authors.forward,
                "leads": leads(authors, world),
                "flag": authors.flag,
                "segment": np.array(SEGMENTS)[segments(authors)],
                "segment_before": np.array(SEGMENTS)[_segments_before(authors)],
                "growth": authors.growth,
                "kind": np.array([kind.name for kind in KINDS])[authors.kind],
                "audience": authors.audience,
                "trait": authors.trait,
                "block": np.full(authors.size, block),
            }
        ),
    )
    images_of = np.bincount(images.author, minlength=authors.size)
    seen = np.flatnonzero(images_of)
    _write(
        connection,
        "exposures",
        pa.table(
            {
                "authorid": authors.id[seen],
                "images": images_of[seen],
                "decorations": pa.FixedSizeListArray.from_arrays(
                    pa.array(found.exposure[seen].ravel()), found.exposure.shape[1]
                ),
            }
        ),
    )

    _write(connection, "segment_counts", _by_segment(authors, images, found, world))
    _write(connection, "duplicate_counts", _duplicates(rows, found, count))


def _segments_before(authors: Authors) -> npt.NDArray[np.int8]:
    """Return the audience segment that every author had at the start of the window."""
    before = np.expm1(authors.audience * 1.85 + 7.3 - authors.growth)
    return ((before > 12_000).astype(np.int8) + (before > 40_000)).astype(np.int8)


def _duplicates(rows: Rows, found: Detections, count: npt.NDArray[np.uint8]) -> pa.Table:
    """Return what is in the tables more than once, and how many rows that are beyond the first."""
    return pa.table(
        {
            "what": ["author", "image", "post", "detection"],
            "mart": [
                "MART_AUTHORS",
                "MART_IMAGES_OF_POSTS",
                "MART_IMAGES_OF_POSTS",
                "MART_IMAGES_LABELS",
            ],
            "rows_beyond": [
                REPEATS - 1,
                int((rows.image != np.arange(rows.size)).sum()),
                rows.size - rows.posts,
                int(count.sum()) - found.key.size,
            ],
        }
    )


def _by_segment(authors: Authors, images: Images, found: Detections, world: World) -> pa.Table:
    """Return images found, invented and truly there, by label and audience segment.

    Invented images are the expected ones at the planted rate; those truly there follow from the
    planted recall.
    """
    table = labels()
    errors = error_rates(world)
    n = len(table.names)
    segment = segments(authors)[images.author].astype(np.int64)
    cell = (found.key & 255) * 3 + segment[found.key >> 8]
    counts = np.bincount(cell, minlength=n * 3).reshape(n, 3).astype(np.float64)
    size = np.bincount(segment, minlength=3) * errors.invented
    expected = errors.share * counts.sum(axis=1) / size.sum(axis=1)
    invented = np.minimum(expected[:, None] * size, counts)
    return pa.table(
        {
            "type": np.repeat(np.array(TYPES)[table.types], 3),
            "label_name": np.repeat(np.array(table.names), 3),
            "segment": np.tile(SEGMENTS, n),
            "images": np.tile(np.bincount(segment, minlength=3), n),
            "found": counts.ravel(),
            "invented": invented.ravel(),
            "there": ((counts - invented) / errors.recall).ravel(),
        }
    )


def _lexicon(world: World) -> pa.Table:
    """Return rules that know a planted share of the labels of each style, and a few wrong ones."""
    table = labels()
    rng = stream(0, "lexicon")
    lifts = styles.signatures(world.but(world.name, separation=1.0)).labels / styles.SEPARATION
    described = np.flatnonzero(table.types != OBJECT)
    rows: list[dict[str, object]] = []
    for number, style in enumerate(styles.STYLES):
        belongs = described[lifts[number, described] > 0.35]
        if style in (styles.UNNAMED, styles.STYLES[0]) or belongs.size == 0:
            continue
        known = belongs[rng.random(belongs.size) < world.rule_quality]
        strange = np.setdiff1d(described, belongs)
        wrong = rng.choice(strange, size=max(1, round(0.05 * known.size)), replace=False)
        rows += [
            {
                "style": style,
                "type": TYPES[table.types[label]],
                "label_name": table.names[label],
                "right": bool(label in belongs),
            }
            for label in np.sort(np.concatenate([known, wrong]))
        ]
    return pa.Table.from_pylist(rows)


# Users of the platform by zone and by follower segment: the panel holds one zone only, and it
# holds the larger accounts more readily than the small ones that nearly everybody has.
PLATFORM_ZONES = {"us": 0.14, "eu": 0.21, "latam": 0.19, "asia": 0.34, "other": 0.12}
PLATFORM_SEGMENTS = (0.977, 0.016, 0.007)
_KIND = ("name", "share", "audience", "activity", "bio", "shop", "code", "sponsor")


def _platform() -> pa.Table:
    zones = list(PLATFORM_ZONES)
    return pa.table(
        {
            "zone": np.repeat(zones, 3),
            "segment": np.tile(SEGMENTS, len(zones)),
            "share": np.outer(list(PLATFORM_ZONES.values()), PLATFORM_SEGMENTS).ravel(),
            "in_panel": np.repeat([zone == "us" for zone in zones], 3),
        }
    )


def _sizes(world: World) -> pa.Table:
    """Return the planted sizes of what is one number each."""
    ahead = world.look_ahead
    rows = (
        ("growth.mean", ahead * GROWTH, "log followers", "growth of accounts over the window"),
        (
            "growth.forward",
            ahead * GROWTH_FORWARD,
            "log followers per unit",
            "further growth by fashion-forwardness beyond what the audience explains",
        ),
        ("growth.sd", GROWTH_SD, "log followers", "standard deviation of growth otherwise"),
        (
            "flag.audience.mainstream",
            FLAG_AUDIENCE[0],
            "log-odds per sd",
            "how the flag follows the audience below 12,000 followers",
        ),
        (
            "flag.audience.larger",
            FLAG_AUDIENCE[1],
            "log-odds per sd",
            "how the flag follows the audience above 12,000 followers",
        ),
        (
            "flag.forward",
            FLAG_FORWARD,
            "log-odds per unit",
            "how the flag follows fashion-forwardness at equal audience",
        ),
        ("forward.audience", FORWARD_AUDIENCE, "per sd", "rise of fashion-forwardness by audience"),
        ("leaders.weeks", world.lead_weeks, "weeks", "lead of those who start the trends"),
        ("images.posted_again", REPOSTED, "images", "images in a second post, at scale 1"),
    )
    return pa.table(
        {
            "name": [row[0] for row in rows],
            "value": [float(row[1]) for row in rows],
            "unit": [row[2] for row in rows],
            "meaning": [row[3] for row in rows],
        }
    )


_MARGINS = """
create table truth.detections_by_segment as
    select type, label_name, segment, sum(images)::bigint images, sum(found)::bigint found,
        sum(invented) invented, sum(there) there,
        (sum(found) - sum(invented)) / nullif(sum(there), 0) sensitivity,
        1 - sum(invented) / nullif(sum(images) - sum(there), 0) specificity
    from truth.segment_counts group by type, label_name, segment;
drop table truth.segment_counts;
create table truth.duplicates as
    select what, mart, sum(rows_beyond)::bigint rows_beyond
    from truth.duplicate_counts group by all;
drop table truth.duplicate_counts;
create table truth.population_margins as
    with panel as (select style, segment, count(*) authors from truth.authors
                   where authorid in (select AUTHORID from MART_AUTHORS) group by all)
    select style, segment, authors panel_authors, s.factor * b.factor inclusion,
        (authors / inclusion) / sum(authors / inclusion) over () population_share,
        authors / sum(authors) over () panel_share
    from panel join truth.selection s on s.kind = 'style' and s.name = style
    join truth.selection b on b.kind = 'segment' and b.name = segment;
"""


def write_world(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Write what is true of the world: signatures, tastes, errors, leads and margins."""
    table = labels()
    signs = styles.signatures(world)
    errors = error_rates(world)
    tilts = audience_tilts(world)
    n, s = len(table.names), len(styles.STYLES)
    type_names = np.array(TYPES)[table.types]
    label_names = np.array(table.names)
    _write(
        connection,
        "style_labels",
        pa.table(
            {
                "style": np.repeat(styles.STYLES, n),
                "type": np.tile(type_names, s),
                "label_name": np.tile(label_names, s),
                "log_lift": signs.labels.ravel(),
            }
        ),
    )
    _write(
        connection,
        "style_kinds",
        pa.table(
            {
                "style": np.repeat(styles.STYLES, len(styles.KINDS)),
                "kind": np.tile(styles.KINDS, s),
                "share": np.tile(styles.KIND_SHARES, s),
                "log_lift": signs.kinds.ravel(),
            }
        ),
    )
    _write(
        connection,
        "detectors",
        pa.table(
            {
                "type": np.repeat(type_names, 3),
                "label_name": np.repeat(label_names, 3),
                "segment": np.tile(SEGMENTS, n),
                "recall": errors.recall.ravel(),
                "invented": errors.invented.ravel(),
                "invented_share": np.repeat(errors.share, 3),
            }
        ),
    )
    _write(
        connection,
        "tastes",
        pa.table({"type": type_names, "label_name": label_names, "audience_tilt": tilts}),
    )
    _write(
        connection,
        "styles",
        pa.table(
            {
                "style": styles.STYLES,
                "share": styles.STYLE_SHARES,
                "audience_tilt": world.audience_style * np.array(styles.STYLE_AUDIENCE),
                "named": [name != styles.UNNAMED for name in styles.STYLES],
            }
        ),
    )
    _write(
        connection,
        "selection",
        pa.table(
            {
                "kind": ["style"] * s + ["segment"] * 3,
                "name": [*styles.STYLES, *SEGMENTS],
                "factor": [*styles.STYLE_SELECTION, *styles.BAND_SELECTION],
            }
        ),
    )
    _write(connection, "accounts", pa.table({k: [getattr(a, k) for a in KINDS] for k in _KIND}))
    _write(connection, "platform_users", _platform())
    _write(connection, "sizes", _sizes(world))
    _write(connection, "lexicon", _lexicon(world))
    connection.execute(_MARGINS)
    leading = pa.Table.from_pylist(planted(world), schema=LEADS)
    _write(connection, "leads", leading)
    _write(
        connection,
        "parameters",
        pa.table(
            {
                "name": list(world.parameters()),
                "value": [str(v) for v in world.parameters().values()],
            }
        ),
    )
