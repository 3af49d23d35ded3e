"""Tables, figure and sentences on speed, growth and cost, from what ``make bench`` wrote."""

from __future__ import annotations

from typing import Any

import great_tables as gt
import pandas as pd
import plotnine as p9

from analysis.report import pieces
from analysis.report.prose import around, count, day, decimal, listing, percent
from analysis.report.theme import BLUE, MUTED, theme
from analysis.resources import measured
from analysis.study import Study

BENCHMARKS = {
    "extraction": "Extracts against other ways",
    "statistics": "Statistics against their peers",
    "contingency": "Resampling of tables of labels",
    "refresh": "A new week of posts",
    "growth": "Ten times as many authors",
    "report": "The whole report",
}
"""What each benchmark asks, in the order of the table."""

Figures = dict[str, dict[str, Any]]


def results() -> Figures:
    """Return what ``benchmarks/`` measured, by name; benchmarks that were not run are missing."""
    found = {name: measured(name) for name in (*BENCHMARKS, "profile")}
    return {name: facts for name, facts in found.items() if facts is not None}


def answer_sentence(found: Figures) -> str:
    """Say how many goals are met and which are not."""
    goals = [goal for name in BENCHMARKS if name in found for goal in found[name]["goals"]]
    if not goals:
        return "Nothing was measured in this copy: run the benchmarks named below."
    missed = [goal["goal"] for goal in goals if not goal["met"]]
    rest = f" Not met: {'; '.join(missed)}." if missed else ""
    lacking = [title.lower() for name, title in BENCHMARKS.items() if name not in found]
    rest += f" Not measured, so neither met nor missed: {listing(lacking)}." if lacking else ""
    return (
        f"{count(len(goals) - len(missed))} of the {count(len(goals))} goals that were measured "
        f"are met.{rest}"
    )


def measured_sentence(found: Figures) -> str:
    """Say when, where and with what the benchmarks ran."""
    parts = []
    for name, title in BENCHMARKS.items():
        if name in found:
            facts = found[name]
            machine = facts["machine"]
            parts.append(
                f"{title.lower()} on {day(facts['measured'])} ({machine['cores']} cores, "
                f"{decimal(machine['memory_GiB'], 0)} GiB"
                + (f", load {decimal(machine['load'])} before" if "load" in machine else "")
                + (f", sample at {percent(facts['scale'])} of its size" if "scale" in facts else "")
                + ")"
            )
    return f"Measured: {listing(parts)}." if parts else ""


def goals_table(found: Figures) -> gt.GT:
    """Return measured figures with the goals beside them, a group of rows for each benchmark."""
    rows = [
        {
            "benchmark": BENCHMARKS[name],
            "goal": goal["goal"],
            "measured": _figure(goal["measured"]),
            "wanted": f"{goal['sense']} {_figure(goal['wanted'])}",
            "met": "met" if goal["met"] else "missed",
        }
        for name in BENCHMARKS
        if name in found
        for goal in found[name]["goals"]
    ]
    shown = pd.DataFrame(rows, columns=["benchmark", "goal", "measured", "wanted", "met"])
    return (
        gt.GT(shown, rowname_col="goal", groupname_col="benchmark")
        .cols_label(measured="Measured", wanted="Goal", met="")
        .cols_align("right", ["measured", "wanted"])
    )


def _figure(value: float) -> str:
    """Return a number to three digits, or to the unit from a thousand on."""
    return count(value) if value >= 1000 else f"{value + 0.0:.3g}".replace("-", "−")


def ways_table(found: Figures) -> gt.GT:
    """Return seconds, memory and ratio of each way to make the tables, the slowest first."""
    facts = found.get("extraction", {"ways": {}})
    ways = sorted(facts["ways"].items(), key=lambda way: -way[1]["seconds"]["median"])

    def spread(figure: dict[str, float]) -> str:
        return around(figure["median"], figure["least"], figure["most"], 1)

    rows = [
        {
            "way": way,
            "seconds": spread(spent["seconds"]),
            "processor": spread(spent["processor_seconds"]),
            "memory": decimal(spent["peak_MiB"]["median"] / 1024, 1),
            "times": decimal(facts["times_as_fast"][way]["median"], 1),
        }
        for way, spent in ways
    ]
    shown = pd.DataFrame(rows, columns=["way", "seconds", "processor", "memory", "times"])
    return (
        gt.GT(shown, rowname_col="way")
        .cols_label(
            seconds="Seconds", processor="Processor seconds", memory="Peak GiB",
            times="Times as long as ours",
        )
        .cols_align("right", ["seconds", "processor", "memory", "times"])
    )  # fmt: skip


