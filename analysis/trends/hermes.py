"""Do fashion-forward accounts really lead? Heuritech's own published weekly series.

One hundred anonymised series of five years: the visibility of a trend in the general panel
("main") and among accounts that the company's fashion teams hold to be ahead ("fashion
forward"). Source: E. David, J. Bellot and S. Le Corff, "HERMES: Hybrid Error-corrector Model with
inclusion of External Signals for nonstationary fashion time series", TMLR 2023, arXiv:2202.03224;
files ``data/f1_main_100_sequences.csv`` and ``data/f1_fashion_forward_100_sequences.csv`` of the
repository etidav/HERMES on GitHub. The files carry no licence: they are read from a folder that
the user names and are no part of this project; figures computed from them are.

There are no authors here, so weeks are resampled in blocks, with the same weeks for both panels
and all series: series of one season move together. Series of one zone and category are kept
together in everything said about all series.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.contingency.parallel import one_blas_thread
from analysis.errors import SourceError
from analysis.randomness import stream
from analysis.trends.crosscorrelation import cross_correlation, prewhiten
from analysis.trends.forecast import exponential_smoothing, mase, seasonal_naive
from analysis.trends.leadlag import (
    LAGS,
    Season,
    bootstrap_interval,
    lowest,
    shift_model,
    smooth_rate,
)
from analysis.trends.season import decompose

FloatArray = npt.NDArray[np.float64]
YEAR = 52
_LONGEST_GAP = 4  # weeks: a longer one hides a rise
_FEWEST_POSITIVE = 26  # weeks: with fewer above zero no curve can be dated
_FEWEST_CELLS = 5  # clusters: intervals from fewer are far too short
SOURCE = (
    "Computed from the public series of David, Bellot and Le Corff, HERMES, TMLR 2023, "
    "arXiv:2202.03224 (github.com/etidav/HERMES)"
)
PUBLISHED = ("f1_main_100_sequences.csv", "f1_fashion_forward_100_sequences.csv")


@dataclass(frozen=True)
class Pairs:
    """Weekly series of both panels, weeks x series, with the same names in both.

    Attributes
    ----------
    main, forward : DataFrame (weeks, series)
        Visibility, not negative, without gaps.
    left_out : tuple of str
        Series that were read but say nothing: constant, or hardly ever above zero, in a panel.
    filled : int
        Values that were missing and are taken from the line between their neighbours.
    """

    main: pd.DataFrame
    forward: pd.DataFrame
    left_out: tuple[str, ...] = ()
    filled: int = 0

    @property
    def traits(self) -> pd.DataFrame:
        """Return ZONE, GENDER, CATEGORY and CELL (the unit that is resampled) by series.

        Names are read as zone_gender_category_number; others have no zone and no category. Cells
        are zones by categories; where these are too few to be resampled, every series is its own.
        """
        names = [str(name) for name in self.main.columns]
        parts = [name.split("_") for name in names]
        told = all(len(p) > 2 for p in parts)
        table = pd.DataFrame(
            {
                "ZONE": [p[0] if told else "all" for p in parts],
                "GENDER": [p[1] if told and len(p) > 3 else "" for p in parts],
                "CATEGORY": [p[-2] if told else "all" for p in parts],
            },
            index=pd.Index(self.main.columns, name="SERIES"),
        )
        cells = table["ZONE"] + "_" + table["CATEGORY"]
        return table.assign(CELL=cells if cells.nunique() >= _FEWEST_CELLS else names)


def read_pairs(directory: Path) -> Pairs:
    """Read ``*main*.csv`` and ``*fashion_forward*.csv`` of a folder.

    Both files hold one row a week, its date first, and one column per series. Gaps of up to
    four weeks are filled by the line between their neighbours; a series that never moves in one
    of the panels is left out.

    Raises
    ------
    SourceError
        A file is missing or no table of weeks, the files do not hold the same series and weeks,
        a gap is longer, a value is negative, the weeks are fewer than three years, or fewer than
        two series move.
    """
    frames = [_read_panel(directory, kind) for kind in ("main", "fashion_forward")]
    main, forward = frames
    mend = "Both files need the same weeks and series, as those of github.com/etidav/HERMES/data."
    if set(main.columns) != set(forward.columns):
        odd = sorted(set(main.columns) ^ set(forward.columns))
        raise SourceError(
            f"{len(odd)} series stand in one of the files in {directory} only, such as {odd[0]}.",
            mend,
        )
    if not main.index.equals(forward.index):
        raise SourceError(f"The two files in {directory} do not cover the same weeks.", mend)
    if len(main) < 3 * YEAR:
        raise SourceError(
            f"The series in {directory} have {len(main)} weeks; a season needs {3 * YEAR}.",
            "Give at least three years.",
        )
    forward = forward[main.columns]
    filled = int(main.isna().sum().sum() + forward.isna().sum().sum())
    main, forward = (
        frame.interpolate(limit_direction="both", limit=_LONGEST_GAP) for frame in (main, forward)
    )
    gaps = [str(name) for name in main if main[name].isna().any() or forward[name].isna().any()]
    if gaps:
        raise SourceError(
            f"{len(gaps)} series in {directory} lack more than {_LONGEST_GAP} weeks in a row, "
            f"such as {gaps[0]}.",
            "Leave them out of both files, or fill them.",
        )
    still = [name for name in main if not (_moves(main[name]) and _moves(forward[name]))]
    if len(still) > main.shape[1] - 2:
        raise SourceError(
            f"Fewer than two series in {directory} move in both panels.",
            "Give series that vary over the weeks.",
        )
    return Pairs(
        main.drop(columns=still),
        forward.drop(columns=still),
        tuple(str(name) for name in still),
        filled,
    )


def _read_panel(directory: Path, kind: str) -> pd.DataFrame:
    """Return one file as a frame on a grid of weeks, missing values as NaN."""
    files = sorted(directory.glob(f"*{kind}*.csv"))
    if len(files) != 1:
        raise SourceError(
            f"{directory} holds {len(files)} files *{kind}*.csv instead of one.",
            "Put both files of github.com/etidav/HERMES/data there.",
        )
    name = files[0].name
    mend = "The first column is the date of the week, every other one a series of numbers."
    try:
        header = pd.read_csv(files[0], header=None, nrows=1, dtype=str).iloc[0, 1:]
        frame = pd.read_csv(files[0], index_col=0, encoding="utf-8-sig")
        frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index.astype(str), format="ISO8601"))
        frame = frame.astype(float).sort_index()
    except (OSError, ValueError, TypeError, IndexError, pd.errors.ParserError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{name} is no table of weeks and series: {reason}.", mend) from None
    if frame.empty or header.duplicated().any() or frame.index.has_duplicates:
        raise SourceError(f"{name} is empty, or names a series or a week twice.", mend)
    if (~np.isfinite(frame.fillna(0.0))).any(axis=None) or (frame < 0).any(axis=None):
        raise SourceError(f"{name} holds negative or infinite values.", "Visibility is a share.")
    grid = pd.date_range(frame.index[0], frame.index[-1], freq="7D")
    if not frame.index.isin(grid).all():
        raise SourceError(f"The dates in {name} are not whole weeks apart.", mend)
    return frame.reindex(grid)


def _moves(series: pd.Series[float]) -> bool:
    """Say whether a series has a shape: it varies, and some weeks are above zero."""
    return int((series > 0).sum()) >= _FEWEST_POSITIVE and float(series.std()) > 1e-9 * float(
        series.max()
    )


@dataclass(frozen=True)
class SeriesLeads:
    """Leads of the fashion-forward panel in weeks; positive means it is ahead.

    Attributes
    ----------
    series : DataFrame
        By SERIES: ZONE, GENDER, CATEGORY, CELL, LEAD, LOW, HIGH, IDENTIFIED, P, P_BY, GAIN.
    groups : DataFrame
        By TRAIT (ZONE, CATEGORY) and VALUE: SERIES, pooled LEAD, LOW, HIGH, IDENTIFIED, P,
        SHARE_LEADING, P_HOLM.
    overall : dict
        mean, median and pooled lead with intervals; share_leading, share_lagging;
        p (signed ranks, signs flipped by cell); shares identified and numbers significant.
    replicates : ndarray (R, N)
        Bootstrap leads.
    """

    series: pd.DataFrame
    groups: pd.DataFrame
    overall: dict[str, Any]
    replicates: FloatArray


def series_leads(
    pairs: Pairs,
    *,
    season: Season = "shifted",
    lags: FloatArray = LAGS,
    block: int = 26,
    replicates: int = 499,
    seed: int = 0,
    level: float = 0.95,
) -> SeriesLeads:
    """Estimate the lead of every series and of all together.

    Parameters
    ----------
    pairs : Pairs
        Series of both panels.
    season : {"shifted", "common", "none"}
        "shifted" asks for the lead of the whole curve, season included; "common" for the lead in
        what is left beside a season on the same dates.
    lags : ndarray (L,)
        Evenly spaced lags to try, in weeks.
    block : int
        Weeks per block of the circular block bootstrap of residuals. Where panels wander apart
        for months, intervals of single series are too short (see the simulation study).
    replicates : int
        Bootstrap replicates.
    seed : int
        Of the bootstrap and the sign flips.
    level : float
        Confidence level.
    """
    weeks = len(pairs.main)
    rng = stream(seed, "hermes", "weeks")
    starts = rng.integers(weeks, size=(replicates, -(-weeks // block)))
    rows = (starts[:, :, None] + np.arange(block)).reshape(replicates, -1)[:, :weeks] % weeks
    profiles, drawn, gains = [], [], []
    for name in pairs.main.columns:
        series = np.stack([pairs.forward[name].to_numpy(), pairs.main[name].to_numpy()])
        rates, weights, working = [], [], []
        for values in series:
            rate = smooth_rate(values, np.ones(weeks))
            spread = max(float(np.mean((values - rate) ** 2 / rate)), 1e-12)
            rates.append(rate)
            weights.append(rate / spread)
            working.append(np.log(rate) + values / rate - 1)
        z, w = np.concatenate(working), np.concatenate(weights)
        model = shift_model(np.stack(working), np.stack(weights), lags, season=season)
        found = model.profile(z)[0]
        factor = model.factors[int(found.argmin())]
        fitted = (factor.T @ (factor @ z)) / w
        residual = ((z - fitted) * np.sqrt(w)).reshape(2, weeks)
        residual -= residual.mean(axis=1, keepdims=True)
        # the fit has taken degrees of freedom from the residuals: give their variance back
        freedom = float((factor**2 / w).sum())
        residual *= np.sqrt(z.size / max(z.size - freedom, 1.0))
        again = fitted + np.concatenate([residual[0][rows], residual[1][rows]], axis=1) / np.sqrt(w)
        profiles.append(found)
        drawn.append(model.profile(again))
        gains.append(model.gain)
    curves, again_curves = np.stack(profiles), np.stack(drawn, axis=1)
    lead = lowest(lags, curves)
    boot = lowest(lags, again_curves.reshape(-1, lags.size)).reshape(replicates, -1)
    intervals = [bootstrap_interval(lead[i], boot[:, i], lags, level) for i in range(lead.size)]
    low, high, known = (np.array(column) for column in zip(*intervals, strict=True))
    p = _p_values(lead, boot, known.astype(bool))
    traits = pairs.traits
    series_table = traits.assign(
        LEAD=lead,
        LOW=low,
        HIGH=high,
        IDENTIFIED=known.astype(bool),
        P=p,
        P_BY=multipletests(p, method="fdr_by")[1],
        GAIN=gains,
    )
    cells = pd.factorize(traits["CELL"])[0]
    tails = [(1 - level) / 2, (1 + level) / 2]
    rng = stream(seed, "hermes", "cells")
    overall = _overall(lead, boot, cells, rng, tails)
    everyone = np.ones(lead.size, dtype=bool)
    pooled = _pooled(curves, again_curves, cells, everyone, lags, level, rng)
    groups = []
    for trait in ("ZONE", "CATEGORY"):
        for value in sorted(traits[trait].unique()):
            here = (traits[trait] == value).to_numpy()
            rng = stream(seed, "hermes", trait, str(value))
            found = _pooled(curves, again_curves, cells, here, lags, level, rng)
            share = float((lead[here] > 0).mean())
            groups.append({"TRAIT": trait, "VALUE": value, "SERIES": int(here.sum())} | found)
            groups[-1]["SHARE_LEADING"] = share
    group_table = pd.DataFrame(groups)
    group_table["P_HOLM"] = multipletests(group_table["P"], method="holm")[1]
    overall |= {
        "pooled": pooled["LEAD"],
        "pooled_low": pooled["LOW"],
        "pooled_high": pooled["HIGH"],
        "pooled_identified": pooled["IDENTIFIED"],
        "pooled_p": pooled["P"],
        "identified": float(series_table["IDENTIFIED"].mean()),
        "significant": int((series_table["P_BY"] < 1 - level).sum()),
    }
    return SeriesLeads(series_table, group_table, overall, boot)


def innovations(
    pairs: Pairs, *, lags: int = 8, replicates: int = 999, seed: int = 0
) -> pd.DataFrame:
    """Return mean cross-correlation of both panels' weekly news, by lag.

    News is what STL leaves, prewhitened by the fashion-forward series. A peak at a negative lag
    says that fashion-forward news comes first. LOW and HIGH resample cells of zone and category.
    """
    found = []
    for name in pairs.main.columns:
        forward, main = (
            decompose(frame[name].to_numpy(), period=YEAR, seasonal=13).remainder
            for frame in (pairs.forward, pairs.main)
        )
        news = prewhiten(forward, main)
        found.append(cross_correlation(news[0], news[1], lags).to_numpy())
    table = np.stack(found)
    cells = pd.factorize(pairs.traits["CELL"])[0]
    draws = _cell_weights(cells, replicates, stream(seed, "hermes", "innovations"))
    low, high = np.quantile(
        draws @ table / draws.sum(axis=1, keepdims=True), [0.025, 0.975], axis=0
    )
    index = pd.Index(np.arange(-lags, lags + 1), name="LAG")
    return pd.DataFrame({"CORRELATION": table.mean(axis=0), "LOW": low, "HIGH": high}, index=index)


@dataclass(frozen=True)
class SeriesForecasts:
    """One-year-ahead forecasts with and without the fashion-forward signal.

    Attributes
    ----------
    errors : DataFrame
        By SERIES and ORIGIN: MASE of every model.
    summary : DataFrame
        By MODEL: MASE (mean over series and origins), LOW, HIGH, LAST (at the last origin only,
        the published benchmark's year).
    value : dict
        gain (relative fall of the error by the signal) with interval, Clark-West statistic and p.
    """

    errors: pd.DataFrame
    summary: pd.DataFrame
    value: dict[str, float]


def series_forecasts(
    pairs: Pairs,
    *,
    horizon: int = YEAR,
    origins: int = 5,
    window: int = 13,
    replicates: int = 999,
    seed: int = 0,
) -> SeriesForecasts:
    """Forecast every series ``horizon`` weeks ahead from rolling origins.

    Models: "seasonal naive"; "exponential smoothing" (STL season, damped trend); "own past", which
    corrects the smoothing by the error it made at earlier origins in view of the series' change
    against last year and level against last year's mean; "with signal", which adds both figures
    of the fashion-forward panel. The last two are nested and compared by Clark and West's test,
    with series of one zone and category kept together. Corrections are least squares over all
    series, one per quarter of the horizon, on errors known at the origin.

    Parameters
    ----------
    pairs : Pairs
        Series of both panels.
    horizon : int
        Weeks ahead, at most a year.
    origins : int
        At most so many of the last origins, ``window`` weeks apart, are judged; earlier ones
        teach. Short series have fewer.
    window : int
        Weeks averaged on both sides of the change against last year.
    replicates : int
        Resamples of cells.
    seed : int
        Of them.

    Raises
    ------
    ValueError
        The series are shorter than four years: nothing is left to learn from.
    """
    y, x = pairs.main.to_numpy().T, pairs.forward.to_numpy().T
    last = y.shape[1] - horizon
    grid = list(range(last, 2 * YEAR - 1, -window))[::-1]
    judged = [origin for origin in grid if origin - grid[0] >= horizon][-origins:]
    if not judged or horizon > YEAR:
        raise ValueError("the series are too short to learn from one part and judge another")
    sizes = [np.maximum(v[:, : grid[0]].mean(axis=1), 1e-12)[:, None] for v in (y, x)]
    growth = [_growth(v / size, window) for v, size in zip((y, x), sizes, strict=True)]
    smooth = {
        origin: np.stack([exponential_smoothing(s[:origin], horizon) for s in y]) for origin in grid
    }
    missed = {o: (y[:, o : o + horizon] - smooth[o]) / sizes[0] for o in grid}
    names = ["seasonal naive", "exponential smoothing", "own past", "with signal"]
    errors, gains = [], []
    for origin in judged:
        actual = y[:, origin : origin + horizon]
        own, both = (
            np.maximum(
                smooth[origin] + sizes[0] * _correction(missed, features, origin, window), 0.0
            )
            for features in (growth[:1], growth)
        )
        forecasts = {
            names[0]: np.stack([seasonal_naive(s[:origin], horizon) for s in y]),
            names[1]: np.maximum(smooth[origin], 0.0),
            names[2]: own,
            names[3]: both,
        }
        scales = np.empty(y.shape[0])
        for i, series in enumerate(pairs.main.columns):
            for model, values in forecasts.items():
                found = mase(values[i] - actual[i], y[i, :origin], period=YEAR)
                errors.append((series, origin, model, found))
            scales[i] = np.abs(y[i, YEAR:origin] - y[i, : origin - YEAR]).mean()
        loss = (actual - own) ** 2 - (actual - both) ** 2 + (own - both) ** 2
        gains.append(loss.mean(axis=1) / scales**2)
    table = pd.DataFrame(errors, columns=["SERIES", "ORIGIN", "MODEL", "MASE"]).pivot_table(
        index=["SERIES", "ORIGIN"], columns="MODEL", values="MASE"
    )[names]
    per_series = table.groupby("SERIES").mean().loc[list(pairs.main.columns)]
    cells = pd.factorize(pairs.traits["CELL"])[0]
    draws = _cell_weights(cells, replicates, stream(seed, "hermes", "forecasts"))
    means = draws @ per_series.to_numpy() / draws.sum(axis=1, keepdims=True)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    final = table.xs(judged[-1], level="ORIGIN")
    summary = pd.DataFrame(
        {"MASE": per_series.mean(), "LOW": low, "HIGH": high, "LAST": final.mean()}
    )
    saved = 1 - means[:, 3] / means[:, 2]
    statistic = _clustered_t(np.mean(gains, axis=0), cells)
    value = {
        "gain": 1 - float(per_series[names[3]].mean()) / float(per_series[names[2]].mean()),
        "low": float(np.quantile(saved, 0.025)),
        "high": float(np.quantile(saved, 0.975)),
        "clark_west": statistic,
        "p": float(stats.t.sf(statistic, max(int(cells.max()), 1))),
        "origins": float(len(judged)),
    }
    return SeriesForecasts(table, summary, value)


def figures(directory: Path, *, replicates: int = 499, seed: int = 0) -> dict[str, Any]:
    """Return every figure of the study of the published series as plain JSON values.

    On one BLAS thread: the matrices are small, and on a busy machine threads that wait for each
    other took more than ten times as long.
    """
    with one_blas_thread():
        return _figures(read_pairs(directory), directory, replicates, seed)


def _figures(pairs: Pairs, directory: Path, replicates: int, seed: int) -> dict[str, Any]:
    published = all((directory / name).is_file() for name in PUBLISHED)
    found: dict[str, Any] = {
        "source": SOURCE if published else "Computed from weekly series that a user named",
        "published": published,
        "series": int(pairs.main.shape[1]),
        "left_out": len(pairs.left_out),
        "filled": pairs.filled,
        "weeks": int(pairs.main.shape[0]),
        "replicates": replicates,
        "seed": seed,
        "published_mase": {"TBATS": 0.745, "HERMES with signal": 0.737} if published else None,
    }
    grids: dict[Season, FloatArray] = {"shifted": LAGS, "common": np.arange(-40, 42, 2.0)}
    for season, lags in grids.items():
        leads = series_leads(pairs, season=season, lags=lags, replicates=replicates, seed=seed)
        found[f"leads_{season}"] = {
            "lags": [float(lags.min()), float(lags.max())],
            "overall": leads.overall,
            "groups": _records(leads.groups),
            "series": _records(leads.series.reset_index()),
        }
    found["innovations"] = _records(innovations(pairs, seed=seed).reset_index())
    try:
        forecasts = series_forecasts(pairs, seed=seed)
    except ValueError:
        found["forecasts"] = None
    else:
        found["forecasts"] = {
            "summary": _records(forecasts.summary.rename_axis("MODEL").reset_index()),
            "value": forecasts.value,
        }
    return found


def write_figures(directory: Path, path: Path, *, replicates: int = 499, seed: int = 0) -> None:
    """Write ``figures`` of the series in ``directory`` as JSON to ``path``."""
    found = figures(directory, replicates=replicates, seed=seed)
    path.write_text(json.dumps(_rounded(found), indent=1) + "\n", encoding="utf-8")


def _correction(
    missed: dict[int, FloatArray], growth: list[FloatArray], origin: int, block: int
) -> FloatArray:
    """Return the expected error (N, horizon) of a forecast from ``origin``, in units of size."""
    count, horizon = missed[origin].shape

    def features(at: int) -> FloatArray:
        return np.hstack([np.ones((count, 1)), *(g[:, at - 1] for g in growth)])

    out = np.zeros((count, horizon))
    for start in range(0, horizon, block):
        rows, targets = [], []
        for step in range(start, min(start + block, horizon)):
            for past in (o for o in missed if o + step < origin):
                rows.append(features(past))
                targets.append(missed[past][:, step])
        X, target = np.vstack(rows), np.concatenate(targets)
        fit, *_ = np.linalg.lstsq(X, target, rcond=None)
        out[:, start : start + block] = (features(origin) @ fit)[:, None]
    return out


def _growth(series: FloatArray, window: int) -> FloatArray:
    """Return (N, T, 2): change of the last weeks against last year, and the last year's trend."""
    total = np.cumsum(np.pad(series, ((0, 0), (1, 0))), axis=1)
    weeks = np.arange(series.shape[1])

    def mean(end: npt.NDArray[np.int64], length: int) -> FloatArray:
        stop = np.clip(end + 1, 0, series.shape[1])
        start = np.clip(end + 1 - length, 0, None)
        return np.asarray((total[:, stop] - total[:, start]) / np.maximum(stop - start, 1))

    change = mean(weeks, window) - mean(weeks - YEAR, window)
    level = mean(weeks, window) - mean(weeks, YEAR)
    return np.stack([change, level], axis=2)


def _overall(
    lead: FloatArray,
    boot: FloatArray,
    cells: npt.NDArray[np.int64],
    rng: np.random.Generator,
    tails: list[float],
) -> dict[str, Any]:
    draws = _cell_weights(cells, boot.shape[0], rng)
    draws /= draws.sum(axis=1, keepdims=True)
    # weeks and cells are resampled together: noise of a replicate on top of its cells' leads
    noise = boot - np.median(boot, axis=0)
    means = (draws * (lead + noise)).sum(axis=1)
    order = np.argsort(lead + noise, axis=1)
    held = np.take_along_axis(draws, order, axis=1).cumsum(axis=1)
    medians = np.take_along_axis(lead + noise, order, axis=1)[
        np.arange(len(draws)), (held >= 0.5).argmax(axis=1)
    ]
    shares = draws @ (lead > 0)
    return {
        "mean": float(lead.mean()),
        **_limits("mean", means, tails),
        "median": float(np.median(lead)),
        **_limits("median", medians, tails),
        "quartiles": [float(q) for q in np.quantile(lead, [0.25, 0.75])],
        "share_leading": float((lead > 0).mean()),
        **_limits("share_leading", shares, tails),
        "share_lagging": float((lead < 0).mean()),
        "p": _sign_flips(lead, cells, rng),
    }


def _pooled(
    curves: FloatArray,
    drawn: FloatArray,
    cells: npt.NDArray[np.int64],
    here: npt.NDArray[np.bool_],
    lags: FloatArray,
    level: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return the lead of the summed profiles of some series; cells are resampled with weeks."""
    draws = _cell_weights(pd.factorize(cells[here])[0], drawn.shape[0], rng)
    again = lowest(lags, np.einsum("rn,rnl->rl", draws, drawn[:, here]))
    lead = float(lowest(lags, curves[here].sum(axis=0))[0])
    low, high, known = bootstrap_interval(lead, again, lags, level)
    p = float(_p_values(np.array([lead]), again[:, None], np.array([known]))[0])
    return {"LEAD": lead, "LOW": low, "HIGH": high, "IDENTIFIED": known, "P": p}


def _p_values(lead: FloatArray, boot: FloatArray, known: npt.NDArray[np.bool_]) -> FloatArray:
    """Return two-sided p-values of leads (N,) that agree with their intervals.

    The larger of a normal p-value (for far tails, which replicates cannot count) and twice the
    share of replicates beyond zero, reflected where the interval is.
    """
    low, middle, high = np.quantile(boot, [stats.norm.cdf(-1), 0.5, stats.norm.cdf(1)], axis=0)
    spread = np.maximum((high - low) / 2, 1e-9)
    placed = np.where(known, 2 * lead - boot, boot)
    beyond = np.minimum((placed <= 0).mean(axis=0), (placed >= 0).mean(axis=0))
    centre = np.where(known, 2 * lead - middle, middle)
    normal = 2 * stats.norm.sf(np.abs(centre) / spread)
    return np.asarray(np.minimum(np.maximum(normal, 2 * beyond), 1.0))


def _sign_flips(
    lead: FloatArray, cells: npt.NDArray[np.int64], rng: np.random.Generator, flips: int = 9999
) -> float:
    """Return the two-sided p-value of signed ranks if a cell's leads may as well be lags."""
    sums = np.bincount(cells, weights=np.sign(lead) * stats.rankdata(np.abs(lead)))
    signs = rng.choice([-1.0, 1.0], size=(flips, sums.size))
    hits = (np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12).sum()
    return float((1 + hits) / (flips + 1))


def _clustered_t(values: FloatArray, cells: npt.NDArray[np.int64]) -> float:
    sums = np.bincount(cells, weights=values - values.mean())
    count = sums.size
    se = np.sqrt(count / (count - 1) * (sums @ sums)) / values.size
    return float(values.mean() / se) if se > 0 else 0.0


def _cell_weights(
    cells: npt.NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> FloatArray:
    """Return multiplicities (R, N) of series when whole cells are drawn with replacement."""
    count = int(cells.max()) + 1
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=replicates)
    return np.asarray(drawn[:, cells], dtype=float)


def _limits(name: str, values: FloatArray, tails: list[float]) -> dict[str, float]:
    low, high = np.quantile(values, tails)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): value.item() if isinstance(value, np.generic) else value
            for key, value in row.items()
        }
        for row in table.to_dict(orient="records")
    ]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
