"""Correspondence analysis with ellipses of your own table, in five lines.

Replace ``table`` by a frame with one row per author (or shop, or document)
and one column of counts per label. Ellipses come from resampling the rows: a
row is what is independent. Further labels are placed without shaping the
map, and the table that one axis alone rebuilds shows how much it holds.
"""

import numpy as np
import pandas as pd

from analysis import (
    AuthorLabelCounts,
    bootstrap_axes,
    correspondence_analysis,
)

rates = [[6, 4, 1, 1], [1, 1, 5, 5]] * 100
labels = ["coat", "boots", "shorts", "sandals"]
table = pd.DataFrame(np.random.default_rng(1).poisson(rates), columns=labels)

counts = AuthorLabelCounts.from_wide(table)
axes = bootstrap_axes(counts, n_axes=2, seed=1)
print(axes.fit.inertia.round(3))
print(axes.ellipses().round(3))

ca = correspondence_analysis(table)
aside = pd.DataFrame({"warm": table["coat"] + table["boots"]})
placed = ca.project_columns(aside)
print(placed.coordinates.round(3))
rebuilt = ca.reconstitute(n_axes=1)
print((table - rebuilt.to_numpy()).pow(2).mean().pow(0.5).round(2))
