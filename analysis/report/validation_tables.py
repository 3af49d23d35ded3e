"""Tables and sentences of the simulation studies and of the comparison with R."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import great_tables as gt
import numpy as np
import pandas as pd
from IPython.display import Markdown

from analysis.report import pieces
from analysis.report.prose import count, day, decimal, listing, noun, percent
from analysis.study import Study
from analysis.validation import record
from analysis.validation.sets import ACCEPTED, rate_interval
from analysis.validation.studies import STUDIES


class Shown(NamedTuple):
    """A study's result, and where it comes from.

    ``own`` says that this copy computed it, ``fresh`` that its code is the code at hand.
    """

    table: pd.DataFrame
    made_at: str
    seed: int
    versions: Mapping[str, str]
    own: bool
    fresh: bool


Found = Mapping[str, Shown]


def studies(study: Study) -> dict[str, Shown]:
    """Return the studies by name: of this copy where it ran them, else of the last full run."""
    found = {}
    for name in STUDIES:
        step = f"validation.{name}"
        if study.has(step):
            passport = study.passport(step)
            table = study.result(step).tables["study"]
            versions = study.manifest["versions"]
            found[name] = Shown(table, passport.made_at, study.seed, versions, True, True)
        elif kept := record.read(name):
            fresh = kept.code == record.digest(name)
            found[name] = Shown(kept.table, kept.made_at, kept.seed, kept.versions, False, fresh)
    return found


def held(found: Found, name: str, draw: Callable[[], Markdown]) -> Markdown:
    """Return what ``draw`` makes of a study, or a line that says it has not been run."""
    if name in found:
        return draw()
    return pieces.nothing("This study has not been run.")


def agreement() -> pd.DataFrame:
    """Return the comparison with R as it was last made; empty if it never was."""
    kept = record.read("reference")
    return pd.DataFrame() if kept is None else kept.table


def origin(found: Found) -> str:
    """Say when, with which seed and versions the studies ran, and whether code changed since."""
    if not found:
        return "No study has been run: `make validate` does it."
    days = [day(edge(shown.made_at for shown in found.values())) for edge in (min, max)]
    when = days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"
    first = next(iter(found.values()))
    libraries = listing([f"{name} {first.versions[name]}" for name in ("numpy", "scipy")])
    own = sum(shown.own for shown in found.values())
    what = (
        "This copy ran all studies itself"
        if own == len(STUDIES)
        else f"The {count(len(found))} studies below are kept with the code"
        if own == 0
        else f"This copy ran {count(own)} of the studies itself, the others are kept with the code"
    )
    text = f"{what}; they ran on {when} with seed {first.seed} and {libraries}."
    stale = sum(not shown.fresh for shown in found.values())
    if stale:
        text += f" A module has been edited since then that {count(stale)} of them use."
    missing = [STUDIES[name].title.lower() for name in STUDIES if name not in found]
    if missing:
        text += f" Not run yet: {listing(missing)}."
    return f"{text} `make validate` runs them anew."


def levels_answer(found: Found) -> str:
    """Say how many of the tests in use hold their level, and what the naive test does."""
    if "levels" not in found:
        return "The level of the tests has not been measured."
    table = found["levels"].table
    used = table[table["used"]]
    holds = used.groupby("test")["holds"].all()
    band = f"{decimal(table['band_low'].min(), 3)} to {decimal(table['band_high'].max(), 3)}"
    naive = table.loc[table["test"] == "Pearson on label rows", "rate"]
    failing = [f"{test} ({_rates(used, test)})" for test in holds.index[~holds]]
    text = (
        f"Of the {count(len(holds))} tests that the report may rely on, {count(holds.sum())} "
        f"reject in {band} of {count(table['sets'].min())} data sets without any effect, whether "
        "groups are equally active or not. Pearson's test, which takes label rows for "
        f"independent, rejects in {percent(naive.min(), 0)}."
    )
    if failing:
        text += f" Outside the band: {listing(failing)}."
    return text


_WORST = 3
"""Failing methods that are named in a sentence; the table has the others."""


def textbooks(found: Found) -> str:
    """Say how many textbook methods fail, and name the worst with their rates."""
    if "levels" not in found:
        return ""
    table = found["levels"].table
    worst = table[~table["used"] & (table["test"] != "Pearson on label rows") & ~table["holds"]]
    tests = list(dict.fromkeys(worst.sort_values("rate", ascending=False)["test"]))
    if not tests:
        return "No other method fails."
    named = listing([f"{test} ({_rates(table, str(test))})" for test in tests[:_WORST]])
    what = "rejecting at these rates where groups are equally and unequally active"
    others = ", the worst of them" if len(tests) > _WORST else ","
    return (
        f"Beside Pearson's, {noun(len(tests), 'method')} that the report does not use "
        f"{'fails' if len(tests) == 1 else 'fail'}{others} {what}: {named}."
    )


def levels(found: Found) -> gt.GT:
    """Return rejection rates where nothing is to be found."""
    table = found["levels"].table
    rates = {name: part.set_index("test")["rate"] for name, part in table.groupby("groups")}
    used = table.groupby("test", sort=False)["used"].first()
    holds = table.groupby("test", sort=False)["holds"].all()
    order = used.sort_values(ascending=False, kind="stable").index
    shown = pd.DataFrame(
        {
            "test": order,
            "group": np.where(used[order], "In use", "For comparison"),
            "alike": [_rate(value) for value in rates["alike"].reindex(order)],
            "unlike": [_rate(value) for value in rates["unlike"].reindex(order)],
            "holds": np.where(holds[order], "yes", "no"),
        }
    )
    return (
        gt.GT(shown, rowname_col="test", groupname_col="group")
        .cols_label(alike="Equally active", unlike="Unequally active", holds="Holds its level")
        .tab_spanner("Rejects of groups", ["alike", "unlike"])
        .cols_align("right", ["alike", "unlike"])
    )


def power(found: Found) -> pd.DataFrame:
    """Return power by effect with intervals, ready to draw; empty if it has not been measured."""
    if "power" not in found:
        return pd.DataFrame()
    table = found["power"].table
    low, high = rate_interval(table["power"], table["sets"])
    return table.assign(low=low, high=high)


def power_title(table: pd.DataFrame) -> str:
    """Return the takeaway of the power curves: where the best test finds nine of ten."""
    best = table.groupby("odds")["power"].max()
    found = best.index[best >= 0.9]
    if len(found) == 0:
        return "No test finds the effects tried in nine of ten data sets"
    return f"Odds of {found[0]:g} between styles are found in nine of ten data sets"


def power_words(table: pd.DataFrame) -> str:
    """Return what one sees in the power curves."""
    ends = table.groupby("test")["power"].agg(["min", "max"])
    return (
        f"Power of {len(ends)} tests against the odds by which groups prefer a style, from "
        f"{table['odds'].min():g} to {table['odds'].max():g}: all rise, from at least "
        f"{percent(ends['min'].min(), 0)} to at most {percent(ends['max'].max(), 0)}."
    )


def discoveries_answer(found: Found) -> str:
    """Say whether false discoveries stay below the nominal rate."""
    if "discoveries" not in found:
        return "The rate of false discoveries has not been measured."
    table = found["discoveries"].table
    rates = table[table["quantity"].str.startswith("false discovery") & table["used"].astype(bool)]
    error = np.sqrt(0.05 * 0.95 / rates["sets"])
    within = rates["value"] <= 0.05 + 2 * error
    largest = rates.iloc[int(rates["value"].argmax())]
    return (
        f"At a nominal 5 %, {count(within.sum())} of {count(len(rates))} rates of false discovery "
        f"in use stay below it, twice their own error allowed; the largest is "
        f"{percent(largest['value'])}, of {largest['values']}."
    )


def discoveries(found: Found) -> gt.GT:
    """Return false discovery rate and power of single-label tests."""
    table = found["discoveries"].table
    names = {"bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli"}
    rows = [
        {
            "values": values,
            "method": name,
            **{
                f"{what}_{shift}": _rate(
                    part["value"][
                        part["quantity"].eq(f"{quantity} ({method})") & part["shift"].eq(shift)
                    ].mean()
                )
                for shift in part["shift"].unique()
                for what, quantity in (("false", "false discovery rate"), ("found", "power"))
            },
        }
        for values, part in table.groupby("values", sort=False)
        for method, name in names.items()
        if part["quantity"].str.endswith(f"({method})").any()
    ]
    result = gt.GT(pd.DataFrame(rows), rowname_col="method", groupname_col="values")
    labels: dict[str, Any] = {}
    for shift in table["shift"].unique():
        own = [f"false_{shift}", f"found_{shift}"]
        labels |= {own[0]: "False", own[1]: "Found"}
        title = f"Labels differ by {percent(shift, 0)}" if shift else "No label differs"
        result = result.tab_spanner(title, own)
    return result.cols_label(**labels).cols_align("right", list(labels))


_COVERAGE = {
    "association_coverage": "Association of groups with labels",
    "effect_coverage": "Single labels",
    "ellipse_coverage": "Correspondence analysis",
    "interval_coverage": "Bootstrap of a label's share",
    "scorecard_coverage": "Scorecard of a segmentation",
    "recovery_coverage": "Recovery of a planted truth",
    "panel_coverage": "Weighted and corrected shares, inequality",
    "visibility_coverage": "Weekly visibility",
    "lead_lag": "Lead",
}


def coverages(found: Found) -> pd.DataFrame:
    """Return every interval's coverage as one frame.

    Columns ``study``, ``case``, ``intervals``, ``coverage``, ``used`` (the report prints it) and
    ``holds``.
    """
    parts = []
    for name in _COVERAGE:
        if name not in found:
            continue
        table = found[name].table
        if name == "lead_lag":
            table = _judged_leads(table)
        cases = _cases(name, table)
        parts.append(
            pd.DataFrame(
                {
                    "study": _COVERAGE[name],
                    "case": cases,
                    "intervals": table["intervals"],
                    "coverage": table["coverage"],
                    "used": table["used"].astype(bool),
                    "holds": table["holds"].astype(bool),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _judged_leads(table: pd.DataFrame) -> pd.DataFrame:
    """Return pooled leads and those of single trends, in the worlds in which both are judged."""
    judged = table[table["judged"].astype(bool)].rename(columns={"sets": "intervals"})
    single = judged.assign(
        world=judged["world"] + ", single trends",
        coverage=judged["single_coverage"],
        holds=judged["single_coverage"].between(*ACCEPTED),
    )
    return pd.concat([judged, single]).assign(used=True)


def coverage_answer(found: Found) -> str:
    """Say how many of the intervals that the report prints cover as promised."""
    table = coverages(found)
    if table.empty:
        return "The coverage of the intervals has not been measured."
    used, rest = table[table["used"]], table[~table["used"]]
    missed = used[~used["holds"]]
    text = (
        f"Of {noun(len(used), 'interval')} in use, {count(used['holds'].sum())} hold the truth in "
        f"{ACCEPTED[0] * 100:.0f} to {ACCEPTED[1] * 100:.0f} of a hundred data sets."
    )
    for what, part in (
        ("hold it more often, being wider than need be", missed[missed["coverage"] > ACCEPTED[1]]),
        ("hold it less often", missed[missed["coverage"] < ACCEPTED[0]]),
    ):
        named = [
            f"{case} ({percent(rate)})"
            for case, rate in zip(part["case"], part["coverage"], strict=True)
        ]
        if named:
            text += f" These {what}: {listing(named)}."
    return (
        f"{text} {noun(len(rest), 'more interval', 'more intervals')} were tried; "
        f"{count((~rest['holds']).sum())} of them do not cover, and none of these is shown in the "
        "report."
    )


def coverage(found: Found) -> gt.GT:
    """Return coverage by study and case, with what the report does about it."""
    table = coverages(found)
    fate = np.select(
        [
            table["used"] & table["holds"],
            table["used"] & (table["coverage"] > ACCEPTED[1]),
            table["used"],
            table["holds"],
        ],
        ["holds", "wider than need be", "too short", "holds, not shown"],
        "not shown",
    )
    shown = pd.DataFrame(
        {
            "study": table["study"],
            "case": table["case"],
            "intervals": table["intervals"].map(count),
            "coverage": table["coverage"].map(percent),
            "fate": fate,
        }
    )
    return (
        gt.GT(shown, rowname_col="case", groupname_col="study")
        .cols_label(intervals="Intervals", coverage="Hold the truth", fate="In the report")
        .cols_align("right", ["intervals", "coverage"])
    )


def blocks(found: Found) -> gt.GT:
    """Return how well the block bootstrap agrees with the ordinary one."""
    table = found["bootstrap_agreement"].table
    shown = pd.DataFrame(
        {
            "blocks": [
                "two ordinary runs" if not number else f"{count(number)} blocks"
                for number in table["blocks"]
            ],
            "rms": table["rms_log_ratio"].map(percent),
            "median": table["median_ratio"].map(lambda value: decimal(value, 3)),
            "most": table["deviation_95"].map(percent),
            "all": table["deviation_max"].map(percent),
        }
    )
    return (
        gt.GT(shown, rowname_col="blocks")
        .cols_label(
            rms="Typical deviation", median="Median ratio", most="19 of 20 within", all="All within"
        )
        .cols_align("right", ["rms", "median", "most", "all"])
    )


def thresholds(found: Found) -> gt.GT:
    """Return the level of the tests at a threshold and of the tests of forecast value."""
    parts = []
    for name, title in (("threshold_levels", "At a threshold"), ("forecast_levels", "Forecasts")):
        if name in found:
            parts.append(found[name].table.assign(group=title))
    table = pd.concat(parts, ignore_index=True)
    shown = pd.DataFrame(
        {
            "test": table["test"],
            "group": table["group"],
            "sets": table["sets"].map(count),
            "rate": table["rate"].map(_rate),
            "holds": np.where(table["holds"], "yes", "no"),
        }
    )
    return (
        gt.GT(shown, rowname_col="test", groupname_col="group")
        .cols_label(sets="Data sets", rate="Rejects", holds="Holds its level")
        .cols_align("right", ["sets", "rate"])
    )


def bunching(found: Found) -> gt.GT:
    """Return how often the density test finds a smooth bump, which has no edge."""
    table = found["bunching_power"].table
    shown = pd.DataFrame(
        {
            "bump": [
                f"{percent(share, 0)} of the authors, log-sd {sd:g}"
                for share, sd in zip(table["share"], table["sd"], strict=True)
            ],
            "rejects": table["rejects"].map(lambda value: percent(value, 0)),
        }
    )
    return (
        gt.GT(shown, rowname_col="bump")
        .cols_label(rejects="Rejects")
        .cols_align("right", "rejects")
    )


def weighting(found: Found) -> gt.GT:
    """Return what weighting leaves of the bias of a hand-picked panel."""
    table = found["weighting"].table
    names = {
        "unweighted": "not weighted",
        "overlap": "weighted to the overlap of both",
        "selected": "others weighted to the picked",
        "all": "both weighted to everybody",
    }
    shown = pd.DataFrame(
        {
            "estimate": table["estimate"].map(names),
            "bias": (100 * table["bias"]).map(decimal),
            "error": (100 * table["sd"] / np.sqrt(table["sets"])).map(decimal),
        }
    )
    return (
        gt.GT(shown, rowname_col="estimate")
        .cols_label(bias="Bias, points", error="Its own error")
        .cols_align("right", ["bias", "error"])
    )


def leads(found: Found) -> gt.GT:
    """Return how well the lead of one panel over another is estimated."""
    table = found["lead_lag"].table
    shown = pd.DataFrame(
        {
            "world": table["world"],
            "sets": table["sets"].map(count),
            "lead": table["lead"].map(decimal),
            "width": table["width"].map(lambda value: decimal(value, 1)),
            "coverage": table["coverage"].map(percent),
            "single": table["single_coverage"].map(percent),
            "claims": table["claims"].map(lambda value: percent(value, 0)),
            "wrong": table["false_claims"].map(percent),
        }
    )
    return (
        gt.GT(shown, rowname_col="world")
        .cols_label(
            sets="Data sets",
            lead="Mean lead, weeks",
            width="Width",
            coverage="Holds the truth",
            single="Single trends",
            claims="Says: leads",
            wrong="Wrong claims",
        )
        .cols_align("right", ["sets", "lead", "width", "coverage", "single", "claims", "wrong"])
    )


def agreement_answer(table: pd.DataFrame) -> str:
    """Say how many cases agree with R and how closely."""
    if table.empty:
        return "The comparison with R has not been made."
    inside = table[table["reason"] == ""]
    close = inside[["absolute", "relative"]].astype(float).min(axis=1).max()
    return (
        f"{count(len(inside))} cases with {count(inside['values'].sum())} values computed by R "
        f"packages are reproduced; {count(inside['within'].sum())} of them to 1e-8 or better in "
        f"every deterministic quantity, the least exact to {close:.0e}. "
        f"{noun(int((inside['stated'] > 0).sum()), 'case')} also hold quantities that rest on "
        f"resampling, on an optimum or on an iteration that R stops early; they lie inside the "
        f"tolerance that the case states. {noun(len(table) - len(inside), 'case')} are out of "
        "scope."
    )


def mutants_answer(found: Mapping[str, Any] | None) -> str:
    """Say how many mistakes that were put into the statistics the tests notice."""
    if found is None:
        return "Whether the tests would notice a mistake was not measured in this copy."
    made, killed = found["mutants"], found["killed"]
    low, high = rate_interval(killed / made, made)
    return (
        f"Of {count(made)} mistakes put into these statistics one at a time, drawn on "
        f"{day(found['measured'])} from {count(found['places'])} places, the tests notice "
        f"{percent(killed / made, 0)} (95\N{NO-BREAK SPACE}% interval {percent(low, 0)} to "
        f"{percent(high, 0)}). Some of the others mean the same as what they replace; "
        "`make mutants` draws anew and lists them."
    )


def agreement_table(table: pd.DataFrame) -> gt.GT:
    """Return one row per case: our module and the largest differences."""
    inside = table["reason"] == ""
    shown = pd.DataFrame(
        {
            "case": table["case"].str.replace("_", " "),
            "module": np.where(inside, table["module"], "out of scope: " + table["reason"]),
            "values": [_known(value, count) for value in table["values"]],
            "absolute": [_known(value, _power) for value in table["absolute"]],
            "relative": [_known(value, _power) for value in table["relative"]],
            "stated": [_known(value, _power) for value in table["stated_largest"]],
        }
    )
    return (
        gt.GT(shown, rowname_col="case")
        .cols_label(
            module="Module",
            values="Values",
            absolute="Absolute",
            relative="Relative",
            stated="Largest",
        )
        .tab_spanner("Deterministic, largest", ["absolute", "relative"])
        .tab_spanner("By a stated tolerance", ["stated"])
        .cols_align("right", ["values", "absolute", "relative", "stated"])
    )


def _cases(name: str, table: pd.DataFrame) -> list[str]:
    rows = table.to_dict("records")
    if name == "association_coverage":
        return [
            f"{row['quantity'].replace('Cramer', 'Cramér')}, {_damping(row['damping'])}, "
            f"groups {row['groups']}, odds {row['odds']:g}"
            for row in rows
        ]
    if name == "visibility_coverage":
        return [
            f"{row['items_a_week']:g} items a week, variance of taste {row['taste']:g}"
            for row in rows
        ]
    if name == "scorecard_coverage":
        return [f"{row['quantity'].replace('Cramer', 'Cramér')}, {row['world']}" for row in rows]
    if name == "recovery_coverage":
        return [f"{row['quantity']}, {row['world']}" for row in rows]
    if name in ("lead_lag", "panel_coverage"):
        return [str(row["world" if name == "lead_lag" else "quantity"]) for row in rows]
    events = {"all": "", "200+ authors": ", 200 authors or more"}
    return [
        f"{row['quantity']}{events.get(row['events'], ', ' + row['events'] + ' authors')}"
        for row in rows
    ]


def _damping(value: float | None) -> str:
    return "plain counts" if value is None or not np.isfinite(value) else "damped counts"


def _rates(table: pd.DataFrame, test: str) -> str:
    return listing([_rate(rate) for rate in table.loc[table["test"] == test, "rate"]])


def _rate(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def _known(value: Any, say: Any) -> str:
    return "–" if value is None or pd.isna(value) else str(say(value))


def _power(value: float) -> str:
    return f"{value:.0e}" if value else "0"
