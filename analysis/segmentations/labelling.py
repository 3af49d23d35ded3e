"""How many accounts a person has to label until a learner knows the styles, and which to ask about.

Uncertainty sampling (Lewis & Gale 1994, doi:10.1007/978-1-4471-2099-5_1) asks about the accounts on
which the learner is least sure; it is compared with asking at random, on the same pools, first
labels and test accounts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream

STRATEGIES = ("at random", "least sure")


def learning_curves(
    counts: AuthorLabelCounts,
    styles: npt.ArrayLike,
    sure: npt.ArrayLike,
    *,
    batch: int = 30,
    rounds: int = 12,
    repeats: int = 10,
    axes: int = 40,
    seed: int = 0,
) -> pd.DataFrame:
    """Teach a logistic learner batch by batch, by each strategy.

    Half of the authors are the pool, the others the test. A person names the style of an author of
    the pool with the probability ``sure``, and else another one; the test knows the style.

    Parameters
    ----------
    styles : array of int of shape (authors,)
        Style of each author, from 0.
    sure : array of shape (authors,)
        Probability that a person names it.
    batch, rounds : int
        Accounts that are labelled at a time, and how often; the first batch is drawn at random.
    repeats : int
        Splits into pool and test.
    axes : int
        Dimensions of the label profiles that the learner sees.

    Returns
    -------
    DataFrame
        STRATEGY, REPEAT, LABELS (labelled so far), PRECISION (mean over the styles of the test that
        are predicted at all, 0 for those that never are), ACCURACY.

    Raises
    ------
    ValueError
        If there are fewer than two styles, or fewer authors in the pool than are to be labelled.
    """
    codes, chance = np.asarray(styles, dtype=np.int64), np.asarray(sure, dtype=np.float64)
    if len(np.unique(codes)) < 2:
        raise ValueError("styles hold fewer than two styles: there is nothing to learn.")
    if counts.n_authors < 2 * batch * (rounds + 1):
        raise ValueError(
            f"{counts.n_authors} authors are too few to label {batch * (rounds + 1)} of one half"
        )
    rows = []
    for repeat in range(repeats):
        with threadpool_limits(limits=1):  # hundreds of small fits: threads would only wait
            rows += _taught(counts, codes, chance, batch, rounds, axes, seed, repeat)
    return pd.DataFrame(rows, columns=["STRATEGY", "REPEAT", "LABELS", "PRECISION", "ACCURACY"])


def _taught(
    counts: AuthorLabelCounts,
    codes: Ints,
    chance: Floats,
    batch: int,
    rounds: int,
    axes: int,
    seed: int,
    repeat: int,
) -> list[tuple[str, int, int, float, float]]:
    """Teach by both strategies on one split into pool and test."""
    rng = stream(seed, "labelling", repeat)
    n_styles = int(codes.max()) + 1
    rows = []
    order = rng.permutation(counts.n_authors)
    pool, test = order[: len(order) // 2], order[len(order) // 2 :]
    told = as_told(codes, chance, n_styles, rng)
    seen = _axes(counts, pool, min(axes, counts.n_labels - 1), seed)
    first = rng.permutation(len(pool))[:batch]
    for strategy in STRATEGIES:
        # the same draws for both strategies, so that they differ in what they ask alone
        draws = stream(seed, "labelling", repeat, "asked")
        asked = first
        for _ in range(rounds + 1):
            learner = LogisticRegression(C=10.0, max_iter=300)
            names = told[pool[asked]]
            if len(np.unique(names)) < 2:
                names = np.append(names[:-1], (names[-1] + 1) % n_styles)
            learner.fit(seen[pool[asked]], names)
            guess = learner.predict(seen[test])
            rows.append((strategy, repeat, len(asked), *_scores(codes[test], guess)))
            left = np.setdiff1d(np.arange(len(pool)), asked)
            if strategy == STRATEGIES[0]:
                following = draws.permutation(left)[:batch]
            else:
                following = left[_least_sure(learner.predict_proba(seen[pool[left]]), batch)]
            asked = np.concatenate([asked, following])
    return rows


def summary(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the mean PRECISION and ACCURACY by STRATEGY and LABELS, with LOW and HIGH.

    The interval is of the mean precision over the repeats (Student).
    """
    grouped = curves.groupby(["STRATEGY", "LABELS"], sort=False)
    table = grouped[["PRECISION", "ACCURACY"]].mean()
    number = grouped.size()
    half = grouped["PRECISION"].std() / np.sqrt(number) * stats.t.ppf(0.975, number - 1)
    table["LOW"], table["HIGH"] = table["PRECISION"] - half, table["PRECISION"] + half
    return table.reset_index()


def labels_until(curves: pd.DataFrame, precision: float) -> pd.Series[float]:
    """Return by STRATEGY how many labels the mean precision takes to reach a level; NaN: never."""
    means = curves.groupby(["STRATEGY", "LABELS"], sort=False)["PRECISION"].mean().reset_index()
    reached = means[means["PRECISION"] >= precision]
    found: pd.Series[float] = reached.groupby("STRATEGY")["LABELS"].min().astype(float)
    return found.reindex(STRATEGIES)


def gain(curves: pd.DataFrame) -> tuple[float, tuple[float, float]]:
    """Return how much precision the second strategy gains, over all rounds after the first.

    Returns
    -------
    tuple
        Mean over the repeats, whose strategies share pool and test, and its 95 % interval.
    """
    later = curves[curves["LABELS"] > curves["LABELS"].min()]
    means = later.pivot_table(index="REPEAT", columns="STRATEGY", values="PRECISION")
    more = (means[STRATEGIES[1]] - means[STRATEGIES[0]]).to_numpy()
    half = more.std(ddof=1) / np.sqrt(len(more)) * stats.t.ppf(0.975, len(more) - 1)
    return float(more.mean()), (float(more.mean() - half), float(more.mean() + half))


def as_told(codes: Ints, chance: Floats, n_styles: int, rng: np.random.Generator) -> Ints:
    """Return what a person says who names each style with its chance, and else another one."""
    wrong = (codes + rng.integers(1, n_styles, len(codes))) % n_styles
    return np.where(rng.random(len(codes)) < chance, codes, wrong)


def _axes(counts: AuthorLabelCounts, pool: Ints, axes: int, seed: int) -> Floats:
    """Return coordinates of the square roots of label shares, on axes of the pool."""
    profiles = counts.profiles()
    profiles.data = np.sqrt(profiles.data)
    reduced = TruncatedSVD(axes, random_state=seed % 2**32).fit(profiles[pool])
    return np.asarray(reduced.transform(profiles))


def _scores(truth: Ints, guess: Ints) -> tuple[float, float]:
    styles = np.unique(truth)
    hits = [float((truth[guess == s] == s).mean()) if (guess == s).any() else 0.0 for s in styles]
    return float(np.mean(hits)), float((truth == guess).mean())


def _least_sure(chances: Floats, number: int) -> Ints:
    """Return the rows with the smallest margin between the two likeliest styles."""
    ranked = np.sort(chances, axis=1)
    return np.argsort(ranked[:, -1] - ranked[:, -2], kind="stable")[:number].astype(np.int64)
