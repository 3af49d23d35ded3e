"""Tables and sentences about the biases of panels and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import great_tables as gt
import numpy as np
import pandas as pd
from IPython.display import Markdown

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.names import label_of
from analysis.report import pieces
from analysis.report.prose import around, count, decimal, listing, noun, percent


def mattering(found: pd.DataFrame) -> pd.DataFrame:
    """Return the biases that matter, the one that moves most labels first."""
    return found[found["verdict"] == "yes"].sort_values("changed", ascending=False)


def biases_sentence(found: pd.DataFrame) -> str:
    """Say how many measured biases matter, and which most."""
    matter = mattering(found)
    asked = found[found["verdict"] != "cannot be answered"]
    if asked.empty:
        return "None could be measured: too few accounts with labels are on both sides."
    if matter.empty:
        return f"Of {len(asked)} biases that weights can correct, none moves a visibility that far."
    return (
        f"Of {len(asked)} biases that weights can correct, {len(matter)} "
        f"{'moves' if len(matter) == 1 else 'move'} what the panels say; most labels, "
        f"{_bias_moved(matter.iloc[0].to_dict())}, are moved where {matter['name'].iloc[0]}."
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
    return f"{around(row['size'], row['low'], row['high'], 1)} {row['unit']}"


def _bias_moved(row: dict[Any, Any]) -> str:
    if row["verdict"] == "cannot be answered":
        return "–"
    return f"{count(row['changed'])} of {count(row['labels'])}"


def _bias_worst(row: dict[Any, Any]) -> str:
    if row["verdict"] != "yes":
        return "–"
    digits = 2 if abs(row["careless"] - row["careful"]) >= 5e-5 else 3
    before, after = percent(row["careless"], digits), percent(row["careful"], digits)
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
    matter = mattering(found)
    if matter.empty:
        return "No bias moves a frequent label by much"
    return f"Most is moved where {matter['name'].iloc[0]}"


def describe_distortions(found: pd.DataFrame) -> str:
    """Say in words what the figure of distortions shows."""
    parts = [
        f"{row['name']}: {count(row['changed'])} of {count(row['labels'])} labels moved"
        for row in found.to_dict("records")
        if row["verdict"] != "cannot be answered"
    ]
    listed = "; ".join(parts)
    return f"Strip plot of the distortion of every frequent label, one line per bias: {listed}."


NAMES = {
    "duplicates": "An author in several rows",
    "reposts": "An image in several posts",
    "repeats": "A label several times in an image",
    "silent": "Accounts without posts or labels",
    "look_ahead": "Followers of today, posts of years",
    "missing_edgy": "Missing counts called edgy",
    "two_columns": "Two columns of followers",
    "activity": "A few prolific accounts",
    "like_active": "Larger accounts show more",
    "handpicked": "Hand-picked, and larger",
    "sellers": "Shops, brands and ambassadors",
    "likes": "Likes of zero",
    "engagement": "Likes per follower fall with size",
    "population": "Large accounts chosen more readily",
    "detectors": "Detectors that miss and invent",
}


def collected(results: Sequence[Result]) -> pd.DataFrame:
    """Return the insights of several results in one table."""
    return pd.concat([result.tables["insights"] for result in results], ignore_index=True)


def insights(found: pd.DataFrame) -> gt.GT:
    """Return one insight per bias: what a careless count and what a careful one says."""
    known = found[np.isfinite(found["corrected"])]
    shown = pd.DataFrame(
        {
            "bias": known["bias"].map(NAMES),
            "insight": [f"{row['insight']} ({row['unit']})" for row in known.to_dict("records")],
            "careless": [_figure(row, "uncorrected") for row in known.to_dict("records")],
            "careful": [_figure(row, "corrected") for row in known.to_dict("records")],
            "correction": known["correction"],
        }
    )
    return (
        gt.GT(shown, rowname_col="bias")
        .cols_label(
            insight="Insight",
            careless="Careless (interval)",
            careful="Corrected (interval)",
            correction="Correction",
        )
        .cols_width(bias="18%", insight="24%", careless="16%", careful="16%", correction="26%")
    )


def headline(found: pd.DataFrame) -> str:
    """Say which insight is furthest off, relative to its corrected figure."""
    known = found[np.isfinite(found["corrected"]) & (found["corrected"] > 0)]
    known = known[known["uncorrected"] > 0]
    if known.empty:
        return ""
    off = np.abs(np.log(known["uncorrected"] / known["corrected"]))
    worst = known.iloc[int(off.argmax())].to_dict()
    return (
        f"Furthest off is this insight: {worst['insight']}, "
        f"{_number(worst['uncorrected'])} instead of {_number(worst['corrected'])} {worst['unit']}."
    )


def truth_section(result: Result | None) -> Markdown:
    """Return a paragraph and table that set insights beside what a sample planted.

    Empty for a source without a planted truth, so that the page reads whole without it.
    """
    if result is None or result.tables["compared"].empty:
        return pieces.markdown("")
    compared = result.tables["compared"]
    table = pieces.table(planted(compared), "biases-planted").data
    return pieces.markdown(
        "**Beside what was planted.** The rows of this report come from a sample, in which biases "
        f"were planted with known sizes. {planted_sentence(compared)}\n\n"
        f"{table}\n\nEach insight in its own unit: the value without the bias, the corrected "
        "figure, how far off the careless and the corrected figure are, and whether the interval "
        "holds the planted value.\n"
    )


def planted(compared: pd.DataFrame) -> gt.GT:
    """Return the insights beside what was planted: the bias before and after the correction."""
    rows = compared.to_dict("records")
    shown = pd.DataFrame(
        {
            "bias": [
                NAMES[row["bias"]] + (f": {label_of(row['label'])}" if row["label"] else "")
                for row in rows
            ],
            "planted": [f"{_number(row['planted'])} {row['unit']}" for row in rows],
            "corrected": [_figure(row, "corrected") for row in rows],
            "before": [_signed(row["before"]) for row in rows],
            "left": [_signed(row["left"]) for row in rows],
            "holds": ["yes" if row["holds"] else "no" for row in rows],
        }
    )
    return (
        gt.GT(shown, rowname_col="bias")
        .cols_label(
            planted="Planted",
            corrected="Corrected (interval)",
            before="Bias before",
            left="Bias left",
            holds="Interval holds it",
        )
        .cols_align("right", ["planted", "corrected", "before", "left"])
    )


def planted_sentence(compared: pd.DataFrame) -> str:
    """Say how many planted biases the corrections find."""
    held = int(compared["holds"].sum())
    large = compared[np.abs(compared["before"]) > 1e-9]
    smaller = int((np.abs(large["left"]) < np.abs(large["before"])).sum())
    missed = compared.loc[~compared["holds"].astype(bool), "bias"].map(NAMES).str.lower().tolist()
    text = (
        f"Of {noun(len(compared), 'insight')} the corrected interval holds the planted value for "
        f"{count(held)}; the correction brings {count(smaller)} closer to it."
    )
    return text + (f" Not held: {listing(missed)}." if missed else "")


def unanswered(found: pd.DataFrame) -> str:
    """Say which insights a source does not give, and why."""
    lost = found[~np.isfinite(found["corrected"])]
    if lost.empty:
        return ""
    parts = [
        f"{NAMES[row['bias']].lower()}: {row['reason'][0].lower()}{row['reason'][1:].rstrip('.')}"
        for row in lost.to_dict("records")
    ]
    text = "; ".join(parts)
    return f"This source does not give every insight. {text[0].upper()}{text[1:]}."


def population_words(result: Result | None) -> str:
    """Say what weighting to the users of the platform does, or that nobody told their shares."""
    if result is None:
        return (
            "No shares of users are given, so the panel speaks of its own accounts only; "
            "`data/margins.toml` says how to give them."
        )
    reached = result.values["reached"]
    bands = result.tables["bands"].set_index("band")
    panel, users = (float(bands[name].loc["edgy"]) for name in ("panel", "population"))
    return (
        f"The zones of the panel hold {percent(reached, 0)} of the platform's users; no weight "
        f"makes it speak of the others. Edgy accounts are {percent(panel)} of the panel "
        f"and {percent(users)} of the users of these zones: raking undoes that."
    )


def ways_words(result: Result | None) -> str:
    """Say whether the weighted visibility hangs on the way of weighting, and what weights cost."""
    if result is None or result.tables["ways"].empty:
        return ""
    found = result.tables["ways"].set_index("way")
    plain, weighted = found.iloc[0], found.iloc[1:]
    shares = [percent(value, 2) for value in weighted["share"]]
    worth = [count(round(value)) for value in weighted["effective"]]
    alike = len({*zip(shares, worth, strict=True)}) == 1
    said = (
        f"{shares[0]} however they are weighted ({listing(list(weighted.index))}), as exact as "
        f"{worth[0]} accounts"
        if alike
        else listing(
            [
                f"{share} {way}, as exact as {number} accounts"
                for way, share, number in zip(weighted.index, shares, worth, strict=True)
            ]
        )
    )
    return (
        f"Images with branded bags are {percent(plain['share'], 2)} of those of "
        f"{noun(int(plain['accounts']), 'account')} as they come; {said}."
    )


def audit_words(result: Result | None) -> str:
    """Say whether there is an audit of the detectors."""
    if result is None:
        return (
            "Nobody has checked detections by hand, so a difference between bands may be one "
            "between detectors; `data/audit.csv` says how to give an audit."
        )
    return (
        "An audit by hand tells what detectors miss and invent in each band; shares are corrected "
        "by its counts, and their intervals allow for its size."
    )


def overlap_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of accounts by propensity, in percent, ready to draw."""
    order = ["hand-picked", "others", "others, weighted"]
    shown = scores.assign(group=pd.Categorical(scores["group"], order, ordered=True))
    shown[["percent", "low", "high"]] = 100 * scores[["share", "low", "high"]]
    return shown[["group", "score", "percent", "low", "high"]]


