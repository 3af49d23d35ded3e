"""Whether a source's boxes tell which labels belong to one item."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_ENOUGH = 0.5


def boxes_match(box_matching: pa.Table) -> bool:
    """Say whether labels of one item share its box, so that a trend can be asked of items.

    Where they do not, a trend is asked of images: all its labels in one image, maybe on
    different items. The report says which.

    Parameters
    ----------
    box_matching : pyarrow.Table
        The extract of that name.

    Returns
    -------
    bool
        True where at least half of the boxes with a description also carry an object.
    """
    described = box_matching.filter(pc.field("TYPE") != "object_detection")
    boxes = pc.sum(described["N_BOXES"]).as_py() or 0
    with_object = pc.sum(described["N_WITH_OBJECT"]).as_py() or 0
    return boxes > 0 and with_object / boxes >= _ENOUGH
