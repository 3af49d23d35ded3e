"""The supervised family: learn a label that is given, by hand or by rules.

``FlagModel`` learns FASHION_INTEREST_SEGMENT. The flag was set by hand on accounts somebody looked
at, so that its absence does not mean no: the model learns "was flagged", and under the assumption
that flagged accounts are a random part of all deserving ones (Elkan & Noto 2008,
doi:10.1145/1401890.1401920) dividing by the share found among deserving ones gives "deserves it".
That assumption fails where fashion teams look at big accounts first, which the report says.

``WeakStyles`` learns styles from authors on whom exactly one rule votes. It cannot discover a style
without a rule, and its examples are the extreme and active accounts of their styles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.hybrid import REST
from analysis.segmentations.interface import Segment, Segmentation, aligned, check_rows
from analysis.segmentations.lexicon import Lexicon, vote

VERSION = "1"
Learner = Literal["boosting", "logistic"]
TRAITS = (
    "FOLLOWERS_AUTHORS",
    "FOLLOWS",
    "N_POSTS",
    "N_IMAGES",
    "LIKES_MEDIAN",
    "COMMENTS_MEDIAN",
    "CAPTION_SPONSOR",
    "CAPTION_SHOP",
)


def predictors(
    counts: AuthorLabelCounts, features: pd.DataFrame | None, base: Floats | None = None
) -> pd.DataFrame:
    """Return square roots of shrunken label shares and log traits; missing traits stay missing."""
    if base is None:
        base = np.asarray(counts.damped(300.0).sum(axis=0)) + 1e-9
        base = base / base.sum()
    shrunk = (counts.matrix.toarray() + 20.0 * base) / (counts.totals[:, None] + 20.0)
    table = pd.DataFrame(np.sqrt(shrunk), columns=pd.Index(counts.labels))
    table["labels, log"] = np.log1p(counts.totals)
    for name in TRAITS if features is not None else ():
        if features is not None and name in features.columns:
            table[name] = np.log1p(features[name].to_numpy(dtype=np.float64, na_value=np.nan))
    return table


@dataclass(frozen=True)
class FlagModel:
    """Settings of a model of the fashion flag.

    Attributes
    ----------
    learner : {"boosting", "logistic"}
        Gradient-boosted trees or a ridge-penalised logistic regression.
    folds : int
        Folds of the cross-validation; all rows of an author are in one.
    with_followers : bool
        Whether the number of followers may be used; without it the model cannot learn that
        big accounts were looked at.
    """

    learner: Learner = "boosting"
    folds: int = 5
    with_followers: bool = False

    def evaluate(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame,
        flag: npt.NDArray[np.bool_],
        *,
        groups: npt.NDArray[Any] | None = None,
        repeats: int = 5,
        seed: int = 0,
    ) -> FlagFindings:
        """Cross-validate: out-of-fold probabilities, precision and recall, importance.

        Parameters
        ----------
        flag : array of bool of shape (authors,)
            True where flagged; False says nothing.
        groups : array of shape (authors,), optional
            Rows of equal group stay in one fold; by default every author is its own.
        repeats : int
            Permutations of each group of predictors for the importance.

        Raises
        ------
        ValueError
            If fewer than two authors per fold are flagged.
        """
        check_rows(counts, features)
        flag = np.asarray(flag, dtype=bool)
        if flag.sum() < 2 * self.folds:
            raise ValueError(
                f"flag is set on {int(flag.sum())} authors: {2 * self.folds} are needed."
            )
        table = predictors(counts, features)
        if not self.with_followers:
            table = table.drop(columns="FOLLOWERS_AUTHORS", errors="ignore")
        fold = _folds(flag, groups, self.folds, seed)
        raw = np.zeros(len(flag))
        kinds = [str(column).partition("/")[0] for column in table.columns]
        drops: dict[str, list[float]] = {kind: [] for kind in dict.fromkeys(kinds)}
        with threadpool_limits(limits=1):
            for part in range(self.folds):
                test = fold == part
                model = _learner(self.learner, seed).fit(table[~test], flag[~test])
                raw[test] = model.predict_proba(table[test])[:, 1]
                whole = average_precision_score(flag[test], raw[test])
                for kind in drops:
                    own = [c for c, k in zip(table.columns, kinds, strict=True) if k == kind]
                    for repeat in range(repeats):
                        rng = stream(seed, "importance", part, kind, repeat)
                        mixed = table[test].copy()
                        mixed[own] = mixed[own].to_numpy()[rng.permutation(int(test.sum()))]
                        score = average_precision_score(
                            flag[test], model.predict_proba(mixed)[:, 1]
                        )
                        drops[kind].append(float(whole - score))
        calibrated = _calibrated(raw, flag, fold)
        # Elkan and Noto's c: mean probability of "flagged" among held-out flagged authors
        found = float(calibrated[flag].mean())
        precision, recall, _ = precision_recall_curve(flag, raw)
        importance = pd.DataFrame(
            {
                "PREDICTORS": list(drops),
                "DROP": [float(np.mean(values)) for values in drops.values()],
                "SE": [
                    float(np.std(values, ddof=1) / np.sqrt(len(values)))
                    for values in drops.values()
                ],
            }
        ).sort_values("DROP", ascending=False, ignore_index=True)
        return FlagFindings(
            self.learner,
            float(average_precision_score(flag, raw)),
            float(flag.mean()),
            pd.DataFrame({"RECALL": recall, "PRECISION": precision}),
            calibrated,
            np.minimum(calibrated / max(found, 1e-9), 1.0),
            found,
            importance,
        )


@dataclass(frozen=True)
class FlagFindings:
    """What the flag's model can do, all out of fold.

    Attributes
    ----------
    learner : str
    average_precision, base_rate : float
        The second is what guessing reaches.
    curve : DataFrame
        RECALL, PRECISION.
    flagged : array of shape (authors,)
        Calibrated probability of being flagged.
    deserving : array of shape (authors,)
        The same divided by ``found``, at most 1: an upper reading, see the module.
    found : float
        Estimated share of deserving accounts that are flagged.
    importance : DataFrame
        PREDICTORS (a type of labels, or a trait), DROP of average precision when shuffled, SE.
    """

    learner: str
    average_precision: float
    base_rate: float
    curve: pd.DataFrame = field(repr=False)
    flagged: Floats = field(repr=False)
    deserving: Floats = field(repr=False)
    found: float
    importance: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class WeakStyles:
    """Settings of styles learnt from the votes of rules.

    Attributes
    ----------
    lexicon : Lexicon
    learner : {"boosting", "logistic"}
    concentration : float
        See :func:`analysis.segmentations.lexicon.vote`.
    quiet : float
        Authors on whom no rule reaches this surplus, and who show many labels, are examples of no
        clear style.
    least : float
        Abstain below this probability.
    """

    lexicon: Lexicon = field(default_factory=Lexicon.load)
    learner: Learner = "logistic"
    concentration: float = 300.0
    quiet: float = 1.0
    least: float = 0.5

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return f"weak labels + {self.learner}"

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,
    ) -> FittedWeakStyles:
        """Learn from authors with exactly one vote, and from those clearly without any.

        Raises
        ------
        ValueError
            If the rules give examples of fewer than two styles.
        """
        check_rows(counts, features)
        votes = vote(counts, self.lexicon, concentration=self.concentration)
        given = votes.cast.sum(axis=1)
        codes = np.where(given == 1, votes.cast.argmax(axis=1), -1)
        known = counts.totals >= np.median(counts.totals[counts.totals > 0])
        codes[(given == 0) & (votes.z.max(axis=1) < self.quiet) & known] = len(votes.names)
        taught = codes >= 0
        if len(np.unique(codes[taught])) < 2:
            raise ValueError("lexicon gives examples of fewer than two styles: nothing to learn.")
        base = np.asarray(counts.damped(300.0).sum(axis=0)) + 1e-9
        base = base / base.sum()
        table = predictors(counts, None, base)
        with threadpool_limits(limits=1):
            model = _learner(self.learner, seed).fit(table[taught], codes[taught])
        return FittedWeakStyles(self, counts.labels, base, model)


@dataclass(frozen=True)
class FittedWeakStyles:
    """A classifier of styles learnt from votes."""

    settings: WeakStyles
    labels: tuple[str, ...]
    base: Floats = field(repr=False)
    model: Any = field(repr=False)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return one segment per rule, and the rest."""
        rest = Segment(REST, "No rule comes near.", (), "rest")
        rules = self.settings.lexicon.rules
        return (*(Segment(rule.name, rule.words, rule.labels[:8]) for rule in rules), rest)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the settings."""
        return {
            "learner": self.settings.learner,
            "lexicon": self.settings.lexicon.version,
            "least": self.settings.least,
        }

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return class probabilities; abstain where none is likely or no label is known."""
        check_rows(counts, features)
        known = aligned(counts, self.labels)
        posterior = np.zeros((counts.n_authors, len(self.segments)))
        classes = np.asarray(self.model.classes_, dtype=np.int64)
        posterior[:, classes] = self.model.predict_proba(predictors(known, None, self.base))
        posterior[known.totals <= 0] = 0.0
        return Segmentation.of(
            self.settings.method,
            VERSION,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
            least=self.settings.least,
        )


