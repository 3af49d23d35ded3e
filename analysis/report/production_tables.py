"""Tables and sentences of the chapter on running a segmentation in production."""

from __future__ import annotations

from typing import Any

import great_tables as gt
import pandas as pd
from IPython.display import Markdown

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.report import pieces
from analysis.report.cards import card_files, reported
from analysis.report.panel_tables import said
from analysis.report.prose import count, day, decimal, listing, noun, percent
from analysis.study import Study

_REFRESH = ("counts by author and label, kept as a table", "scores of all authors")
"""Queries of the model of costs that a refresh consists of."""


def answer(fitted: Result, watched: Result) -> str:
    """Say what is ready to be published, and whether anything moves."""
    if not fitted.values:
        return fitted.claims[0].reason
    values = fitted.values
    assigned = values["authors"] - values["abstains"]
    ready = (
        f"The {values['method']} is ready: version {values['version']} assigns {count(assigned)} "
        f"of {count(values['authors'])} accounts by one query of "
        f"{count(len(values['scoring']) / 1000)} kB that runs where the rows are."
    )
    return f"{ready} {moves(watched)}"


def moves(watched: Result) -> str:
    """Say whether the mix moved and whether authors are restless, with question and evidence."""
    return " ".join(f"{claim.question} {_said(claim)}" for claim in watched.claims)


def _said(claim: Claim) -> str:
    return said(claim, 3)


def facts(fitted: Result) -> gt.GT:
    """Return what a publication writes and how often it is due."""
    values = fitted.values
    rows = [
        ("Window it was fitted on", f"{day(values['data_from'])} to {day(values['data_to'])}"),
        ("Accounts that get a segment", count(values["authors"] - values["abstains"])),
        ("Accounts left without one", count(values["abstains"])),
        ("Accounts in two segments or more", count(values["several"])),
        (
            "Rows written on the first day",
            count(values["authors"] - values["abstains"]) + " or more",
        ),
        ("Labels it reads", count(values["labels"])),
        ("Size of the query", f"{count(len(values['scoring']) / 1000)} kB"),
    ]
    return gt.GT(pd.DataFrame(rows, columns=["what", "value"]), rowname_col="what").cols_label(
        value="Here"
    )


def alarm_words(watched: Result) -> str:
    """Say how often an alert is raised although nothing changed."""
    if "alarm" not in watched.values:
        return ""
    often = count(1 / watched.values["alarm"])
    return f"Of {often} comparisons without change, one raises each alert."


def limits(watched: Result) -> gt.GT:
    """Return what was seen between the halves, what is usual, and above what to look."""
    seen = watched.values
    rows = [
        (
            "Population stability index",
            decimal(seen["index"], 4),
            f"{decimal(seen['index_interval'][0], 4)} to {decimal(seen['index_interval'][1], 4)}",
            decimal(seen["index_limit"], 4),
        ),
        (
            "Accounts that change segment",
            _percent(seen["changed"]),
            _percent(seen["usual"]),
            _percent(seen["changed_limit"]),
        ),
    ]
    names = ["figure", "seen", "usual", "limit"]
    return (
        gt.GT(pd.DataFrame(rows, columns=names), rowname_col="figure")
        .cols_label(seen="Between the halves", usual="If nothing changed", limit="Alert above")
        .cols_align("right", names[1:])
    )


def differences(drift: pd.DataFrame) -> pd.DataFrame:
    """Return the change in each segment's share, in percentage points, for the figure."""
    table = drift[(drift["before"] > 0) | (drift["after"] > 0)]
    return pd.DataFrame(
        {
            "name": table["segment"].replace("none", "no segment"),
            "estimate": 100 * table["difference"],
            "low": 100 * table["low"],
            "high": 100 * table["high"],
            "group": "second half less first half",
        }
    )


def differences_title(watched: Result) -> str:
    """Say in a title whether the mix moved."""
    moved = watched.claim("production.moved").verdict == "yes"
    return "The mix of segments moved" if moved else "The mix of segments stands still"


def describe_differences(frame: pd.DataFrame) -> str:
    """Say what one sees in the figure of shares."""
    most = frame.iloc[int(frame["estimate"].abs().argmax())]
    return (
        f"Change in the share of {noun(len(frame), 'segment')} with intervals; the largest is "
        f"{decimal(most['estimate'], 1)} points for {most['name']}."
    )


def flows(drift: pd.DataFrame) -> gt.GT:
    """Return the segments in both halves, and how many of their accounts stay."""
    table = drift[(drift["before"] > 0) | (drift["after"] > 0)]
    shown = pd.DataFrame(
        {
            "segment": table["segment"].replace("none", "no segment"),
            "before": table["before"].map(count),
            "after": table["after"].map(count),
            "kept": table["kept"].map(_percent),
            "contribution": (table["contribution"] / (table["contribution"].sum() or 1.0)).map(
                lambda share: percent(share, 0)
            ),
        }
    )
    names = ["before", "after", "kept", "contribution"]
    return (
        gt.GT(shown, rowname_col="segment")
        .cols_label(
            before="First half", after="Second half", kept="Stay", contribution="Share of the index"
        )
        .cols_align("right", names)
    )


def cost(study: Study) -> str:
    """Say what a refresh would cost at the sizes that the model of costs names."""
    if not study.has("speed.cost"):
        return ""
    found = study.result("speed.cost")
    table = found.tables.get("cost")
    if table is None:
        return ""
    refresh = table[table["query"].isin(_REFRESH)].groupby("authors")["credits"].sum()
    parts = [
        f"{decimal(row['credits'], 2 if row['credits'] < 10 else 0)} credits for "
        f"{count(row['authors'])} accounts"
        for row in refresh.reset_index().to_dict("records")
    ]
    size = found.values["warehouse"]["size"]
    return f"On a warehouse of size {size} a refresh of everybody is put at {listing(parts)}."


def card_limits(study: Study) -> str:
    """Return the limits of the model card as a list in Markdown."""
    return "\n".join(f"- {limit}" for limit in reported(study).limits)


def card_file(study: Study) -> Markdown:
    """Return a link to the model card as JSON."""
    name, text = next((n, t) for n, t in card_files(study).items() if n.endswith(".json"))
    return pieces.download(text, name, "Model card (JSON)")


def _percent(value: Any) -> str:
    return "–" if value is None or pd.isna(value) else percent(value)
