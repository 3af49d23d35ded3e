"""Score a segmentation of your own: any table that gives authors a segment.

Three frames are wanted: segments, counts of labels by author in two halves
of the time, and what else is known of the authors. Here all three are made
up: two styles, and a segmentation that knows them beside one that does not.
"""

import numpy as np
import pandas as pd

from analysis import AuthorLabelCounts, Evidence, scorecard
from analysis.segmentations.scorecard import Halves

rng = np.random.default_rng(1)
style = np.repeat(["sport", "evening"], 300)
sporty = (style == "sport")[:, None]
rates = np.where(sporty, [6, 5, 4, 3, 1, 1, 1, 1], [1, 1, 1, 1, 3, 4, 5, 6])
labels = [
    "sneakers",
    "leggings",
    "cap",
    "hoodie",
    "clutch",
    "heels",
    "satin",
    "sequins",
]
halves = [pd.DataFrame(rng.poisson(rates), columns=labels) for _ in range(2)]
first, second = (AuthorLabelCounts.from_wide(half) for half in halves)
whole = AuthorLabelCounts.from_wide(halves[0] + halves[1])
features = pd.DataFrame(
    {
        "AUTHOR_INDEX": range(600),
        "N_LABELLED_IMAGES": whole.totals,
        "COMMENTS_MEAN": rng.gamma(
            2.0, np.where(style == "sport", 3.0, 9.0)
        ),
    }
)
evidence = Evidence(whole, features, Halves.of(first, second))

tried = {"yours": style, "coin tosses": rng.permutation(style)}
for name, segments in tried.items():
    table = pd.DataFrame({"AUTHOR_INDEX": range(600), "SEGMENT": segments})
    card = scorecard(table, evidence, effort=99, seed=1)
    print(f"{name}: {card.verdict}\n{card}\n")