def _learner(kind: Learner, seed: int) -> HistGradientBoostingClassifier | Pipeline:
    if kind == "boosting":
        return HistGradientBoostingClassifier(
            max_iter=50,
            learning_rate=0.15,
            max_leaf_nodes=15,
            min_samples_leaf=20,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=int(stream(seed, "boosting").integers(2**31)),
        )
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(C=0.05, max_iter=300),
    )


def _folds(
    flag: npt.NDArray[np.bool_], groups: npt.NDArray[Any] | None, folds: int, seed: int
) -> Ints:
    """Deal groups into folds at random, flagged ones evenly."""
    codes = np.arange(len(flag)) if groups is None else np.unique(groups, return_inverse=True)[1]
    codes = np.asarray(codes).ravel()
    n = int(codes.max()) + 1
    flagged = np.bincount(codes, weights=flag, minlength=n) > 0
    order = stream(seed, "folds").permutation(n)
    order = np.concatenate([order[flagged[order]], order[~flagged[order]]])
    fold = np.empty(n, dtype=np.int64)
    fold[order] = np.arange(n) % folds
    return fold[codes]


def _calibrated(raw: Floats, flag: npt.NDArray[np.bool_], fold: Ints) -> Floats:
    """Map scores to probabilities by isotonic regression, learnt on the other folds."""
    result = np.empty_like(raw)
    score = special.logit(np.clip(raw, 1e-9, 1 - 1e-9))
    for part in np.unique(fold):
        test = fold == part
        curve = IsotonicRegression(out_of_bounds="clip").fit(score[~test], flag[~test])
        result[test] = curve.predict(score[test])
    return result
