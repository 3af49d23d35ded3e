from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.panels.measurement import Audit, difference, prediction_powered, rogan_gladen
from analysis.randomness import stream


@given(st.floats(0.01, 0.99), st.floats(0.6, 1), st.floats(0.6, 1))
def test_correction_undoes_the_detector(
    true: float, sensitivity: float, specificity: float
) -> None:
    apparent = true * sensitivity + (1 - true) * (1 - specificity)
    audit = Audit(1e9 * sensitivity, 1e9, 1e9 * specificity, 1e9)
    found = rogan_gladen(min(apparent, 1.0), 1e10, audit)
    assert found.estimate == pytest.approx(true, abs=1e-6)
    assert found.low <= true + 1e-3
    assert found.high >= true - 1e-3


@given(st.floats(0.02, 0.9), st.integers(20, 500))
def test_interval_narrows_as_the_audit_grows(apparent: float, size: int) -> None:
    assume(apparent > 0.12)
    small = rogan_gladen(apparent, 2000, Audit(0.9 * size, size, 0.95 * size, size))
    large = rogan_gladen(apparent, 2000, Audit(9 * size, 10 * size, 9.5 * size, 10 * size))
    assert large.high - large.low <= small.high - small.low + 1e-9


def test_worked_example_of_the_interval() -> None:
    # by the formulae of the paper, written out: 200 of 1,000 positive, 90 of 100 and 98 of 100
    found = rogan_gladen(0.2, 1000, Audit(90, 100, 98, 100))
    z = 1.959963984540054
    ap, se, sp = (200 + z**2 / 2) / (1000 + z**2), 91 / 102, 99 / 102
    p = (ap + sp - 1) / (se + sp - 1)
    shift = 2 * z**2 * (p * se * (1 - se) / 102 - (1 - p) * sp * (1 - sp) / 102)
    var = (
        ap * (1 - ap) / (1000 + z**2)
        + p**2 * se * (1 - se) / 102
        + (1 - p) ** 2 * sp * (1 - sp) / 102
    )
    half = z * np.sqrt(var) / (se + sp - 1)
    assert found.estimate == pytest.approx((0.2 - 0.02) / 0.88)
    assert found.low == pytest.approx(p + shift - half)
    assert found.high == pytest.approx(p + shift + half)


def test_corrected_shares_and_their_difference_cover_the_truth() -> None:
    rng = stream(2, "audit")
    truths, sens, spec = (0.12, 0.06), (0.85, 0.75), (0.97, 0.95)
    hits = np.zeros(3)
    for _ in range(400):
        found = []
        for t, a, b in zip(truths, sens, spec, strict=True):
            positive = rng.binomial(3000, t * a + (1 - t) * (1 - b)) / 3000
            audit = Audit(rng.binomial(150, a), 150, rng.binomial(300, b), 300)
            found.append(rogan_gladen(positive, 3000, audit))
        hits[:2] += [f.low <= t <= f.high for f, t in zip(found, truths, strict=True)]
        gap = difference(*found)
        hits[2] += gap.low <= truths[0] - truths[1] <= gap.high
    assert (hits / 400 > 0.92).all()


def test_a_detector_no_better_than_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be corrected"):
        rogan_gladen(0.3, 900, Audit(40, 100, 50, 100))


@pytest.mark.parametrize(
    ("apparent", "effective_n", "audit", "words"),
    [
        (1.01, 900, Audit(90, 100, 95, 100), "a share"),
        (-0.01, 900, Audit(90, 100, 95, 100), "a share"),
        (0.3, 0, Audit(90, 100, 95, 100), "above 0"),
        (0.3, 900, Audit(0, 0, 95, 100), "lacks present"),
        (0.3, 900, Audit(90, 100, 0, 0), "lacks present"),
    ],
)
def test_what_cannot_be_corrected_is_refused_in_words(
    apparent: float, effective_n: float, audit: Audit, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        rogan_gladen(apparent, effective_n, audit)


def test_shares_of_none_and_all_and_one_audited_image_are_corrected() -> None:
    audit = Audit(1, 1, 1, 1)
    assert rogan_gladen(0.0, 1, audit).estimate == 0
    assert rogan_gladen(1.0, 1, audit).estimate == 1


def _images(rng: np.random.Generator, authors: int) -> tuple[np.ndarray, ...]:
    size = 1 + rng.poisson(4, authors)
    author = np.repeat(np.arange(authors), size)
    share = rng.beta(1, 4, authors)[author]
    truth = rng.random(author.size) < share
    noise = rng.random(author.size) < np.where(truth, 0.1, 0.05)
    return author, truth.astype(float), (truth ^ noise).astype(float)


def test_prediction_powered_interval_covers_and_beats_the_audit() -> None:
    rng = stream(4, "ppi")
    hits, gain, sets = 0, [], 300
    for _ in range(sets):
        audit_author, truth, audited = _images(rng, 60)
        author, _, detected = _images(rng, 1500)
        found = prediction_powered(
            truth, audited, detected, audit_authors=audit_author, authors=author
        )
        hits += found.low <= 0.2 <= found.high
        gain.append(found.se / found.audit_se)
    assert 0.915 <= hits / sets <= 0.985
    assert np.mean(gain) < 0.85


def test_useless_detections_leave_the_audit_as_it_is() -> None:
    rng = stream(6, "ppi")
    truth = (rng.random(300) < 0.3).astype(float)
    found = prediction_powered(truth, np.ones(300), np.ones(5000))
    assert found.tuning == 0
    assert found.estimate == pytest.approx(truth.mean())
    assert found.se == pytest.approx(truth.std(ddof=1) / np.sqrt(300))
