"""What the chapters on panels, quality and today's bands say in worlds whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis import extracts
from analysis.claims import Claim
from analysis.extracts.trends import load_trends
from analysis.findings import ahead, cuts, panels, quality, today
from analysis.findings.step import Inputs, Result
from analysis.warehouse.connect import open_source
from analysis.warehouse.sample_file import ensure_sample

STEPS = (*panels.STEPS, *quality.STEPS, *today.STEPS, *cuts.STEPS, *ahead.STEPS)
PARAMETERS = {
    "pseudonym_key": "k",
    "blocks": 64,
    "coreset": 40_000,
    "damping": 300.0,
    "fewest": 200,
    "same_box": True,
    "sample_images": 2_000,
}
CENTRES = (20, 35, 50, 60, 70, 85)  # weeks in which the trends of a moving world peak
NAMES = {name for step in STEPS for name in step.needs}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Inputs]:
    """Extracts of a world of the sample, built once."""
    known: dict[str, Inputs] = {}

    def get(name: str) -> Inputs:
        if name not in known:
            path: Path = tmp_path_factory.mktemp(name) / "sample.duckdb"
            ensure_sample(path, seed=2025, world=name, scale=0.1)
            source = open_source(str(path), sample_file=path)
            tables = {
                extract: extracts.get(extract).run(source, PARAMETERS).table for extract in NAMES
            }
            source.close()
            known[name] = Inputs(2025, tables, {})
        return known[name]

    return get


def step(name: str) -> Callable[[Inputs], Result]:
    return next(step.compute for step in STEPS if step.name == name)


def verdicts(inputs: Inputs, *names: str) -> dict[str, Claim]:
    """Compute steps, pass their results through the cache's form and return their claims."""
    found = [Result.from_entry(step(name)(inputs).to_entry()) for name in names]
    return {claim.id: claim for result in found for claim in result.claims}


QUICK = (
    "panels.attributes",
    "panels.items",
    "panels.series",
    "quality.scores",
    "today.association",
    "today.labels",
    "today.capture",
    "today.edgy",
    "today.readings",
    "today.jumps",
    "today.pairs",
)


def test_the_null_world_gives_no_claim_of_a_difference(world: Callable[[str], Inputs]) -> None:
    found = verdicts(world("null"), *QUICK)
    assert [claim.id for claim in found.values() if claim.verdict == "yes"] == []
    assert found["quality.bands"].verdict == "no"
    assert found["today.association"].verdict == "no"


def test_where_the_audience_decides_the_style_the_bands_are_praised(
    world: Callable[[str], Inputs],
) -> None:
    found = verdicts(world("followers"), "today.association", "today.labels", "today.capture")
    assert found["today.association"].verdict == "yes"
    assert found["today.telling"].verdict == "yes"
    assert found["today.capture"].verdict == "yes"


def test_what_the_marts_lack_is_named(world: Callable[[str], Inputs]) -> None:
    inputs = world("null")
    claim = verdicts(inputs, "panels.attributes")["panels.red_tshirt"]
    assert claim.verdict == "no"
    assert "colour" in claim.reason
    assert "wearer" in claim.reason
    labels = inputs.extract("label_vocabulary")
    named = labels.copy().head(3)
    named["LABEL_NAME"] = ["red", "women", "tshirt"]
    richer = Inputs(1, {"label_vocabulary": pa.Table.from_pandas(pd.concat([labels, named]))}, {})
    assert verdicts(richer, "panels.attributes")["panels.red_tshirt"].verdict == "yes"


def _changed(inputs: Inputs, **change: Callable[[pd.DataFrame], pd.DataFrame]) -> Inputs:
    tables = dict(inputs.extracts)
    for name, edit in change.items():
        frame = edit(inputs.extract(name))
        tables[name] = pa.Table.from_pandas(frame, preserve_index=False)
    return Inputs(inputs.seed, tables, {})


def test_one_band_only_cannot_be_judged(world: Callable[[str], Inputs]) -> None:
    few = {"FOLLOWERS_AUTHORS": 900.0, "FOLLOWERS_SEGMENTATIONS": 900.0, "BAND": "mainstream"}
    odd = _changed(
        world("null"),
        author_features=lambda f: f.assign(**few),
        weekly_trend_counts=lambda f: f.assign(BAND_INDEX=0),
        weekly_activity=lambda f: f.assign(BAND="mainstream"),
    )
    found = verdicts(odd, *QUICK, "today.density", "today.edgy_lead")
    for name in (
        "quality.bands",
        "today.association",
        "today.telling",
        "today.capture",
        "today.edgy_forward",
        "today.jumps",
        "today.pairs",
        "today.smooth",
        "today.edgy_lead",
    ):
        assert found[name].verdict == "cannot be answered", name
        assert found[name].reason


