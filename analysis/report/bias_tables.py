"""Tables and sentences about the biases of panels and accounts."""

from __future__ import annotations

from typing import Any

import great_tables as gt
import pandas as pd

from analysis.report.prose import count, decimal, percent
from analysis.report.tables import label_of


def biases_sentence(found: pd.DataFrame) -> str:
    """Say how many measured biases matter, and which most."""
    mattering = found[found["verdict"] == "yes"].sort_values("changed", ascending=False)
    asked = found[found["verdict"] != "cannot be answered"]
    if asked.empty:
        return "None could be measured: too few accounts with labels are on both sides."
    if mattering.empty:
        return f"Of {len(asked)} biases that weights can correct, none moves a visibility that far."
    return (
        f"Of {len(asked)} biases that weights can correct, {len(mattering)} move what the panels "
        f"say. Most labels are moved where {mattering['name'].iloc[0]}."
    )


def biases(found: pd.DataFrame) -> gt.GT:
    """Return the measured biases, one a line."""
    shown = pd.DataFrame(
        {
            "name": found["name"].str.capitalize(),
            "size": [_bias_size(row) for row in found.to_dict("records")],
            "moved": [_bias_moved(row) for row in found.to_dict("records")],
            "worst": [_bias_worst(row) for row in found.to_dict("records")],
            "correction": found["correction"],
        }
    )
    return (
        gt.GT(shown, rowname_col="name")
        .cols_label(
            size="Size (95 % interval)",
            moved="Labels moved",
            worst="Moved most, careless to careful",
            correction="Correction",
        )
        .cols_width(name="18%", size="24%", moved="10%", worst="20%", correction="28%")
    )


def _bias_size(row: dict[Any, Any]) -> str:
    if row["verdict"] == "cannot be answered":
        return str(row["reason"])
    low, high = decimal(row["low"], 1), decimal(row["high"], 1)
    return f"{decimal(row['size'], 1)} ({low} to {high}) {row['unit']}"


def _bias_moved(row: dict[Any, Any]) -> str:
    if row["verdict"] == "cannot be answered":
        return "–"
    return f"{count(row['changed'])} of {count(row['labels'])}"


def _bias_worst(row: dict[Any, Any]) -> str:
    if row["verdict"] != "yes":
        return "–"
    before, after = percent(row["careless"], 2), percent(row["careful"], 2)
    return f"{label_of(row['label'])}: {before} to {after}"


def other_biases(other: pd.DataFrame) -> gt.GT:
    """Return the biases that no weight corrects, one a line."""
    sizes = [
        "not in these tables" if pd.isna(size) else f"{size:.3g} {unit}"
        for size, unit in zip(other["size"], other["unit"], strict=True)
    ]
    shown = other.assign(size=sizes)[["name", "mechanism", "size", "correction"]]
    return (
        gt.GT(shown, rowname_col="name")
        .cols_label(mechanism="How it works", size="Size", correction="What would mend it")
        .cols_width(name="22%", mechanism="30%", size="18%", correction="30%")
    )


def bias_distortions(distortions: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the distortion of every label, with the bias as people name it."""
    names = dict(zip(found["bias"], found["name"].str.capitalize(), strict=True))
    order = found.sort_values("median")["bias"].map(names).tolist()
    shown = distortions.assign(
        name=pd.Categorical(distortions["bias"].map(names), order, ordered=True),
        certain=distortions["q"] < 0.05,
    )
    return shown[["name", "label", "ratio", "low", "high", "certain"]]


def bias_title(found: pd.DataFrame) -> str:
    """Say which bias moves most labels."""
    mattering = found[found["verdict"] == "yes"].sort_values("changed", ascending=False)
    if mattering.empty:
        return "No bias moves a frequent label by much"
    return f"Most is moved where {mattering['name'].iloc[0]}"


def describe_distortions(found: pd.DataFrame) -> str:
    """Say in words what the figure of distortions shows."""
    parts = [
        f"{row['name']}: {count(row['changed'])} of {count(row['labels'])} labels moved"
        for row in found.to_dict("records")
        if row["verdict"] != "cannot be answered"
    ]
    listed = "; ".join(parts)
    return f"Strip plot of the distortion of every frequent label, one line per bias. {listed}."