def bound_sentence(found: Figures) -> str:
    """Say how far the extracts are from the least work that finds the largest of them."""
    ways = found.get("extraction", {"ways": {}})["ways"]
    if "counts" not in ways:
        return ""
    scan, counts, extracts = (
        ways[way]["processor_seconds"]["median"] for way in ("scan", "counts", "extracts")
    )
    return (
        "“Counts” is the smallest query we know that counts images by author and label, with no "
        "other table, no renaming and no order. It takes "
        f"{decimal(counts / scan)} times the processor time of the scan: no extract that holds "
        "these counts comes nearer. Ours, with author features and "
        f"weekly counts, take {decimal(extracts / counts)} times as long as that query."
    )


def removed_table(found: Figures) -> gt.GT:
    """Return the largest costs that were removed from the extracts, before and after."""
    facts = found.get("profile", {"costs": []})
    rows = [
        {
            "cost": row["cost"],
            "before": decimal(row["before"], 1),
            "after": decimal(row["after"], 1),
        }
        for row in facts["costs"]
    ]
    if rows:
        total = facts["total"]
        rows.append(
            {
                "cost": facts.get("whole", "all extracts and the contract"),
                "before": decimal(total["before"], 1),
                "after": decimal(total["after"], 1),
            }
        )
    shown = pd.DataFrame(rows, columns=["cost", "before", "after"])
    return (
        gt.GT(shown, rowname_col="cost")
        .tab_spanner("Processor seconds", ["before", "after"])
        .cols_label(before="Before", after="After")
        .cols_align("right", ["before", "after"])
    )


def pairs_sentence(study: Study) -> str:
    """Say how many pairs of image and label a labelled image makes in this source."""
    pairs = study.extract("label_vocabulary")["N_IMAGES"].astype("int64").sum()
    dirt = study.extract("dirt")
    images = dirt.loc[dirt["KIND"] == "labelled images without a post", "N_LOOKED_AT"].iloc[0]
    return (
        f"Pairs of image and label would take {decimal(pairs / max(images, 1), 1)} rows an image."
    )


def stages_table(study: Study, most: int = 12) -> pd.DataFrame:
    """Return the stages of this copy that took longest, with seconds, rows and bytes."""
    passports = study.passports().sort_values("seconds", ascending=False).head(most)
    return pd.DataFrame(
        {
            "Stage": passports["name"],
            "Kind": passports["kind"],
            "Seconds": passports["seconds"].round(1),
            "Rows": passports["rows"],
            "Bytes": passports["bytes"],
        }
    )


def growth_frame(found: Figures) -> pd.DataFrame:
    """Return times of each stage relative to the smallest scale: stage, scale, times, range."""
    rows = [
        {
            "stage": stage,
            "scale": float(scale),
            "times": times["median"],
            "least": times["least"],
            "most": times["most"],
        }
        for stage, facts in found.get("growth", {"stages": {}})["stages"].items()
        for scale, times in facts["times"].items()
    ]
    return pd.DataFrame(rows, columns=["stage", "scale", "times", "least", "most"])


