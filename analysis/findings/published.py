"""What figures that others published of the real marts already say, with intervals.

The table of authors by label and follower tier (34 labels, three tiers) is
printed by a public answer to the same brief; here it is treated as data. It is
real, it is an aggregate, and it does not depend on the source of the report.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias, cast

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from analysis.claims import Claim
from analysis.contingency.correspondence import (
    CorrespondenceAnalysis,
    Points,
    correspondence_analysis,
)
from analysis.contingency.ellipse import ellipse_of, outline
from analysis.findings.step import Inputs, Result, Step
from analysis.names import words
from analysis.resources import data_file

Sizes: TypeAlias = dict[tuple[str, str], dict[str, int]]
TIERS = ("mainstream", "trendy", "edgy")
_ALPHA = 0.05


def label_table() -> pd.DataFrame:
    """Return the published counts: one row per label, authors in each tier."""
    return pd.read_csv(data_file("published", "authors_by_label_and_tier.csv"), comment="#")


def tier_sizes() -> Sizes:
    """Return the published sizes by (treatment of missing counts, quantity) and tier."""
    table = pd.read_csv(data_file("published", "tiers.csv"), comment="#")
    return {
        (row["treatment"], row["quantity"]): {tier: int(row[tier]) for tier in (*TIERS, "missing")}
        for row in table.to_dict("records")
    }


def lifts(labels: pd.DataFrame, base: dict[str, int]) -> pd.DataFrame:
    """Return the lift of each tier among the authors of each label.

    Parameters
    ----------
    labels : DataFrame
        Columns ``type``, ``label`` and one count of authors per tier.
    base : dict of str to int
        Authors per tier, whether they have a label or not.

    Returns
    -------
    DataFrame with one row per label and tier
        ``lift`` is the share of the tier among the label's authors over its share among all;
        ``low`` and ``high`` bound it at 95 % (Clopper and Pearson 1934 on the first share; the
        second is known); ``p`` is Fisher's exact test of the two-by-two table; ``q`` is ``p``
        adjusted over all cells (Benjamini and Hochberg 1995).
    """
    total = sum(base[tier] for tier in TIERS)
    rows = []
    for label in labels.itertuples():
        carriers = int(sum(getattr(label, tier) for tier in TIERS))
        for tier in TIERS:
            inside = int(getattr(label, tier))
            share = base[tier] / total
            low, high = proportion_confint(inside, carriers, _ALPHA, method="beta")
            absent = base[tier] - inside
            square = [[inside, carriers - inside], [absent, total - carriers - absent]]
            rows.append(
                {
                    "type": label.type,
                    "label": label.label,
                    "tier": tier,
                    "authors": carriers,
                    "inside": inside,
                    "lift": inside / carriers / share,
                    "low": low / share,
                    "high": high / share,
                    "p": float(fisher_exact(np.array(square)).pvalue),
                }
            )
    found = pd.DataFrame(rows)
    found["q"] = multipletests(found["p"], method="fdr_bh")[1]
    return found


def compute(inputs: Inputs) -> Result:
    """Put intervals on the published lifts and see which conclusions stand."""
    del inputs  # rests on published figures alone
    labels = label_table()
    tiers = tier_sizes()
    found = lifts(labels, tiers["filled", "authors"])
    activity = _activity(tiers)
    edgy = found[found["tier"] == "edgy"]
    wide = labels[labels["authors"] >= _CARRIERS].copy()
    wide.index = pd.Index(wide["type"] + "/" + wide["label"])
    ca = correspondence_analysis(wide[list(TIERS)])
    coordinates: pd.DataFrame = pd.concat(
        [
            _points(cast(Points, ca.rows), "label"),
            _points(ca.columns, "group"),
        ],
        ignore_index=True,
    )
    flags = _flags(tiers)
    claims = (
        _more_edgy(edgy),
        _beyond_activity(edgy, activity),
        _largest(found),
        _missing(tiers),
    )
    return Result(
        {
            "lifts": found,
            "map": coordinates,
            "regions": _regions(wide[list(TIERS)], ca),
            "flags": flags,
            "conclusions": conclusions(found, flags),
        },
        {
            "activity": activity,
            "inertia": ca.inertia["share"].tolist(),
            "labels": len(labels),
            "carriers": _CARRIERS,
        },
        claims,
    )


def conclusions(found: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Say which conclusions, drawn in public from these counts, survive their intervals.

    Returns
    -------
    DataFrame
        ``conclusion``, ``printed`` and ``certain``: how many labels (or bands) it was printed for,
        and for how many the whole interval agrees; ``survives``.
    """
    edgy = found[found["tier"] == "edgy"]
    patterns = edgy[edgy["type"] == "pattern"]
    brands = edgy[edgy["type"] == "shoe_brand"]
    shares = flags[flags["treatment"] == "filled"].set_index("tier")
    apart = [
        bool(shares["low"][higher] > shares["high"][lower]) for lower, higher in pairwise(TIERS)
    ]
    rows = [
        ("Patterns that edgy accounts show more than twice as often as expected", patterns, 2.0),
        ("Patterns that edgy accounts show more than three times as often", patterns, 3.0),
        ("Shoe brands that edgy accounts show more than twice as often", brands, 2.0),
        ("Shoe brands that edgy accounts show more than three times as often", brands, 3.0),
    ]
    counted = [
        (text, int((table["lift"] > bound).sum()), int((table["low"] > bound).sum()))
        for text, table, bound in rows
    ]
    counted.append(
        ("The fashion-forward share rises from each band to the next", len(apart), sum(apart))
    )
    table = pd.DataFrame(counted, columns=["conclusion", "printed", "certain"])
    table["survives"] = np.where(
        table["certain"] == table["printed"], "yes", np.where(table["certain"] > 0, "in part", "no")
    )
    return table


