"""What was planted, written into the schema ``truth``: for evaluation, never for a method."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from analysis.warehouse.sample import styles
from analysis.warehouse.sample.detectors import SEGMENTS, error_rates
from analysis.warehouse.sample.labels import Detections
from analysis.warehouse.sample.populations import Authors
from analysis.warehouse.sample.scenes import Images, leads, segments
from analysis.warehouse.sample.targets import TYPES, labels
from analysis.warehouse.sample.tastes import audience_tilts
from analysis.warehouse.sample.trends import planted
from analysis.warehouse.sample.worlds import World


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
                "forward": authors.forward,
                "leads": leads(authors, world),
                "segment": np.array(SEGMENTS)[segments(authors)],
                "audience": authors.audience,
                "trait": authors.trait,
                "block": np.full(authors.size, block),
            }
        ),
    )
    kinds = found.exposure["shoe"]
    seen = np.flatnonzero(np.bincount(images.author, minlength=authors.size))
    _write(
        connection,
        "exposures",
        pa.table(
            {
                "authorid": authors.id[seen],
                "images": np.bincount(images.author, minlength=authors.size)[seen],
                "shoe_kinds": pa.FixedSizeListArray.from_arrays(
                    pa.array(kinds[seen].ravel()), kinds.shape[1]
                ),
                "pattern": found.exposure["pattern"][seen],
                "shoe_brand": found.exposure["shoe_brand"][seen],
                "bag_brand": found.exposure["bag_brand"][seen],
            }
        ),
    )


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
    rows = planted(world)
    if rows:
        _write(connection, "leads", pa.Table.from_pylist(rows))
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
