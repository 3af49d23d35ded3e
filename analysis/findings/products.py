"""Cross-products of labels by block of authors: what the map of bands is computed from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.contingency.ca_bootstrap import CrossProductBlocks
from analysis.contingency.counts import AuthorLabelCounts, as_sparse
from analysis.extracts.catalogue import BLOCKS, DAMPING, FEWEST
from analysis.findings.evidence import BANDS
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import names_of_labels, wardrobe

PRODUCTS = "label_products"
MOST_LABELS = 1000
"""On a map, the most worn ones: memory grows with their square; ``label_products.sql`` agrees."""


def products_of_labels(inputs: Inputs) -> CrossProductBlocks:
    """Return the cross-products of all authors; bands and rare labels do not span the axes.

    Where the extract drew some of the authors only, the warehouse has summed over all of them, so
    that nothing is lost by drawing. Else the products are summed here from what was fetched.

    Parameters
    ----------
    inputs : Inputs
        With the extracts of ``wardrobe.NEEDS`` and ``label_products``.
    """
    pairs = inputs.extract(PRODUCTS)
    return _fetched(inputs) if pairs.empty else _summed(inputs, pairs)


def _summed(inputs: Inputs, pairs: pd.DataFrame) -> CrossProductBlocks:
    ends = ["LABEL_A", "LABEL_B"]
    names = names_of_labels(inputs)
    found = [names[index] for index in np.unique(pairs[ends].to_numpy()) if index >= 0]
    labels = (*sorted(found), *BANDS)
    place = {name: position for position, name in enumerate(labels)}
    codes = {index: place[name] for index, name in names.items() if name in place}
    codes |= {-1 - number: place[band] for number, band in enumerate(BANDS)}
    pairs = pairs.assign(**{end: pairs[end].map(codes) for end in ends})
    return CrossProductBlocks.from_long(pairs, labels, n_blocks=BLOCKS)


def _fetched(inputs: Inputs) -> CrossProductBlocks:
    worn = wardrobe(inputs)
    counts = worn.counts
    most_worn = np.argsort(-counts.authors_by_label, kind="stable")[:MOST_LABELS]
    counts = counts.select_labels([counts.labels[i] for i in np.sort(most_worn)])
    rare = [
        label
        for label, authors in zip(counts.labels, counts.authors_by_label, strict=True)
        if authors < min(FEWEST, counts.n_authors // 10)
    ]
    bands = [band for band in BANDS if (worn.authors["BAND"] == band).any()]
    return CrossProductBlocks.of(
        _with_bands(counts, worn.authors["BAND"], bands),
        damping=DAMPING,
        supplementary=[*rare, *bands],
    )


def _with_bands(counts: AuthorLabelCounts, band: pd.Series, bands: list[str]) -> AuthorLabelCounts:
    """Append one column per band that holds the total of its authors.

    As a supplementary column it lies at the centroid of these authors, and the bootstrap gives
    it the same ellipse as any label.
    """
    inside = band.to_numpy(dtype=object)[:, None] == np.array(bands, dtype=object)
    extra = sparse.csr_array(inside * counts.totals[:, None])
    return replace(
        counts,
        matrix=as_sparse(sparse.hstack([counts.matrix, extra])),
        labels=(*counts.labels, *bands),
    )
