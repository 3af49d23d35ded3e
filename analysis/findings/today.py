"""Today's segmentation: what the follower bands are, and whether they dress differently."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.claims import Claim, Verdict
from analysis.contingency.association import association, pearson_test
from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Grouping,
    as_sparse,
    contingency_table,
)
from analysis.contingency.permutation import activity_blocks
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, wardrobe

BANDS = ("mainstream", "trendy", "edgy")
_ALPHA = 0.05
_DAMPING = 300.0  # labels: an author's mass saturates there (Dirichlet-multinomial tastes)
_FEWEST = 200  # authors: rarer labels are placed on the map but do not shape it
_NEGLIGIBLE = 0.05  # Cramer's V below which two wardrobes are alike for any practical use


def bands(inputs: Inputs) -> Result:
    """Size and activity of each band, the missing ones apart."""
    features = inputs.extract("author_features")
    mart = features[features["IN_AUTHORS"]]
    grouped = mart.groupby("BAND")
    sizes = pd.DataFrame(
        {
            "authors": grouped.size(),
            "posting": grouped["N_POSTS"].agg(lambda posts: int((posts > 0).sum())),
            "labelled": grouped["N_LABELLED_IMAGES"].agg(lambda images: int((images > 0).sum())),
            "detections": grouped["N_DETECTIONS"].sum(),
            "flagged": grouped["FLAG"].agg(lambda flag: int(flag.fillna(False).sum())),
        }
    )
    sizes["share"] = sizes["authors"] / sizes["authors"].sum()
    sizes["detections_per_labelled"] = sizes["detections"] / sizes["labelled"].clip(lower=1)
    order = [band for band in (*BANDS, "unknown") if band in sizes.index]
    sizes = sizes.loc[order].rename_axis("band").reset_index()
    return Result({"sizes": sizes})


def association_of_bands(inputs: Inputs) -> Result:
    """Test whether the bands wear different things, activity held equal."""
    worn = wardrobe(inputs)
    band = worn.authors["BAND"]
    known = band.where(band.isin(BANDS))
    grouping = Grouping.of(pd.Series(pd.Categorical(known, categories=list(BANDS), ordered=True)))
    if len(grouping.names) < 2:
        return Result(claims=(_unanswerable(grouping.names),))
    found = association(
        worn.counts,
        grouping,
        blocks=activity_blocks(worn.counts.totals),
        damping=_DAMPING,
        seed=inputs.seed,
        stage="today",
    )
    table = contingency_table(worn.counts, grouping)
    naive = pearson_test(table.loc[:, table.sum() > 0])
    claim = _claim(found)
    values = {
        "authors": found.n_authors,
        "labels": worn.counts.n_labels,
        "without_labels": worn.without_labels,
        "raw_cramers_v": found.raw_cramers_v,
        "information_bits": found.information_bits,
        "naive_chi2": naive.statistic,
        "naive_df": naive.df,
        "naive_p": naive.p_value,
    }
    return Result({"replicates": found.replicates}, values, (claim,))


def map_of_bands(inputs: Inputs) -> Result:
    """Correspondence analysis of authors by labels, the bands placed at their centroids."""
    worn = wardrobe(inputs)
    counts = worn.counts
    rare = [
        label
        for label, authors in zip(counts.labels, counts.authors_by_label, strict=True)
        if authors < min(_FEWEST, counts.n_authors // 10)
    ]
    groups = [band for band in BANDS if (worn.authors["BAND"] == band).any()]
    axes = bootstrap_axes(
        CrossProductBlocks.of(
            _with_groups(counts, worn.authors["BAND"], groups),
            damping=_DAMPING,
            supplementary=[*rare, *groups],
        ),
        4,
        seed=inputs.seed,
        stage="today/map",
    )
    estimate = axes.estimate
    contributions = axes.fit.columns.contributions
    points = pd.DataFrame(
        {
            "name": estimate.index,
            "kind": np.where(estimate.index.isin(groups), "group", "label"),
            "axis1": estimate[1].to_numpy(),
            "axis2": estimate[2].to_numpy(),
            "active": estimate.index.isin(contributions.index),
        }
    )
    weight = contributions[[1, 2]].max(axis=1).reindex(estimate.index).fillna(0.0)
    points["weight"] = weight.to_numpy()
    outlines = axes.outlines()
    outlines = outlines[outlines["label"].isin(groups)]
    ellipses = outlines.rename(columns={"label": "name", "x": "axis1", "y": "axis2"})
    values = {
        "inertia": axes.fit.inertia["share"].tolist(),
        "replicates": len(axes.coordinates),
        "rare": len(rare),
    }
    return Result({"points": points, "ellipses": ellipses}, values)


def _with_groups(
    counts: AuthorLabelCounts, band: pd.Series[Any], groups: list[str]
) -> AuthorLabelCounts:
    """Append one column per group that holds the total of its authors.

    As a supplementary column it lies at the centroid of these authors, and the bootstrap gives
    it the same ellipse as any label.
    """
    inside = np.stack([(band == group).to_numpy() for group in groups], axis=1)
    extra = sparse.csr_array(inside * counts.totals[:, None])
    return replace(
        counts,
        matrix=as_sparse(sparse.hstack([counts.matrix, extra])),
        labels=(*counts.labels, *groups),
    )


def _claim(found: Any) -> Claim:
    low, high = found.cramers_v_interval
    verdict: Verdict
    if found.p_value >= _ALPHA:
        verdict, reason = "no", "Shuffling authors of like activity gives tables as uneven as this."
    elif high < _NEGLIGIBLE:
        verdict = "no"
        reason = "A difference is there, but it is too small to tell wardrobes apart."
    elif low > _NEGLIGIBLE:
        verdict, reason = "yes", "The bands differ by more than chance and by enough to matter."
    else:
        verdict = "undecided"
        reason = "The bands differ by more than chance; whether by enough to matter stays open."
    return Claim(
        "today.association",
        "Do the three follower bands wear different things?",
        found.cramers_v,
        "Cramér's V, activity held equal",
        found.cramers_v_interval,
        found.p_value,
        verdict,
        reason,
    )


def _unanswerable(names: tuple[str, ...]) -> Claim:
    return Claim(
        "today.association",
        "Do the three follower bands wear different things?",
        None,
        "",
        None,
        None,
        "cannot be answered",
        f"Authors with labels fall into one band only ({', '.join(names) or 'none'}).",
    )


STEPS = (
    Step("today.bands", "Sizes of the bands", bands, ("author_features",)),
    Step("today.association", "Association of bands and labels", association_of_bands, NEEDS),
    Step("today.map", "Map of bands and labels", map_of_bands, NEEDS),
)
