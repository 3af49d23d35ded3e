"""What the panels are for: from detections to items, to trends, to weekly series."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims import Claim
from analysis.extracts.trends import load_trends, named
from analysis.findings.ahead import panels
from analysis.findings.evidence import BANDS
from analysis.findings.step import Inputs, Result, Step
from analysis.resources import data_file
from analysis.trends.visibility import visibility

_NAMED = ("garment", "kind of garment", "colour", "wearer")
_TOGETHER = 0.5  # boxes: above it the labels of a type are tied to something by their box
_REPEATED = 1.25  # design effect: above it errors of independent items are more than a tenth short
_SHOWN = 3


def attributes(inputs: Inputs) -> Result:
    """See which attributes of a trend the labels name, and which they lack."""
    labels = inputs.extract("label_vocabulary")
    facts = tomllib.loads(data_file("attributes.toml").read_text(encoding="utf-8"))
    rows = []
    for attribute in facts["attribute"]:
        named = labels["LABEL_NAME"].isin(attribute.get("words", []))
        named |= labels["TYPE"].isin(attribute.get("types", []))
        found = labels[named].sort_values("N_DETECTIONS", ascending=False)
        rows.append(
            {
                "attribute": attribute["name"],
                "example": attribute["example"],
                "labels": len(found),
                "such_as": ", ".join(found["LABEL_NAME"].drop_duplicates().head(4)),
            }
        )
    table = pd.DataFrame(rows)
    lacking = [
        row["attribute"] for row in rows if row["attribute"] in _NAMED and row["labels"] == 0
    ]
    claim = Claim(
        "panels.red_tshirt",
        "Can the trend Red T-Shirt for Women be counted in these marts?",
        float(len(_NAMED) - len(lacking)),
        f"of its {len(_NAMED)} attributes held",
        None,
        None,
        "no" if lacking else "yes",
        f"No label names {_either(lacking)}." if lacking else "Labels name every attribute of it.",
    )
    return Result({"attributes": table}, claims=(claim,))


def items(inputs: Inputs) -> Result:
    """See whether the box ties the labels of one item together."""
    boxes = inputs.extract("box_matching")
    boxes = boxes.assign(
        WITHOUT_BOX=boxes["N_WITHOUT_BOX"] / boxes["N_DETECTIONS"].clip(lower=1),
        WITH_OBJECT=boxes["N_WITH_OBJECT"] / boxes["N_BOXES"].clip(lower=1),
        WITH_SEVERAL=boxes["N_WITH_SEVERAL"] / boxes["N_BOXES"].clip(lower=1),
    )
    details = boxes[boxes["TYPE"] != "object_detection"]
    question = "Do details lie outside any garment, because no box is shared?"
    if details.empty or not details["N_BOXES"].sum():
        reason = "No detail has a box in the images looked at."
        return Result(
            {"boxes": boxes}, claims=(Claim.unanswerable("panels.items", question, reason),)
        )
    tied = float(details["N_WITH_OBJECT"].sum() / details["N_BOXES"].sum())
    claim = Claim(
        "panels.items",
        question,
        100 * (1 - tied),
        "% of the boxes with a detail hold no garment",
        None,
        None,
        "no" if tied > _TOGETHER else "yes",
        "Labels of one item share its coordinates to the last digit, which is all that ties them."
        if tied > _TOGETHER
        else "Items are lost: a trend can be counted by image only.",
    )
    return Result({"boxes": boxes}, {"tied": tied}, (claim,))


def series(inputs: Inputs) -> Result:
    """Count the trends by week and band, with errors that know that posts belong to authors."""
    found_items, activity = (
        table[table["BAND"].isin(BANDS)]
        for table in (
            named(inputs.extract("weekly_trend_counts")),
            inputs.extract("weekly_activity"),
        )
    )
    question = "Are errors large enough that count every item as independent?"
    try:
        counts = panels(found_items, activity, "BAND")
        weekly = visibility(counts)
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("panels.repeat", question, error),))
    grouped = weekly.groupby(["TREND", "GROUP"])
    table = pd.DataFrame(
        {
            "items": grouped["N_ITEMS"].sum(),
            "visibility": grouped["N_ITEMS"].sum() / grouped["N_IMAGES"].sum().clip(lower=1),
            "design_effect": grouped["DESIGN_EFFECT"].first(),
            # root mean square: most weeks of a rare trend hold no item and no error
            "smallest_change": grouped["SMALLEST_CHANGE"].apply(_typical)
            / grouped["VISIBILITY"].mean(),
        }
    ).reset_index()
    table = table[table["items"] > 0]
    shown = _clearest(table)
    chosen = weekly[weekly["TREND"].isin(shown)]
    effects = table.loc[table["items"] >= 100, "design_effect"].to_numpy()
    low, high = _order_interval(effects)
    counted = pd.DataFrame(
        {
            "trend": [trend.name for trend in load_trends()],
            "labels": [
                " + ".join(f"{kind}/{name}" for kind, name in trend.labels)
                for trend in load_trends()
            ],
        }
    )
    totals = table.groupby("TREND")["items"].sum()
    counted["items"] = counted["trend"].map(totals).fillna(0.0)
    detected = inputs.extract("label_vocabulary")["N_DETECTIONS"].sum()
    every = weekly[["TREND", "GROUP", "WEEK", "VISIBILITY", "LOW", "HIGH"]]
    tables = {"weekly": chosen, "every": every, "trends": table, "counted": counted}
    values = {
        "detections": int(detected),
        "items": float(totals.sum()),
        "weeks": len(counts.weeks),
        "shown": list(shown),
    }
    if len(effects) < 3:
        reason = "Too few trends have a hundred items in a band."
        return Result(tables, values, (Claim.unanswerable("panels.repeat", question, reason),))
    claim = Claim(
        "panels.repeat",
        question,
        float(np.median(effects)),
        "times the variance of independent items, median trend and band",
        (low, high),
        None,
        "no" if low > _REPEATED else "yes" if high < _REPEATED else "undecided",
        "Items of one image, and images of one author, repeat each other; errors here are "
        "therefore computed from blocks of authors.",
    )
    return Result(tables, values, (claim,))


def _typical(changes: pd.Series[float]) -> float:
    return float(np.sqrt((changes**2).mean()))


def _either(attributes: list[str]) -> str:
    """Return "the colour", "the colour or the wearer", "the garment, the colour or the wearer"."""
    words = [f"the {name}" for name in attributes]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _clearest(table: pd.DataFrame) -> list[str]:
    """Return trends that can be read in every band, best first."""
    worst = table.groupby("TREND")["smallest_change"].max().dropna().sort_values()
    return [str(trend) for trend in worst.index[:_SHOWN]]


def _order_interval(values: Any) -> tuple[float, float]:
    """Return a 95 % interval of the median by order statistics."""
    ordered = np.sort(values)
    if not len(ordered):
        return float("nan"), float("nan")
    reach = max(0, int(np.floor(len(ordered) / 2 - 0.98 * np.sqrt(len(ordered)))))
    return float(ordered[reach]), float(ordered[len(ordered) - 1 - reach])


STEPS = (
    Step("panels.attributes", "Attributes that labels name", attributes, ("label_vocabulary",)),
    Step("panels.items", "Items tied by their box", items, ("box_matching",)),
    Step(
        "panels.series",
        "Weekly series of trends by band",
        series,
        ("weekly_trend_counts", "weekly_activity", "label_vocabulary"),
    ),
)