def test_a_month_without_flags_and_follower_counts(world: Callable[[str], Inputs]) -> None:
    weeks = pd.date_range("2024-03-04", periods=4, freq="7D").date

    def short(frame: pd.DataFrame) -> pd.DataFrame:
        if "WEEK" in frame:
            return frame[frame["WEEK"].isin(weeks)]
        return frame[
            frame["WEEK_INDEX"].isin([(week - date(1970, 1, 5)).days // 7 for week in weeks])
        ]

    odd = _changed(
        world("null"),
        author_features=lambda f: f.assign(
            FLAG=pd.Series(None, index=f.index, dtype="boolean"), FOLLOWERS_SEGMENTATIONS=np.nan
        ),
        author_label_counts=lambda f: f[f["N_IMAGES_1"] > 0].assign(N_IMAGES_2=0),
        weekly_trend_counts=short,
        weekly_activity=short,
        author_trend_counts=short,
    )
    found = verdicts(odd, *QUICK, "today.edgy_lead", "today.forward_lead")
    for name in ("today.capture", "today.readings", "today.edgy_forward", "today.forward_lead"):
        assert found[name].verdict == "cannot be answered", name
    assert "yes" not in {claim.verdict for claim in found.values()}


def _moving(lead: float, rng: np.random.Generator) -> Inputs:
    """Authors of two bands, six trends with a pulse; the edgy ones are ``lead`` weeks early."""
    authors, weeks, blocks = 400, 104, 16
    edgy = np.arange(authors) % 2 == 0
    mondays = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    first_week = (date(2023, 1, 2) - date(1970, 1, 5)).days // 7
    images = np.maximum(2, rng.poisson(12, (authors, weeks)))
    liking = rng.gamma(4.0, 0.25, (authors, 6))
    rows = []
    for k, centre in enumerate(CENTRES):
        time = np.arange(weeks)[None, :] + np.where(edgy, lead, 0)[:, None]
        rate = 0.03 * liking[:, [k]] * (1 + 4 * np.exp(-0.5 * ((time - centre) / 4) ** 2))
        found = rng.poisson(images * rate)
        author, week = np.nonzero(found)
        rows.append(
            pd.DataFrame(
                {
                    "AUTHOR_INDEX": author,
                    "TREND_INDEX": k,
                    "WEEK_INDEX": week + first_week,
                    "N_ITEMS": found[author, week],
                }
            )
        )
    items = pd.concat(rows, ignore_index=True)
    band = pd.Series(np.where(edgy, "edgy", "mainstream"))
    features = pd.DataFrame(
        {
            "AUTHOR_INDEX": np.arange(authors),
            "BAND": band,
            "FLAG": edgy,
            "IS_DRAWN": True,
            "N_LABELLED_IMAGES": images.sum(axis=1),
            "FIRST_DAY": mondays[0],
            "LAST_DAY": mondays[-1],
        }
    )
    author, week = np.indices(images.shape).reshape(2, -1)
    activity = pd.DataFrame(
        {
            "WEEK": mondays[week],
            "BAND": band.to_numpy()[author],
            "FLAG": edgy[author],
            "BLOCK": author // 2 % blocks,
            "N_LABELLED_IMAGES": images[author, week],
        }
    )
    key = ["WEEK", "BAND", "FLAG", "BLOCK"]
    panel_key = ["TREND_INDEX", "WEEK_INDEX", "BAND_INDEX", "FLAG", "BLOCK"]
    panel = items.assign(
        BAND_INDEX=np.where(edgy, 2, 0)[items["AUTHOR_INDEX"]],
        FLAG=edgy[items["AUTHOR_INDEX"]],
        BLOCK=items["AUTHOR_INDEX"] // 2 % blocks,
    )
    frames = {
        "author_features": features,
        "author_trend_counts": items,
        "weekly_trend_counts": panel.groupby(panel_key, as_index=False)[["N_ITEMS"]].sum(),
        "weekly_activity": activity.groupby(key, as_index=False)[["N_LABELLED_IMAGES"]].sum(),
    }
    return Inputs(7, {name: pa.Table.from_pandas(frame) for name, frame in frames.items()}, {})


def test_a_lead_of_three_weeks_is_found_and_dated() -> None:
    found = verdicts(_moving(3.0, np.random.default_rng(5)), "today.edgy_lead")
    told, claim = found["today.edgy_granger"], found["today.edgy_lead"]
    assert told.verdict == "undecided"  # each panel tells of the other: both run through one curve
    assert told.estimate == 6
    assert claim.verdict == "yes"
    assert claim.interval is not None
    low, high = claim.interval
    assert low < 3 < high
    assert high - low <= 3


def test_the_intervals_of_the_series_hold_the_planted_curves() -> None:
    moved = step("today.edgy_lead")(_moving(3.0, np.random.default_rng(5))).tables["series"]
    places = {trend.name: place for place, trend in enumerate(load_trends())}
    held = []
    for (trend, panel), own in moved.groupby(["trend", "panel"]):
        time = np.arange(len(own)) + (3.0 if panel == "edgy" else 0.0)
        planted = 1 + 4 * np.exp(-0.5 * ((time - CENTRES[places[str(trend)]]) / 4) ** 2)
        month = np.convolve(planted, np.ones(4), "same") / np.convolve(
            np.ones(len(own)), np.ones(4), "same"
        )
        truth = month / month.mean()
        held.append(((own["low"] <= truth) & (truth <= own["high"])).mean())
    assert len(held) == 8
    assert 0.9 < np.mean(held) < 1


def test_without_a_lead_none_is_claimed() -> None:
    found = verdicts(_moving(0.0, np.random.default_rng(6)), "today.forward_lead")
    assert found["today.forward_lead"].verdict != "yes"
    assert found["today.forward_forecast"].verdict != "yes"
    assert found["today.forward_granger"].verdict != "yes"
