"""The bands asked in every way: what other tests and measures say of the same wardrobes.

Textbook statistics stand beside those that the simulation studies let the report use, on the
authors and labels of this source.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.cluster import KMeans

from analysis.claims import Claim
from analysis.contingency.association import (
    adjusted_residuals,
    association,
    association_measures,
    likelihood_ratio_test,
    pearson_test,
)
from analysis.contingency.correspondence import CrossProduct, correspondence_analysis_from
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Grouping,
    as_sparse,
    contingency_table,
)
from analysis.contingency.dimension import parallel_analysis, permuted_axes
from analysis.contingency.distances import chi_square, hellinger
from analysis.contingency.diversity import equal_coverage, hill_numbers
from analysis.contingency.effects import presence_lifts
from analysis.contingency.mca import multiple_correspondence
from analysis.contingency.multiplicity import adjust_p_values
from analysis.contingency.parallel import one_blas_thread
from analysis.contingency.permanova import dispersion_test, permanova_one_way
from analysis.contingency.permutation import activity_blocks, chi_squared, permutation_test
from analysis.contingency.rao_scott import rao_scott, rao_scott_cells
from analysis.contingency.stratified import (
    blockwise_tests,
    cochran_mantel_haenszel,
    presence,
    presence_odds_ratios,
)
from analysis.findings.evidence import BANDS
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, label_counts, wardrobe
from analysis.panels.inequality import gini, gini_interval, lorenz, top_share
from analysis.randomness import stream
from analysis.segmentations.validity import (
    calinski_harabasz,
    gap_statistic,
    prediction_strength,
)

_DAMPING = 300.0
_GROUP = 15  # accounts: fewer give no wardrobe to compare with
_LEAST_LABELS = 20  # labels: fewer give no profile
_AXES_AUTHORS = 4000  # authors enough to count the axes of all
_CLUSTER_AUTHORS, _CLUSTER_AXES, _MOST_CLUSTERS = 1500, 5, 8
_SHOWN = 8
_QUESTION = "Would a textbook chi-squared test of label rows do?"


def bands_in_every_way(inputs: Inputs) -> Result:
    """Put every test and measure of association to the bands."""
    worn = wardrobe(inputs)
    band = worn.authors["BAND"]
    sizes = band.value_counts()
    names = [name for name in BANDS if sizes.get(name, 0) >= _GROUP]
    if len(names) < 2:
        reason = f"Fewer than two bands have {_GROUP} authors with labels."
        return Result(claims=(Claim.unanswerable("validation.clustering", _QUESTION, reason),))
    member = band.isin(names).to_numpy()
    counts = worn.counts.select_authors(member).without_empty_labels()
    band = band[member].reset_index(drop=True)
    grouping = Grouping.of(pd.Series(pd.Categorical(band, categories=names, ordered=True)))
    table = contingency_table(counts, grouping)
    tests, design_effect = _tests(inputs, counts, grouping, table)
    claim = Claim(
        "validation.clustering",
        _QUESTION,
        design_effect,
        "times the variance that label rows would have if they were independent",
        None,
        None,
        "no" if design_effect > 1.5 else "yes",
        "The labels of an author repeat each other, so the author is the unit of every test here.",
    )
    tables = {
        "tests": tests,
        "measures": _measures(inputs, counts, grouping, table),
        "bands": _bands(inputs, counts, grouping, table),
        "labels": _labels(counts, grouping, table),
        "axes": _axes(inputs, counts, grouping),
        "numbers": _numbers(inputs, counts),
        "attributes": _attributes(worn.authors[member]),
    }
    found = {name: table for name, table in tables.items() if not table.empty}
    return Result(found, {"authors": counts.n_authors, "labels": counts.n_labels}, (claim,))


def _tests(
    inputs: Inputs, counts: AuthorLabelCounts, grouping: Grouping, table: pd.DataFrame
) -> tuple[pd.DataFrame, float]:
    """Return statistic and p-value of every test, and the mean design effect."""
    blocks = activity_blocks(counts.totals)
    rows: list[tuple[str, str, float, float]] = []
    for name, test in (("Pearson", pearson_test), ("likelihood ratio", likelihood_ratio_test)):
        naive = test(table)
        rows.append((name, "label rows", naive.statistic, naive.p_value))
    corrected = rao_scott(counts, grouping, damping=_DAMPING)
    rows += [
        ("Rao-Scott, first order", "authors", corrected.statistic, corrected.p_first_order),
        ("Rao-Scott, second order", "authors", corrected.F, corrected.p_value),
    ]
    damped = counts.damped(_DAMPING)
    for unit, strata in (("authors", None), ("authors of like activity", blocks)):
        found = permutation_test(
            damped, grouping, chi_squared, blocks=strata, seed=inputs.seed, stage=f"ways/{unit}"
        )
        rows.append(("permutation", unit, found.statistic, found.p_value))
    enough = np.where(counts.totals >= _LEAST_LABELS, grouping.codes, -1)
    fewest = np.bincount(enough[enough >= 0], minlength=len(grouping.names)).min()
    if fewest >= _GROUP:
        profiled = Grouping(enough, grouping.names)
        for name, features in (
            ("Hellinger", hellinger(counts)),
            ("chi-square", chi_square(counts)),
        ):
            split = permanova_one_way(
                features, profiled, blocks=blocks, seed=inputs.seed, stage=f"ways/{name}"
            )
            rows.append((f"PERMANOVA, {name}", "authors of like activity", split.F, split.p_value))
        spread = dispersion_test(hellinger(counts), profiled, permutations=199, seed=inputs.seed)
        rows.append(("equal dispersion, Hellinger", "authors", spread.F, spread.p_permutation))
    halves = _halves(inputs, counts)
    if halves is not None:
        rows.append(("drift between halves, Rao-Scott", "authors", *halves))
    frame = pd.DataFrame(rows, columns=["test", "unit", "statistic", "p_value"])
    return frame, rao_scott(counts, grouping, damping=np.inf).mean_design_effect


def _halves(inputs: Inputs, counts: AuthorLabelCounts) -> tuple[float, float] | None:
    """Test whether the mix of label types drifts from one half of the window to the other."""
    long = pd.concat(label_counts(inputs, half).assign(HALF=half) for half in (1, 2))
    long = long[long["AUTHOR_INDEX"].isin(counts.authors)]
    kinds = inputs.extract("label_vocabulary").set_index("LABEL_INDEX")["TYPE"]
    cells = long.assign(TYPE=long["LABEL_INDEX"].map(kinds)).pivot_table(
        index="AUTHOR_INDEX",
        columns=["HALF", "TYPE"],
        values="N_IMAGES",
        aggfunc="sum",
        fill_value=0,
        observed=True,
    )
    shape = tuple(cells.columns.get_level_values(level).nunique() for level in (0, 1))
    if min(shape) < 2 or cells.shape[1] != shape[0] * shape[1] or len(cells) < _GROUP:
        return None
    test = rao_scott_cells(as_sparse(cells.to_numpy(dtype=np.float64)), (shape[0], shape[1]))
    return test.F, test.p_value


def _measures(
    inputs: Inputs, counts: AuthorLabelCounts, grouping: Grouping, table: pd.DataFrame
) -> pd.DataFrame:
    plain = association_measures(table)
    found = association(
        counts,
        grouping,
        blocks=activity_blocks(counts.totals),
        damping=_DAMPING,
        permutations=499,
        replicates=499,
        seed=inputs.seed,
        stage="ways/measures",
    )
    rows = [
        ("Cramér's V", "label rows", plain["cramers_v"], np.nan, np.nan),
        ("Cramér's V, Bergsma", "label rows", plain["cramers_v_bergsma"], np.nan, np.nan),
        ("Tschuprow's T", "label rows", plain["tschuprow_t"], np.nan, np.nan),
        ("contingency", "label rows", plain["contingency_coefficient"], np.nan, np.nan),
        ("information, bits", "label rows", plain["information_bits"], np.nan, np.nan),
        ("Cramér's V, centred", "authors", found.cramers_v, *found.cramers_v_interval),
        (
            "information, centred, bits",
            "authors",
            found.information_bits,
            *found.information_interval,
        ),
    ]
    return pd.DataFrame(rows, columns=["measure", "unit", "value", "low", "high"])


def _bands(
    inputs: Inputs, counts: AuthorLabelCounts, grouping: Grouping, table: pd.DataFrame
) -> pd.DataFrame:
    """Return diversity and inequality of each band, by themselves and made comparable."""
    used = grouping.indicator() @ presence(counts)
    authors = pd.DataFrame(used.toarray(), index=table.index, columns=table.columns)
    sizes = pd.Series(grouping.sizes, index=table.index)
    plain = hill_numbers(table)
    equal = equal_coverage(authors, sizes=sizes)
    cap = float(np.quantile(counts.totals, 0.9))
    rows = []
    for code, name in enumerate(grouping.names):
        volume = counts.totals[grouping.codes == code]
        capped = gini_interval(volume, cap=cap, replicates=299, seed=inputs.seed)
        rows.append(
            {
                "band": name,
                "authors": int(sizes[name]),
                "labels": plain.loc[name, 0],
                "common": plain.loc[name, 1],
                "coverage": equal.loc[name, "coverage"],
                "labels_equal": equal.loc[name, "hill_0"],
                "common_equal": equal.loc[name, "hill_1"],
                "gini": gini(volume),
                "gini_capped": capped.estimate,
                "low": capped.low,
                "high": capped.high,
                "top": top_share(volume, 0.01),
                "lower_half": float(lorenz(0.5, volume)),
            }
        )
    return pd.DataFrame(rows)


def _labels(counts: AuthorLabelCounts, grouping: Grouping, table: pd.DataFrame) -> pd.DataFrame:
    """Return the labels that a naive residual picks for the last band, and what is left of them."""
    blocks = activity_blocks(counts.totals)
    group = grouping.names[-1]
    naive = adjusted_residuals(table).loc[group]
    tests = blockwise_tests(counts.damped(_DAMPING), counts.labels, grouping, blocks)
    careful = tests.residuals.loc[group]
    adjusted = pd.Series(adjust_p_values(tests.labels["p_value"].to_numpy()), index=counts.labels)
    lifts = presence_lifts(counts, grouping, group)
    odds = presence_odds_ratios(counts, grouping, group, blocks)
    enough = lifts["events"] >= 10
    size = np.where(enough, np.abs(naive.to_numpy(dtype=np.float64)), -1.0)
    chosen = naive.index[np.argsort(-size, kind="stable")[: min(_SHOWN, int(enough.sum()))]]
    return pd.DataFrame(
        {
            "group": group,
            "label": list(chosen),
            "naive": naive[chosen].to_numpy(),
            "careful": careful[chosen].to_numpy(),
            "q": adjusted[chosen].to_numpy(),
            "lift": lifts.loc[chosen, "lift"].to_numpy(),
            "odds_ratio": odds.loc[chosen, "odds_ratio"].to_numpy(),
            "low": odds.loc[chosen, "low"].to_numpy(),
            "high": odds.loc[chosen, "high"].to_numpy(),
        }
    )


def _axes(inputs: Inputs, counts: AuthorLabelCounts, grouping: Grouping) -> pd.DataFrame:
    """Return inertias of axes between bands and between authors beside those of their nulls."""
    between = permuted_axes(
        counts,
        grouping,
        blocks=activity_blocks(counts.totals),
        damping=_DAMPING,
        permutations=499,
        seed=inputs.seed,
        stage="ways/axes",
    )
    rng = stream(inputs.seed, "ways", "authors")
    some = np.sort(rng.permutation(counts.n_authors)[:_AXES_AUTHORS])
    part = counts.select_authors(some).without_empty_labels()
    wanted = min(10, part.n_labels - 1, part.n_authors - 1)
    among = parallel_analysis(
        part, wanted, damping=_DAMPING, replicates=39, seed=inputs.seed, stage="ways/among"
    )
    frames = [
        found.axes.reset_index().assign(of=of, above=found.n_axes)
        for of, found in (("bands", between), ("authors", among))
    ]
    return pd.concat(frames, ignore_index=True)


def _numbers(inputs: Inputs, counts: AuthorLabelCounts) -> pd.DataFrame:
    """Return what three indices say of the number of clusters of authors, by number."""
    rng = stream(inputs.seed, "ways", "clusters")
    some = np.sort(rng.permutation(counts.n_authors)[:_CLUSTER_AUTHORS])
    part = counts.select_authors(some).without_empty()
    analysis = correspondence_analysis_from(CrossProduct.of(part, damping=_DAMPING), _CLUSTER_AXES)
    places = analysis.project_rows(
        pd.DataFrame(part.profiles().toarray(), index=part.authors, columns=list(part.labels))
    ).coordinates.to_numpy(dtype=np.float64)
    if len(places) < 10 * _MOST_CLUSTERS:
        return pd.DataFrame()

    def fit(points: Floats, number: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        state = int(rng.integers(2**31))
        with one_blas_thread():
            found = KMeans(number, n_init=3, random_state=state).fit_predict(points)
        return np.asarray(found, dtype=np.int64)

    gap = gap_statistic(places, _MOST_CLUSTERS, fit, references=10, seed=inputs.seed)
    tried = range(2, _MOST_CLUSTERS + 1)
    strength = prediction_strength(places, tried, fit, splits=10, seed=inputs.seed)
    ratio = [
        calinski_harabasz(places, fit(places, number, stream(inputs.seed, "ways", "k", number)))
        for number in tried
    ]
    return pd.DataFrame(
        {
            "clusters": list(tried),
            "gap": gap.table["GAP"].loc[2:].to_numpy(),
            "strength": strength["STRENGTH"].to_numpy(),
            "calinski": ratio,
            "by_gap": gap.choose(),
        }
    )


def _attributes(authors: pd.DataFrame) -> pd.DataFrame:
    """Return how strongly what is known of authors hangs together, by multiple correspondence.

    Also tests the band against the fashion flag within tenths of activity.
    """
    posts = authors["N_POSTS"].to_numpy(dtype=np.float64)
    facts = pd.DataFrame(
        {
            "band": authors["BAND"].astype(str),
            "fashion flag": authors["FLAG"].astype("boolean").astype("string").fillna("unknown"),
            "bio": authors["BIO_LENGTH"].astype("string").fillna("unknown"),
            "zone": authors["ZONE"].astype("string").fillna("unknown"),
            "activity": pd.Series(activity_blocks(posts, max(2, len(posts) // 4)), authors.index)
            .astype(str)
            .to_numpy(),
        }
    ).reset_index(drop=True)
    facts = facts[[name for name in facts if facts[name].nunique() >= 2]]
    if facts.shape[1] < 2:
        return pd.DataFrame()
    mca = multiple_correspondence(facts)
    axes = list(mca.eta2.columns[:2])
    table = pd.DataFrame(
        {
            "attribute": mca.eta2.index,
            "first": mca.eta2[axes[0]].to_numpy(),
            "second": mca.eta2[axes[-1]].to_numpy(),
        }
    )
    greenacre = mca.inertia["greenacre_share"]
    table["share_first"], table["share_second"] = (
        float(greenacre[axis]) for axis in (axes[0], axes[-1])
    )
    table["p_flag"] = np.nan
    if {"band", "fashion flag"} <= set(facts.columns):
        tenth = activity_blocks(posts, max(2, len(posts) // 10))
        cells = pd.crosstab([tenth, facts["band"].to_numpy()], facts["fashion flag"].to_numpy())
        bands = sorted(facts["band"].unique())
        whole = cells.reindex(
            pd.MultiIndex.from_product([np.unique(tenth), bands]), fill_value=0
        ).to_numpy(dtype=np.float64)
        strata = whole.reshape(len(np.unique(tenth)), len(bands), -1)
        table["p_flag"] = cochran_mantel_haenszel(strata).p_value
    return table


STEPS = (Step("validation.every_way", "The bands asked in every way", bands_in_every_way, NEEDS),)
