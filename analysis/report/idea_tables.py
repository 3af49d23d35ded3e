"""Tables, figure and sentences of the chapter on what more time would buy."""

from __future__ import annotations

from typing import Any

import great_tables as gt
import pandas as pd
import plotnine as p9

from analysis.findings.ideas import HAND, STRONG
from analysis.findings.step import Result
from analysis.names import label_of
from analysis.report.panel_tables import said
from analysis.report.prose import around, count, decimal, listing, noun, p_value, percent
from analysis.report.theme import BLUE, VERMILION, in_words, theme
from analysis.segmentations.labelling import STRATEGIES

_SHOWN = 12
_ASKED = dict(zip(STRATEGIES, ("at random", "about those it is least sure of"), strict=True))


def answer(together: Result, asking: Result) -> str:
    """Say what the two trials found, with question and evidence."""
    return " ".join(
        f"{claim.question} {said(claim, digits)}"
        for result, digits in ((together, 0), (asking, 3))
        for claim in result.claims
    )


def mined(together: Result) -> str:
    """Say how much was looked at and what came out."""
    values = together.values
    if not values:
        return together.claims[0].reason
    return (
        f"{count(values['items'])} items of {noun(values['authors'], 'account')} were looked at "
        f"and {noun(values['tested'], 'pair')} of labels tested: {count(values['strong'])} surely "
        f"sit together, of which {count(values['strong'] - values['new'])} are followed by this "
        f"study, and {count(values['apart'])} surely keep apart."
    )


def pairs(found: pd.DataFrame) -> gt.GT:
    """Return the pairs that sit together most surely."""
    table = found[found["low"] >= 1].sort_values("low", ascending=False, kind="stable")
    table = table.head(_SHOWN)
    shown = pd.DataFrame(
        {
            "pair": [
                f"{label_of(a)}, {label_of(b)}"
                for a, b in zip(table["first"], table["second"], strict=True)
            ],
            "authors": table["authors"].map(count),
            "expected": table["expected"].map(count),
            "lift": [
                around(row["lift"], row["low"], row["high"]) for row in table.to_dict("records")
            ],
            "q": table["q"].map(p_value),
            "followed": table["followed"].map({True: "yes", False: "no"}),
        }
    )
    return (
        gt.GT(shown, rowname_col="pair")
        .cols_label(
            authors="Accounts",
            expected="If dealt anew",
            lift="Lift (95 % interval)",
            q="Adjusted p",
            followed="Followed",
        )
        .cols_align("right", ["authors", "expected", "lift", "q"])
        .cols_width(pair="28%", authors="13%", expected="12%", lift="23%", q="12%", followed="12%")
    )


def new_pairs(together: Result) -> str:
    """Name the pairs that no followed trend joins."""
    found = together.tables.get("pairs")
    if found is None:
        return ""
    new = found[(found["low"] >= STRONG) & (found["q"] < 0.05) & ~found["followed"]]
    names = [
        f"{label_of(a)} with {label_of(b)}"
        for a, b in zip(new["first"].head(6), new["second"].head(6), strict=True)
    ]
    return f"Candidates for new trends: {listing(names)}." if names else "It proposes no new trend."


def needed(asking: Result) -> str:
    """Say how many labels each way of asking takes."""
    values = asking.values
    if not values:
        return asking.claims[0].reason
    aim = (
        f"To reach a mean precision of {percent(values['precision'], 0)} over "
        f"{noun(values['styles'], 'style')}"
    )
    least = {values["until"][strategy] for strategy in STRATEGIES}
    if len(least) == 1 and None not in least:
        return f"{aim}, either way of asking takes {count(least.pop())} labels."
    parts = []
    for strategy in STRATEGIES:
        until = values["until"][strategy]
        parts.append(
            f"asking {_ASKED[strategy]} takes {count(until)} labels"
            if until is not None
            else f"asking {_ASKED[strategy]} does not get there with {count(values['most'])} labels"
        )
    return f"{aim}, {listing(parts)}."


def furthest(asking: Result) -> str:
    """Say with how many labels the two ways of asking lie furthest apart, and how far."""
    table = asking.tables.get("curves")
    if table is None or table.empty:
        return ""
    by_labels = table.pivot_table(index="labels", columns="strategy", values="precision")
    apart = int((by_labels[STRATEGIES[1]] - by_labels[STRATEGIES[0]]).abs().argmax())
    parts = [
        f"{percent(by_labels[strategy].iloc[apart], 0)} asking {_ASKED[strategy]}"
        for strategy in STRATEGIES
    ]
    labels = noun(by_labels.index[apart], "label")
    return f"They lie furthest apart with {labels}: {listing(parts)}."


def sharpened(asking: Result) -> str:
    """Say what hand labels are worth that the method's segments of all others sharpen."""
    table = asking.tables.get("shares")
    if table is None or table.empty:
        return ""
    largest = table.sort_values("share").iloc[-1]
    return (
        f"Labels by hand also tell how common styles are, whatever the method gets wrong. Of "
        f"{count(HAND)} accounts drawn at random and labelled, each is worth "
        f"{decimal(table['worth'].min(), 1)} to {decimal(table['worth'].max(), 1)}, by style, once "
        "what the method says of all others is used as well: "
        f"{largest['style']}, for one, is {percent(largest['share'], 0)} of the accounts "
        f"({percent(largest['low'], 0)} to {percent(largest['high'], 0)})."
    )


def curves(table: pd.DataFrame, title: str) -> Any:
    """Draw precision by labels given, a line for each way of asking."""
    table = table.assign(
        strategy=pd.Categorical(table["strategy"], list(STRATEGIES), ordered=True),
        **{name: 100 * table[name] for name in ("precision", "low", "high")},
    )
    return (
        p9.ggplot(table, p9.aes("labels", "precision"))
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high", fill="strategy"), alpha=0.25)
        + p9.geom_line(p9.aes(colour="strategy"), size=0.8)
        + p9.scale_fill_manual(values=[BLUE, VERMILION], guide=None)
        + p9.labs(
            title=title,
            subtitle="Mean precision over styles on accounts that nobody labelled.",
            x="accounts labelled by hand",
            y="mean precision, %",
        )
        + theme(3.4)
        + in_words(table["strategy"], [BLUE, VERMILION])
    )


def curves_title(asking: Result) -> str:
    """Say in a title which way of asking learns faster."""
    verdict = asking.claim("ideas.asking").verdict
    return {
        "yes": "Labels on doubtful accounts teach a little more",
        "no": "Labels at random teach a little more",
    }.get(verdict, "Which accounts are asked about makes no sure difference")


def describe_curves(table: pd.DataFrame) -> str:
    """Say what one sees in the figure of precision by labels."""
    last = table.groupby("strategy", sort=False).last()
    parts = [
        f"{percent(row['precision'], 0)} asking {_ASKED[str(name)]}"
        for name, row in last.iterrows()
    ]
    return (
        f"Two rising lines of precision by accounts labelled; with {count(table['labels'].max())} "
        f"labels they reach {listing(parts)}."
    )