def growth_figure(frame: pd.DataFrame) -> Any:
    """Draw how each stage grows with the sample, on logarithmic axes; the line is proportion."""
    if frame.empty:
        return pieces.nothing("Nothing to draw.")
    last = frame[frame["scale"] == frame["scale"].max()].set_index("stage")
    local = last["times"].drop("warehouse", errors="ignore")
    title = (
        f"Outside the warehouse, {count(last['scale'].iloc[0] / frame['scale'].min())} times the "
        f"size takes at most {decimal(local.max(), 1)} times as long"
    )
    plot = (
        p9.ggplot(frame, p9.aes("scale", "times"))
        + p9.geom_abline(slope=1, intercept=0, colour=MUTED, linetype="dashed")
        + p9.geom_line(colour=BLUE)
        + p9.geom_linerange(p9.aes(ymin="least", ymax="most"), colour=BLUE)
        + p9.geom_point(colour=BLUE)
        + p9.facet_wrap("stage")
        + p9.scale_x_log10()
        + p9.scale_y_log10()
        + p9.labs(
            title=title,
            subtitle="The warehouse, which reads all rows, grows with them.",
            x="times the published size",
            y="times the time at the smallest size",
        )
        + theme(4.2)
    )
    alt = (
        "Small panels, one for each stage: processor time relative to the smallest sample, "
        "against size, on logarithmic axes."
    )
    return pieces.figure(plot, "speed-growth", alt, frame)


def growth_sentence(found: Figures) -> str:
    """Say how the warehouse grows and what the coreset costs in accuracy."""
    if "growth" not in found:
        return "Growth was not measured in this copy."
    facts = found["growth"]
    lost, power = facts["accuracy"], facts["stages"]["warehouse"]["exponent"]
    between = f"{decimal(power['least'])} to {decimal(power['most'])} in {facts['rounds']} rounds"
    axes = [
        f"{percent(abs(error))} (stated: {percent(stated)})"
        for error, stated in zip(lost["inertia_errors"], lost["stated_errors"], strict=True)
    ]
    return (
        f"The warehouse stage grows with the power {decimal(power['median'])} of the size "
        f"({between}). Inertias of the map come from products that the warehouse sums over all "
        "authors. For the rest, "
        f"{count(lost['drawn'])} authors stand for {count(lost['authors'])}: segments given to all "
        "authors agree with those of the full fit with an adjusted Rand index of "
        f"{decimal(lost['adjusted_rand'])}, and inertias of the authors drawn alone err, axis by "
        f"axis, by {listing(axes)}."
    )


def cost_table(table: pd.DataFrame) -> gt.GT:
    """Return rows, bytes, partitions and credits of each query, a group for each size."""
    shown = pd.DataFrame(
        {
            "authors": [f"{count(n)} authors" for n in table["authors"]],
            "query": table["query"],
            "rows": [_short(n) for n in table["rows"]],
            "bytes": [f"{_short(n)}B" for n in table["bytes"]],
            "partitions": [_short(n) for n in table["partitions"]],
            "pruned": [_short(n) for n in table["pruned"]],
            "answer": [_short(n) for n in table["answer"]],
            "credits": [f"{n:,.2f}" for n in table["credits"]],
        }
    )
    return (
        gt.GT(shown, rowname_col="query", groupname_col="authors")
        .cols_label(
            rows="Rows", bytes="Read", partitions="Partitions", pruned="Pruned", answer="Answer",
            credits="Credits",
        )
        .cols_align("right", ["rows", "bytes", "partitions", "pruned", "answer", "credits"])
    )  # fmt: skip


def cost_sentence(table: pd.DataFrame, warehouse: dict[str, Any], kinds: int) -> str:
    """Say what a first run costs at the largest size, and on which inputs that rests."""
    largest = table[table["authors"] == table["authors"].max()]
    whole = largest[~largest["query"].str.contains("week")]
    return (
        f"For {count(largest['authors'].iloc[0])} authors a first run costs about "
        f"{count(whole['credits'].sum())} credits ({count(whole['dollars'].sum())} dollars at "
        f"{decimal(warehouse['price_per_credit'])} each), if one {warehouse['size']} warehouse "
        f"handles {count(warehouse['rows_per_second'])} rows a second. Scoring is priced for the "
        f"largest query that is exported, the hybrid's: every label of an author meets up to "
        f"{count(kinds)} kinds of authors, that is each component and each ordered pair of two."
    )


def _short(number: float) -> str:
    for power, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= power:
            return f"{number / power:.3g} {unit}"
    return f"{number:.0f} "