_CARRIERS = 10  # a label worn by fewer authors has no place on a map
_WRONG = 0.05  # a segment of which more than this share is misplaced is not what its name says


def _points(points: Points, kind: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": points.coordinates.index,
            "kind": kind,
            "axis1": points.coordinates.iloc[:, 0].to_numpy(),
            "axis2": points.coordinates.iloc[:, 1].to_numpy(),
            "weight": points.contributions.max(axis=1).to_numpy(),
        }
    )


def _regions(labels: pd.DataFrame, ca: CorrespondenceAnalysis) -> pd.DataFrame:
    """Return 95 % ellipses of labels on the map, axes held where they are, as closed paths.

    A label's authors are distinct, so its counts are a multinomial draw of them; its place is its
    profile times the standard coordinates of the tiers, which makes the covariance exact. Tiers
    have none: how many labels their authors share was not published.
    """
    onto = ca.columns.standard.to_numpy()[:, :2]
    paths = []
    for name, counts in zip(labels.index, labels.to_numpy(dtype=np.float64), strict=True):
        profile = counts / counts.sum()
        spread = (np.diag(profile) - np.outer(profile, profile)) / counts.sum()
        path = outline(profile @ onto, ellipse_of(onto.T @ spread @ onto, 1 - _ALPHA))
        paths.append(pd.DataFrame({"name": name, "axis1": path[:, 0], "axis2": path[:, 1]}))
    return pd.concat(paths, ignore_index=True)


def _activity(tiers: Sizes) -> float:
    """Label rows of a labelled edgy author over those of a labelled author on average."""
    rows, authors = tiers["else_edgy", "label_rows"], tiers["else_edgy", "labelled"]
    return (rows["edgy"] / authors["edgy"]) / (sum(rows.values()) / sum(authors.values()))


def _flags(tiers: Sizes) -> pd.DataFrame:
    rows = []
    for treatment in ("else_edgy", "filled"):
        for tier in TIERS:
            flagged = tiers[treatment, "flagged"][tier]
            authors = tiers[treatment, "authors"][tier]
            low, high = proportion_confint(flagged, authors, _ALPHA, method="wilson")
            rows.append(
                {
                    "treatment": treatment,
                    "tier": tier,
                    "flagged": flagged,
                    "authors": authors,
                    "share": flagged / authors,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def _more_edgy(edgy: pd.DataFrame) -> Claim:
    over = (edgy["q"] < _ALPHA) & (edgy["lift"] > 1)
    return Claim(
        "published.edgy_over",
        "Are some labels worn by more edgy accounts than chance allows?",
        float(over.mean() * 100),
        "% of the published labels",
        None,
        float(edgy["q"].min()),
        "yes" if over.any() else "no",
        "Exact tests of the published counts, false discovery rate controlled over all cells.",
    )


def _beyond_activity(edgy: pd.DataFrame, activity: float) -> Claim:
    beyond = edgy["low"] > activity
    return Claim(
        "published.beyond_activity",
        "Do these lifts exceed what larger accounts' higher activity gives without any taste?",
        float(beyond.mean() * 100),
        "% of the published labels",
        None,
        None,
        "yes" if beyond.mean() > 0.5 else "undecided" if beyond.any() else "no",
        "A labelled edgy author has more label rows than the average, so a rare label is seen "
        "with more of them even if all dress alike; only a lift whose interval lies above that "
        "ratio needs taste as its cause.",
    )


def _largest(found: pd.DataFrame) -> Claim:
    top = found.nlargest(1, "lift").iloc[0]
    stands = top["q"] < _ALPHA
    return Claim(
        "published.largest_lift",
        "Can the largest published lift be relied on?",
        float(top["lift"]),
        f"times as many {top['tier']} accounts among the authors of {words(top['label'])}",
        (float(top["low"]), float(top["high"])),
        float(top["q"]),
        "yes" if stands and top["authors"] >= _CARRIERS else "no",
        "It rests on too few authors to be more than an anecdote."
        if top["authors"] < _CARRIERS
        else "Enough authors carry the label.",
    )


def _missing(tiers: Sizes) -> Claim:
    called = tiers["else_edgy", "authors"]["edgy"]
    missing = tiers["null_apart", "authors"]["missing"]
    low, high = proportion_confint(missing, called, _ALPHA, method="wilson")
    return Claim(
        "published.missing_edgy",
        "Does calling accounts without a follower count edgy change who the edgy are?",
        100 * missing / called,
        "% of the rows called edgy have no follower count",
        (100 * low, 100 * high),
        None,
        "yes" if low > _WRONG else "undecided" if high > _WRONG else "no",
        "A CASE with ELSE sends missing counts to edgy; where the other table knows the count, "
        "most of them are mainstream.",
    )


STEPS = (Step("published.lifts", "Published lifts", compute, ()),)
