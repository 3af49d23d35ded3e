"""Correspondence analysis with ellipses of your own table, in five lines.

Replace ``letters`` by a frame with one row per author (or document, shop, site) and one column of
counts per label. Ellipses come from resampling the rows, so a row must be what is independent.
"""

import numpy as np
import pandas as pd

letters = pd.DataFrame(
    np.random.default_rng(1).poisson([[6, 4, 1, 1], [1, 1, 5, 5]] * 100),
    columns=["coat", "boots", "shorts", "sandals"],
)

from analysis import AuthorLabelCounts, bootstrap_axes  # noqa: E402

counts = AuthorLabelCounts.from_wide(letters)
axes = bootstrap_axes(counts, n_axes=2, seed=1)
print(axes.fit.inertia.round(3))
print(axes.ellipses().round(3))
