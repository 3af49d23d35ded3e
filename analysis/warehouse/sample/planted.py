"""What was planted, written into the schema ``truth``: for evaluation, never for a method."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from analysis.randomness import stream
from analysis.warehouse.sample import styles
from analysis.warehouse.sample.detectors import SEGMENTS, error_rates
from analysis.warehouse.sample.labels import Detections
from analysis.warehouse.sample.populations import Authors
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
    found: Detections,
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
                "segment": np.array(SEGMENTS)[segments(authors)],
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


_MARGINS = """
create table truth.detections_by_segment as
    select type, label_name, segment, sum(found)::bigint found, sum(invented) invented,
        sum(there) there
    from truth.segment_counts group by all;
drop table truth.segment_counts;
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