def describe_overlap(scores: pd.DataFrame) -> str:
    """Say in words what the figure of propensities shows."""
    middle = {
        str(name): float(np.average(own["score"], weights=own["share"]))
        for name, own in scores.groupby("group", observed=True)
    }
    parts = [f"{name} {decimal(value, 1)} %" for name, value in middle.items()]
    return f"Distribution of the chance to be hand-picked; means: {listing(parts)}."


def overlap_title(claim: Claim) -> str:
    """Return the takeaway of the overlap of hand-picked accounts and others."""
    return {
        "yes": "Hand-picked accounts have counterparts of their size among the others",
    }.get(claim.verdict, "Hand-picked accounts have few counterparts among the others")


def _figure(row: dict[Any, Any], name: str) -> str:
    estimate, low, high = (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    if not np.isfinite(estimate):
        return "–"
    text = _number(estimate)
    bounds = f"{_number(low)} to {_number(high)}".replace(" ", "\N{NO-BREAK SPACE}")
    return text if low == high else f"{text} ({bounds})"


def _number(value: float) -> str:
    """Return a number with about three meaningful digits."""
    if value == round(value) or abs(value) >= 1000:
        return count(value).replace("-", "\u2212")
    return decimal(value, 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3)


def _signed(value: float) -> str:
    if abs(value) < 5e-4:
        return "0"
    return ("+" if value > 0 else "") + _number(value)
