"""Multiple correspondence analysis against FactoMineR, ca::mjca and prince."""

from __future__ import annotations

import numpy as np
import pandas as pd
import prince
import pytest

from analysis.contingency.correspondence import correlation_ratio
from analysis.contingency.mca import multiple_correspondence
from tests.reference.cases import load, same_signs

POISON = [
    *("Nausea", "Vomiting", "Abdominals", "Fever", "Diarrhae", "Potato", "Fish", "Mayo"),
    *("Courgette", "Cheese", "Icecream"),
]


def _plain(frame: pd.DataFrame, expected: pd.DataFrame, signs: object = 1) -> pd.DataFrame:
    """Name categories and axes as FactoMineR does: the variable only where names repeat."""
    frame = frame.iloc[:, : expected.shape[1]].copy()
    frame.columns = expected.columns
    short = [str(name).partition("=")[2] or str(name) for name in frame.index]
    long = [str(name).replace("=", "_") for name in frame.index]
    frame.index = [s if s in expected.index else n for s, n in zip(short, long, strict=True)]
    return frame * signs


@pytest.mark.parametrize("case_id", ["mca_poison", "mca_tea_weighted"])
def test_mca(case_id: str) -> None:
    case = load(case_id)
    data = case.files["data.csv"]
    weights = None
    if case_id == "mca_poison":
        data = data.set_index("id")
        active = data[POISON]
    else:
        weights = data["weight"].to_numpy()
        active = data.drop(columns=["weight", *[c for c in data.columns if c == "id"]])
        active.index = pd.Index(case.value("ind_coord").index)
    mca = multiple_correspondence(active, row_weights=weights)
    columns, rows = mca.analysis.columns, mca.analysis.rows
    case.agree("Q", active.shape[1])
    case.agree("J", len(columns.mass))
    case.agree("total_inertia", mca.analysis.total_inertia)
    case.agree("eigenvalues", mca.inertia["eigenvalue"])
    case.agree("percent", 100 * mca.inertia["share"])
    expected = case.value("cat_coord")
    signs = same_signs(_plain(columns.coordinates, expected), expected)
    case.agree("cat_coord", _plain(columns.coordinates, expected, signs))
    case.agree("cat_contrib", _plain(100 * columns.contributions, expected))
    case.agree("cat_cos2", _plain(columns.cos2, expected))
    case.agree("eta2", _plain(mca.eta2, case.value("eta2")))
    expected = case.value("ind_coord")
    case.agree("ind_coord", _plain(rows.coordinates, expected, signs))
    case.agree("ind_contrib", _plain(100 * rows.contributions, expected))
    case.agree("ind_cos2", _plain(rows.cos2, expected))
    adjusted = mca.inertia.dropna()
    case.agree("benzecri_eigenvalues", adjusted["benzecri"])
    case.agree("benzecri_percent", 100 * adjusted["benzecri_share"])
    case.agree("greenacre_total", mca.adjusted_total)
    case.agree("greenacre_percent", 100 * adjusted["greenacre_share"])
    if case_id == "mca_poison":
        _check_supplementary(case_id, data, mca, signs)
        case.agree("mjca_adjusted_sv", np.sqrt(adjusted["benzecri"]))
        case.agree("mjca_adjusted_inertia_e", adjusted["greenacre_share"])
        burt = case.value("burt_eigenvalues")
        case.agree("burt_eigenvalues", mca.inertia["eigenvalue"].iloc[: len(burt)] ** 2)


def _check_supplementary(case_id: str, data: pd.DataFrame, mca: object, signs: object) -> None:
    case = load(case_id)
    expected = case.value("quali_sup_coord")
    indicators = [pd.get_dummies(data[name].astype(str), dtype=float) for name in ("Sick", "Sex")]
    parts = [mca.analysis.project_columns(table) for table in indicators]
    found = pd.concat([part.coordinates for part in parts])
    case.agree("quali_sup_coord", _plain(found, expected, signs))
    cos2 = pd.concat([part.cos2 for part in parts])
    case.agree("quali_sup_cos2", _plain(cos2, expected))
    rows = mca.analysis.rows
    eta2 = {n: correlation_ratio(rows.coordinates, rows.mass, data[n]) for n in ("Sick", "Sex")}
    case.agree("quali_sup_eta2", _plain(pd.DataFrame(eta2).T, case.value("quali_sup_eta2")))


def test_prince_agrees() -> None:
    table = load("mca_poison").files["data.csv"][POISON]
    ours = multiple_correspondence(table)
    for correction, column in {"benzecri": "benzecri", "greenacre": "greenacre_share"}.items():
        theirs = prince.MCA(n_components=4, correction=correction, engine="scipy").fit(table)
        if correction == "benzecri":
            np.testing.assert_allclose(theirs.eigenvalues_, ours.inertia[column].iloc[:4])
        else:
            np.testing.assert_allclose(
                theirs.percentage_of_variance_, 100 * ours.inertia[column].iloc[:4]
            )


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (pd.DataFrame({"a": ["x", "y", "x"]}), "fewer"),
        (pd.DataFrame({"a": ["x", None, "x"], "b": ["u", "v", "v"]}), "missing"),
        (pd.DataFrame({"a": list("abcdefgh"), "b": list("uvuvuvuv")}), "name"),
    ],
)
def test_bad_input_is_named(table: pd.DataFrame, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        multiple_correspondence(table)
