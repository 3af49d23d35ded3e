"""Today's segmentation: what the follower bands are, what they wear and what they are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims import Claim, Verdict
from analysis.contingency.association import association, pearson_test
from analysis.contingency.ca_bootstrap import bootstrap_axes
from analysis.contingency.counts import AuthorLabelCounts, Grouping, contingency_table
from analysis.contingency.effects import log_odds
from analysis.contingency.permutation import activity_blocks
from analysis.extracts.catalogue import DAMPING
from analysis.findings.evidence import BANDS, THRESHOLDS, bands_of, followers, halves
from analysis.findings.products import MOST_LABELS, PRODUCTS, products_of_labels
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, names_of_labels, wardrobe
from analysis.names import label_of
from analysis.randomness import stream
from analysis.segmentations.criteria import LARGE_R2, small_v
from analysis.segmentations.explained import Halves, best_grouping, explained, share_of_best
from analysis.segmentations.telling import telling_labels

_ALPHA = 0.05
_GROUP = 15  # accounts: fewer give no wardrobe to compare with
_WORTH = 0.25  # a label less than this much more frequent tells nobody anything
_FAIR = LARGE_R2  # of what groups of the same sizes reach: below it a rule looks at the wrong thing
_WRONG = 0.05  # a band that more than this share of accounts leave or enter by chance is not one
_WEAR = "Do the three follower bands wear different things?"
_NEGLIGIBLE = small_v(len(BANDS))  # below it wardrobes are alike for any practical use


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
        names = ", ".join(grouping.names) or "none"
        reason = f"Authors with labels fall into one band only ({names})."
        claim = Claim.unanswerable("today.association", _WEAR, reason)
        return Result({}, {"without_labels": worn.without_labels}, (claim,))
    found = association(
        worn.counts,
        grouping,
        blocks=activity_blocks(worn.counts.totals),
        damping=DAMPING,
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
    try:
        blocks = products_of_labels(inputs)
        axes = bootstrap_axes(blocks, 4, seed=inputs.seed, stage="today/map")
    except ValueError:  # too few labels or authors, or all wear the same
        return Result()
    aside = [name for name, spans in zip(blocks.labels, blocks.active, strict=True) if not spans]
    groups = [band for band in BANDS if band in aside]
    if not groups or len(axes.estimate.columns) < 2:
        return Result()
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
        "rare": len(aside) - len(groups),
        "left_out": max(0, names_of_labels(inputs).nunique() - MOST_LABELS),
    }
    return Result({"points": points, "ellipses": ellipses}, values)


def labels_of_bands(inputs: Inputs) -> Result:
    """Find the labels that tell one band from the others."""
    worn = wardrobe(inputs)
    grouping = _grouping(worn.authors["BAND"])
    question = "Do edgy accounts wear things that others surely wear less?"
    if len(grouping.names) < 2 or "edgy" not in grouping.names:
        claim = Claim.unanswerable(
            "today.telling", question, "There is no edgy account to compare with others."
        )
        return Result(claims=(claim,))
    found = telling_labels(worn.counts, grouping)
    edgy = found[found["group"] == "edgy"]
    if edgy.empty:
        claim = Claim.unanswerable(
            "today.telling", question, "Too few edgy accounts, or others, show any label."
        )
        return Result(claims=(claim,))
    more = edgy[(edgy["q"] < _ALPHA) & (edgy["low"] > 1 + _WORTH)]
    top = more.sort_values("shrunk", ascending=False).iloc[:1]
    claim = Claim(
        "today.telling",
        question,
        float(len(more)),
        f"of {len(edgy)} labels are at least a quarter more frequent",
        None,
        float(edgy["q"].min()) if len(edgy) else None,
        "yes" if len(more) else "no",
        f"The surest is {label_of(top['label'].iloc[0])}; shares of labels are compared, which "
        "higher activity does not move."
        if len(more)
        else "No label is surely more frequent among them by a quarter or more.",
    )
    return Result({"labels": found}, {"labels": len(edgy)}, (claim,))


def capture(inputs: Inputs) -> Result:
    """Compare what three follower bands tell apart with what could be told apart."""
    both = halves(inputs)
    question = "Do three follower bands capture a fair part of what such bands could tell apart?"
    if both is None:
        reason = "The window does not have two halves with labels of the same authors."
        return Result(claims=(Claim.unanswerable("today.capture", question, reason),))
    features = inputs.extract("author_features").set_index("AUTHOR_INDEX").loc[both.authors]
    grouping = _grouping(features["BAND"].reset_index(drop=True))
    if len(grouping.names) < 2:
        reason = "Authors with labels in both halves fall into one band only."
        return Result(claims=(Claim.unanswerable("today.capture", question, reason),))
    kept = grouping.codes >= 0
    both = Halves(both.first.select_authors(kept), both.second.select_authors(kept))
    grouping = Grouping(grouping.codes[kept], grouping.names)
    rows = []

    def measure(name: str, groups: Grouping) -> Any:
        found = explained(both, groups, replicates=199, permutations=199, seed=inputs.seed)
        rows.append((name, len(groups.names), found.share, *found.interval, found.p_value))
        return found

    own = measure("follower bands", grouping)
    same = measure("best, same sizes", best_grouping(both, grouping.sizes, seed=inputs.seed))
    for number in (2, 3, 5, 8, 12):
        if both.first.n_authors >= 50 * number:
            measure("best, any sizes", best_grouping(both, number, seed=inputs.seed))
    table = pd.DataFrame(rows, columns=["grouping", "groups", "share", "low", "high", "p"])
    if same.p_value >= _ALPHA or same.inertia <= 0:
        reason = "No grouping tells these authors apart better than chance: there is nothing to "
        return Result(
            {"shares": table},
            claims=(Claim.unanswerable("today.capture", question, f"{reason}capture."),),
        )
    ratio, (low, high) = share_of_best(own, same)
    verdict: Verdict = "no" if own.p_value >= _ALPHA or high < _FAIR else "undecided"
    claim = Claim(
        "today.capture",
        question,
        100 * ratio,
        "% of what the best groups of the same sizes tell apart",
        (100 * low, 100 * high),
        own.p_value,
        "yes" if low > _FAIR and own.p_value < _ALPHA else verdict,
        "The best groups were found in the first half of the window; both are judged in the "
        "second, which neither has seen.",
    )
    return Result({"shares": table}, {"authors": own.n_authors, "taste": own.taste}, (claim,))


def edgy_or_big(inputs: Inputs) -> Result:
    """Ask whether edgy accounts dress like fashion-forward ones, or are merely large."""
    worn = wardrobe(inputs)
    question = "Does edgy mean edgy: do edgy accounts dress like the fashion-forward ones?"
    flag = worn.authors["FLAG"].fillna(False).to_numpy(dtype=bool)
    band = worn.authors["BAND"].to_numpy(dtype=object)
    forward = flag & (band != "edgy")
    edgy = (band == "edgy") & ~flag
    rest = (band == "mainstream") & ~flag
    mart = inputs.extract("author_features")
    mart = mart[mart["IN_AUTHORS"] & (mart["BAND"] != "unknown")]
    crossed = (
        mart.assign(FLAG=mart["FLAG"].fillna(False).astype(bool))
        .groupby("BAND")["FLAG"]
        .agg(authors="size", flagged="sum")
        .reindex(list(BANDS), fill_value=0)
        .rename_axis("band")
        .reset_index()
    )
    tables = {"flags": crossed}
    if min(forward.sum(), edgy.sum(), rest.sum()) < 2 * _GROUP:
        reason = "Too few fashion-forward accounts below the edgy band, or too few edgy ones."
        return Result(tables, claims=(Claim.unanswerable("today.edgy_forward", question, reason),))
    score = _forward_score(worn.counts, forward, rest, inputs.seed)
    mass = worn.counts.totals / (worn.counts.totals + DAMPING)
    groups = {"fashion-forward": forward, "edgy": edgy, "mainstream": rest}
    rng = stream(inputs.seed, "today", "edgy or big")
    draws = {name: _means(score, mass, member, rng) for name, member in groups.items()}
    spread = float(
        np.sqrt(np.average((score[rest] - draws["mainstream"][0]) ** 2, weights=mass[rest]))
    )
    gaps = {
        name: (draws[name] - draws["mainstream"]) / spread for name in ("fashion-forward", "edgy")
    }
    tables["gaps"] = pd.DataFrame(
        [
            (
                name,
                gap[0],
                *np.quantile(gap[1:], [_ALPHA / 2, 1 - _ALPHA / 2]),
                int(groups[name].sum()),
            )
            for name, gap in gaps.items()
        ],
        columns=["group", "gap", "low", "high", "authors"],
    )
    target, found = gaps["fashion-forward"], gaps["edgy"]
    if np.quantile(target[1:], _ALPHA / 2) <= 0:
        reason = (
            "The fashion-forward accounts below the edgy band do not surely dress differently "
            "themselves, so there is nothing to resemble."
        )
        return Result(tables, claims=(Claim.unanswerable("today.edgy_forward", question, reason),))
    ratios = found[1:] / np.maximum(target[1:], target[0] / 10)
    low, high = np.quantile(ratios, [_ALPHA / 2, 1 - _ALPHA / 2])
    ratio = float(found[0] / target[0])
    claim = Claim(
        "today.edgy_forward",
        question,
        100 * ratio,
        "% of the way from mainstream to fashion-forward dress",
        (100 * low, 100 * high),
        None,
        "yes" if low > 0.5 else "no" if high < 0.5 else "undecided",
        "The difference was learnt from fashion-forward accounts that are not edgy and measured on "
        "edgy accounts that carry no flag.",
    )
    return Result(tables, {"spread": spread}, (claim,))


def two_readings(inputs: Inputs) -> Result:
    """Compare the bands that the two follower columns give, and the rule's further merits."""
    features = inputs.extract("author_features")
    mart = features[features["IN_AUTHORS"]]
    columns = ["FOLLOWERS_AUTHORS", "FOLLOWERS_SEGMENTATIONS"]
    both = mart[columns].dropna()
    question = "Do bands change with the follower column that is read?"
    if both.empty:
        reason = "No account has a count in both columns."
        return Result(claims=(Claim.unanswerable("today.readings", question, reason),))
    given = [bands_of(both[name].to_numpy(dtype=np.float64)) for name in columns]
    moved = given[0] != given[1]
    low, high = proportion_confint(int(moved.sum()), len(moved), _ALPHA, method="wilson")
    table = pd.crosstab(given[0], given[1]).reindex(index=BANDS, columns=BANDS, fill_value=0)
    near = _near(followers(mart))
    claim = Claim(
        "today.readings",
        question,
        100 * float(moved.mean()),
        "% of the accounts change their band",
        (100 * float(low), 100 * float(high)),
        None,
        "yes" if low > _WRONG else "no" if high < _WRONG else "undecided",
        "Few accounts are near a threshold, so the rule gives the same band from either table."
        if high < _WRONG
        else "Either table can be read, and the band depends on which.",
    )
    values = {"accounts": len(moved), "near": near}
    return Result({"readings": table.rename_axis("mart").reset_index()}, values, (claim,))


