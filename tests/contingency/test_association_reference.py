"""Association tests and measures against vcd, base R and survey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contingency.association import (
    adjusted_residuals,
    association_measures,
    likelihood_ratio_test,
    pearson_test,
)
from analysis.contingency.counts import as_sparse
from analysis.contingency.rao_scott import rao_scott_cells
from tests.reference.cases import load

TABLES = [
    "assoc_arthritis",
    "assoc_caith",
    "assoc_jobsat_2x2",
    "assoc_region_label_synth",
    "assoc_ucb_2x2",
]


@pytest.mark.parametrize("case_id", TABLES)
def test_two_way_table(case_id: str) -> None:
    case = load(case_id)
    table = case.files["table.csv"]
    table = table.set_index(table.columns[0])
    pearson, g = pearson_test(table), likelihood_ratio_test(table)
    case.agree("n", table.to_numpy().sum())
    case.agree("X2", pearson.statistic)
    case.agree("df", pearson.df)
    case.agree("X2_p", pearson.p_value)
    case.agree("G2", g.statistic)
    # 1 - pchisq, as R's package takes it, underflows to 0 where our tail still has digits
    if case.value("G2_p") > 0:
        case.agree("G2_p", g.p_value)
    measures = association_measures(table)
    case.agree("phi_sqrt_X2_over_n", np.sqrt(measures["phi2"]))
    case.agree("contingency_coef", measures["contingency_coefficient"])
    case.agree("cramers_v", measures["cramers_v"])
    case.agree("cramers_v_bergsma", measures["cramers_v_bergsma"])
    case.agree("tschuprow_t", measures["tschuprow_t"])
    case.agree("adjusted_residuals", adjusted_residuals(table))


@pytest.mark.parametrize(
    ("case_id", "row", "column", "cluster", "weight", "sampled"),
    [
        ("raoscott_apiclus1", "stype", "sch.wide", "dnum", "pw", 0.0),
        ("raoscott_apiclus1_fpc", "stype", "comp.imp", "dnum", "pw", 15 / 757),
        ("raoscott_posts_synth", "party", "label", "author", "weight", 0.0),
    ],
)
def test_rao_scott(
    case_id: str, row: str, column: str, cluster: str, weight: str, sampled: float
) -> None:
    case = load(case_id)
    data = case.files["data.csv"]
    data["cell"] = data[row].astype(str) + "|" + data[column].astype(str)
    rows, columns = sorted(data[row].unique()), sorted(data[column].unique())
    cells = pd.MultiIndex.from_product([rows, columns])
    wide = data.pivot_table(
        index=cluster, columns=[row, column], values=weight, aggfunc="sum", fill_value=0
    ).reindex(columns=cells, fill_value=0)
    test = rao_scott_cells(
        as_sparse(wide.to_numpy()),
        (len(rows), len(columns)),
        n=len(data),
        sampling_fraction=sampled,
    )
    case.agree("n_clusters", len(wide))
    case.agree("weighted_X2", test.statistic)
    case.agree("delta_eigenvalues", test.design_effects)
    case.agree("mean_delta", test.mean_design_effect)
    case.agree("rs_F", test.F)
    case.agree("rs_F_ndf", test.F_df1)
    case.agree("rs_F_ddf", test.F_df2)
    case.agree("rs_F_p", test.p_value)
    case.agree("rs_chisq_df", test.df)
    case.agree("rs_chisq_p", test.p_first_order)
