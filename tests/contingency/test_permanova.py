"""PERMANOVA and dispersion against vegan, and against each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contingency import distances
from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.contingency.permanova import dispersion_test, permanova, permanova_one_way
from analysis.contingency.permutation import activity_blocks
from tests.reference.cases import Case, load

FACTORS = {"permanova_dune": ["Management", "A1"], "permanova_authors_synth": ["region", "age"]}


def _case(case_id: str) -> tuple[Case, AuthorLabelCounts, pd.DataFrame]:
    case = load(case_id)
    counts = case.files["counts.csv"]
    design = case.files["meta.csv"].set_index(case.files["meta.csv"].columns[0])
    return case, AuthorLabelCounts.from_wide(counts.set_index("unit")), design[FACTORS[case_id]]


def _monte_carlo(p: float, stated: dict[str, float], permutations: int) -> bool:
    pooled = stated["pooled_p"]
    spread = pooled * (1 - pooled) * (1 / stated["total_permutations"] + 1 / permutations)
    return abs(p - pooled) <= 4 * np.sqrt(spread) + 1 / (permutations + 1)


@pytest.mark.parametrize("case_id", FACTORS)
@pytest.mark.parametrize("distance", ["hellinger", "chisq"])
def test_adonis(case_id: str, distance: str) -> None:
    case, counts, design = _case(case_id)
    embed = {"hellinger": distances.hellinger, "chisq": distances.chi_square}[distance]
    features = embed(counts)
    case.agree((distance, "distance_first5"), distances.pairwise(features)[:5, :5])
    for name, terms, by in [
        ("adonis_one_way", design.columns[:1], "terms"),
        ("adonis_terms", design.columns, "terms"),
        ("adonis_margin", design.columns, "margin"),
    ]:
        table = permanova(features, design[terms], by=by, permutations=0)
        case.agree((distance, name), table)
    case.agree((distance, "sum_sq_total"), table.loc["Total", "sum_sq"])
    groups = Grouping.of(design.iloc[:, 0])
    quick = permanova_one_way(features, groups, permutations=4999)
    slow = permanova(features, design.iloc[:, :1], permutations=499)
    assert pytest.approx(slow["F"].iloc[0]) == quick.F
    assert pytest.approx(slow["R2"].iloc[0]) == quick.R2
    stated = case.value((distance, "adonis_one_way_p"))
    assert _monte_carlo(quick.p_value, stated, 4999)
    assert _monte_carlo(slow["p_value"].iloc[0], stated, 499)


@pytest.mark.parametrize("case_id", FACTORS)
@pytest.mark.parametrize("distance", ["hellinger", "chisq"])
def test_betadisper(case_id: str, distance: str) -> None:
    case, counts, design = _case(case_id)
    embed = {"hellinger": distances.hellinger, "chisq": distances.chi_square}[distance]
    features, groups = embed(counts), Grouping.of(design.iloc[:, 0])
    for name, centre, adjust in [
        ("betadisper_centroid", "centroid", False),
        ("betadisper_centroid_bias_adjusted", "centroid", True),
        ("betadisper_median", "median", False),
    ]:
        test = dispersion_test(features, groups, centre=centre, bias_adjust=adjust)
        case.agree((distance, name, "F"), test.F)
        case.agree((distance, name, "p_parametric"), test.p_value)
        case.agree((distance, name, "group_mean_distance"), test.means)
        if "distances" in case.value((distance, name)):
            found = dict(zip(counts.authors.astype(str), test.distances, strict=True))
            case.agree((distance, name, "distances"), found)
        if name == "betadisper_centroid":
            stated = case.value((distance, name, "p_permutation_seed1"))
            pooled = {"pooled_p": stated, "total_permutations": 999}
            assert _monte_carlo(test.p_permutation, pooled, 999)


def test_blocks_keep_activity_out_of_hellinger(world: AuthorLabelCounts) -> None:
    """Groups that are halves of activity differ without blocks; inside blocks nothing is left."""
    rng = np.random.default_rng(3)
    lively = rng.random(world.n_authors) < 1 / (1 + np.exp(-1.5 * np.log(world.totals / 33)))
    features, groups = distances.hellinger(world), Grouping.of(lively)
    free = permanova_one_way(features, groups, permutations=499)
    held = permanova_one_way(
        features, groups, permutations=499, blocks=activity_blocks(world.totals, 10)
    )
    assert free.F == held.F
    assert free.p_value < 0.02
    assert held.p_value > 0.05


def test_pairwise_refuses_what_would_not_fit(world: AuthorLabelCounts) -> None:
    wide = AuthorLabelCounts.from_wide(pd.DataFrame(np.ones((5001, 2))))
    with pytest.raises(ValueError, match="sample"):
        distances.pairwise(distances.hellinger(wide))
