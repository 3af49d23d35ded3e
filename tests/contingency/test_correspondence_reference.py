"""Correspondence analysis against FactoMineR and ca."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.contingency.correspondence import (
    CorrespondenceAnalysis,
    Points,
    correlation_ratio,
    correspondence_analysis,
)
from analysis.contingency.counts import AuthorLabelCounts, Grouping, contingency_table
from tests.reference.cases import Case, load, same_signs

CASES = [
    "ca_caith",
    "ca_author_letters",
    "ca_children_sup",
    "ca_authors_synth",
    "ca_authors_synth_weighted",
    "ca_authors_synth_equalmass",
]


def _analyse(case: Case) -> tuple[CorrespondenceAnalysis, pd.DataFrame]:
    table = case.files["table.csv"]
    table = table.set_index(table.columns[0])
    active = table
    weights = None
    if case.id == "ca_children_sup":
        active = table.iloc[:14, :5]
    if case.id.endswith("_weighted"):
        weights = case.files["meta.csv"]["weight"].to_numpy()
    if case.id.endswith("_equalmass"):
        weights = 1 / table.sum(axis=1).to_numpy()
    return correspondence_analysis(active, row_weights=weights), table


def _axes(
    frame: pd.DataFrame, expected: pd.DataFrame, signs: np.ndarray | None = None
) -> pd.DataFrame:
    frame = frame.iloc[:, : expected.shape[1]].rename(index=str)
    frame.columns = expected.columns
    return frame if signs is None else frame * signs


@pytest.mark.parametrize("case_id", CASES)
def test_everything_ca_returns(case_id: str) -> None:
    case = load(case_id)
    ca, table = _analyse(case)
    case.agree("n", ca.total)
    case.agree("total_inertia", ca.total_inertia)
    case.agree("chi2", ca.chi_squared)
    df = (len(ca.columns.mass) - 1) * (len(ca.rows.mass) - 1)
    case.agree("df", df)
    case.agree("p_value", stats.chi2.sf(ca.chi_squared, df))
    case.agree("eigenvalues", ca.eigenvalues)
    case.agree("singular_values", np.sqrt(ca.eigenvalues))
    case.agree("percent", 100 * ca.inertia["share"])
    signs = same_signs(_axes(ca.rows.coordinates, case.value("row_coord")), case.value("row_coord"))
    points: dict[str, Points] = {"row": ca.rows, "col": ca.columns}
    for side, found in points.items():
        case.agree(f"{side}_mass", found.mass.to_dict())
        case.agree(f"{side}_inertia", found.inertia.to_dict())
        for name, frame, flip in [
            ("coord", found.coordinates, signs),
            ("std_coord", found.standard, signs),
            ("contrib", 100 * found.contributions, None),
            ("cos2", found.cos2, None),
        ]:
            expected = case.value(f"{side}_{name}")
            case.agree(f"{side}_{name}", _axes(frame, expected, flip))
    if case_id == "ca_children_sup":
        rows = ca.project_rows(table.iloc[14:, :5])
        columns = ca.project_columns(table.iloc[:14, 5:])
        for side, found in {"row": rows, "col": columns}.items():
            expected = case.value(f"{side}_sup_coord")
            case.agree(f"{side}_sup_coord", _axes(found.coordinates, expected, signs))
            case.agree(f"{side}_sup_cos2", _axes(found.cos2, expected))


def test_groups_as_supplementary_rows() -> None:
    case = load("ca_authors_synth")
    ca, table = _analyse(case)
    counts = AuthorLabelCounts.from_wide(table)
    meta = case.files["meta.csv"]
    signs = same_signs(_axes(ca.rows.coordinates, case.value("row_coord")), case.value("row_coord"))
    expected = case.value("quali_sup_coord")
    found = ca.project_rows(contingency_table(counts, Grouping.of("region." + meta["region"])))
    case.agree("quali_sup_coord", _axes(found.coordinates, expected, signs))
    case.agree("quali_sup_cos2", _axes(found.cos2, expected))
    eta2 = correlation_ratio(ca.rows.coordinates, ca.rows.mass, meta["region"])
    case.agree("quali_sup_eta2", eta2.to_numpy()[None, :5])