def _grouping(band: pd.Series[Any]) -> Grouping:
    known = band.where(band.isin(BANDS))
    return Grouping.of(pd.Series(pd.Categorical(known, categories=list(BANDS), ordered=True)))


def _forward_score(
    counts: AuthorLabelCounts, forward: Any, rest: Any, seed: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Score wardrobes along what tells fashion-forward accounts from others.

    Log odds are learnt in one half of the authors and give the scores of the other half, so that
    no account is scored by what was learnt from itself.
    """
    users = counts.select_authors(forward).authors_by_label
    counts = counts.select_labels(np.array(counts.labels)[users >= _GROUP])
    profiles = counts.profiles()
    fold = stream(seed, "today", "folds").permutation(counts.n_authors) % 2
    score = np.zeros(counts.n_authors)
    for side in (0, 1):
        codes = np.where(forward, 1, np.where(rest, 0, -1))
        codes[fold == side] = -1
        odds = log_odds(counts, Grouping(codes.astype(np.int64), ("rest", "forward")), "forward")
        score[fold == side] = (profiles @ odds["shrunk"].fillna(0.0).to_numpy())[fold == side]
    return score


def _means(
    score: Any, mass: Any, member: Any, rng: np.random.Generator, replicates: int = 499
) -> Any:
    """Return the weighted mean of members, then of resampled members; shape (replicates + 1,)."""
    x, w = score[member], mass[member]
    weights = rng.multinomial(len(x), np.full(len(x), 1 / len(x)), size=replicates) * w
    weights = np.concatenate([w[None, :], weights])
    return weights @ x / weights.sum(axis=1)


def _near(counts: Any, width: float = 0.1) -> float:
    """Return the share of accounts within a tenth of a threshold."""
    known = counts[np.isfinite(counts)]
    close = [np.abs(known / cut - 1) < width for cut in THRESHOLDS]
    return float(np.logical_or(*close).mean()) if len(known) else 0.0


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
        _WEAR,
        found.cramers_v,
        "Cramér's V, activity held equal",
        found.cramers_v_interval,
        found.p_value,
        verdict,
        reason,
    )


STEPS = (
    Step("today.bands", "Sizes of the bands", bands, ("author_features",)),
    Step("today.association", "Association of bands and labels", association_of_bands, NEEDS),
    Step("today.map", "Map of bands and labels", map_of_bands, (*NEEDS, PRODUCTS)),
    Step("today.labels", "Labels that tell the bands apart", labels_of_bands, NEEDS),
    Step("today.capture", "What bands could tell apart", capture, NEEDS),
    Step("today.edgy", "Edgy or big", edgy_or_big, NEEDS),
    Step("today.readings", "Two readings of followers", two_readings, ("author_features",)),
)
