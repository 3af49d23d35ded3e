"""How close the sample is to the published figures: words and tables of its appendix."""

from __future__ import annotations

import great_tables as gt
import pandas as pd

from analysis.report.prose import count, decimal, percent
from analysis.resources import data_file
from analysis.study import Study

_GROUPS = {
    "n": "Rows, authors and gaps",
    "tier": "Follower bands",
    "flag": "Fashion-forward flag",
    "followers": "Followers",
    "follows": "Followed accounts",
    "author": "Authors' averages and correlations",
    "posts": "Posts, likes and comments",
    "likes": "Likes",
    "comments": "Comments",
    "labels": "Vocabulary and label rows",
    "label": "Single labels",
}
# Rules of tolerance in the order of the table, as data/calibration.toml states them.
_RULES = ("Exact counts", "Authors by label and band", "Limits", "Reading and chance")


def sample_check(study: Study) -> pd.DataFrame:
    """Return the comparison of the sample with published figures; empty for other sources."""
    if study.has("sample_check"):
        return study.extract("sample_check")
    return pd.DataFrame(
        {name: pd.Series(dtype=object) for name in ("id", "figure", "target", "measured")}
        | {name: pd.Series(dtype=object) for name in ("tolerance", "note", "kind", "source")}
        | {"passed": pd.Series(dtype=bool)}
    )


def _rule(checked: pd.DataFrame) -> pd.Series[str]:
    """Return which rule judges each figure."""
    words = checked["tolerance"].astype(str)
    rule = pd.Series(_RULES[3], index=checked.index)
    rule[
        words.str.startswith(("below", "above")) | checked["id"].str.startswith("label.season")
    ] = _RULES[2]
    rule[words.str.endswith(" sd")] = _RULES[1]
    rule[words == "exact"] = _RULES[0]
    return rule


def closeness_sentence(checked: pd.DataFrame) -> str:
    """Say how many published figures the sample meets."""
    if checked.empty:
        return "This copy of the report was computed from another source: nothing to compare."
    inside = int(checked["passed"].sum())
    rule = _rule(checked)
    exact, cells = (checked.loc[rule == name, "passed"] for name in _RULES[:2])
    rest = checked.loc[~rule.isin(_RULES[:2]), "passed"]
    return (
        f"Of {count(len(checked))} figures {count(inside)} ({percent(inside / len(checked))}) lie "
        f"inside their tolerance: {count(exact.sum())} of {count(len(exact))} exact counts, "
        f"{count(cells.sum())} of {count(len(cells))} numbers of authors by label and band, and "
        f"{count(rest.sum())} of the {count(len(rest))} others ({percent(rest.mean())})."
    )


def closeness(checked: pd.DataFrame) -> gt.GT:
    """Return how many published figures the sample meets, by rule and group of figures."""
    frame = checked.assign(
        rule=pd.Categorical(_rule(checked), categories=list(_RULES), ordered=True),
        group=checked["id"].str.split(".").str[0].map(_GROUPS),
    )
    passed = frame.groupby(["rule", "group"], sort=True, observed=True)["passed"]
    found = passed.agg(["size", "sum", "mean"]).reset_index()
    shown = pd.DataFrame(
        {
            "rule": found["rule"].astype(str),
            "group": found["group"],
            "figures": found["size"].map(count),
            "inside": found["sum"].map(count),
            "share": found["mean"].map(percent),
        }
    )
    return (
        gt.GT(shown, rowname_col="group", groupname_col="rule")
        .cols_label(figures="Figures", inside="Inside", share="Share")
        .cols_align("right", ["figures", "inside", "share"])
    )


def misses(checked: pd.DataFrame) -> gt.GT:
    """Return the published figures that the sample misses, with the reason."""
    off = checked[~checked["passed"]]
    shown = pd.DataFrame(
        {
            "figure": off["figure"] + "; " + off["source"].astype(str).str.split().str[0],
            "target": off["target"].map(_short),
            "measured": off["measured"].map(_short),
            "tolerance": off["tolerance"],
            "note": off["note"].where(off["note"] != "", "beyond reading and chance"),
        }
    )
    return (
        gt.GT(shown, rowname_col="figure")
        .cols_label(
            target="Target",
            measured="Measured",
            tolerance="Tolerance",
            note="Why",
        )
        .cols_align("right", ["target", "measured", "tolerance"])
        .cols_width(figure="35%", target="11%", measured="11%", tolerance="13%", note="30%")
    )


def seeds() -> pd.DataFrame:
    """Return what ``benchmarks/sample.py`` found for samples of other seeds, one row each."""
    return pd.read_csv(data_file("calibration_seeds.csv"))


def seeds_sentence(found: pd.DataFrame) -> str:
    """Say on how many seeds the calibration holds, and how well the best classifier does."""
    exact = found["exact"] == found["of_exact"]
    share = found["others"] / found["of_others"]
    holds = exact & (found["cells"] == found["of_cells"]) & (share >= 0.95)
    best, null = found["bayes_agreement"].dropna(), found["bayes_null"].dropna()
    return (
        f"All exact counts, all numbers of authors by label and band, and at least "
        f"{percent(0.95, 0)} of the other figures hold on {count(holds.sum())} of "
        f"{count(len(found))} seeds. A classifier that knows the planted parameters finds the "
        f"dominant style with an adjusted Rand index of {decimal(best.min(), 2)} to "
        f"{decimal(best.max(), 2)}, and of {decimal(null.min(), 3)} to {decimal(null.max(), 3)} "
        "in the world where there is nothing to find."
    )


def seeds_table(found: pd.DataFrame) -> gt.GT:
    """Return the same by seed."""
    share = found["others"] / found["of_others"]
    pairs = {
        name: [f"{a} of {b}" for a, b in zip(found[name], found[f"of_{name}"], strict=True)]
        for name in ("exact", "cells", "others")
    }
    shown = pd.DataFrame(
        {
            "seed": found["seed"].astype(str),
            **pairs,
            "share": share.map(percent),
            "bayes": found["bayes_agreement"].map(_index),
            "null": found["bayes_null"].map(_index),
            "seconds": found["cpu_seconds"].map(lambda x: decimal(x, 0)),
            "megabytes": found["megabytes"].map(count),
        }
    )
    return (
        gt.GT(shown, rowname_col="seed")
        .cols_label(
            exact="Exact",
            cells="Label by band",
            others="Others",
            share="Share",
            bayes="Best Rand",
            null="Nothing planted",
            seconds="CPU seconds",
            megabytes="MB",
        )
        .cols_align("right", [*shown.columns[1:]])
    )


def _index(value: float) -> str:
    return "–" if pd.isna(value) else decimal(value, 3)


def _short(text: str) -> str:
    """Return a number without false digits, or the text as it is."""
    try:
        number = float(text)
    except ValueError:
        return text[:10]
    return count(number) if abs(number) >= 1000 else f"{number:.4g}"
