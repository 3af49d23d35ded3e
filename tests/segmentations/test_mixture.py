import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.metrics import adjusted_rand_score

from analysis.contingency.counts import AuthorLabelCounts, as_sparse
from analysis.segmentations.mixture import Design, LabelTree, criteria, fit_mixture
from analysis.segmentations.starts import starting_partitions
from tests.reference.cases import load


def small(seed: int = 0) -> AuthorLabelCounts:
    rng = np.random.default_rng(seed)
    return AuthorLabelCounts(
        as_sparse(rng.poisson(2.0, size=(40, 6))),
        np.arange(40),
        ("shoe/a", "shoe/b", "shoe/c", "item/a", "item/b", "item/c"),
    )


def test_flat_dirichlet_likelihood_equals_scipy():
    counts = small()
    tree = LabelTree.of(counts.labels, flat=True, tied={})
    profile = np.array([[0.1, 0.2, 0.3, 0.2, 0.1, 0.1]])
    design = Design.of(counts, "dirichlet", tree)
    ours = design.log_likelihoods(profile, np.array([[9.0, 5.0]]))[:, 0]
    x = counts.matrix.toarray().astype(int)
    coefficient = special.gammaln(x.sum(axis=1) + 1) - special.gammaln(x + 1).sum(axis=1)
    theirs = [stats.dirichlet_multinomial.logpmf(row, 9.0 * profile[0], row.sum()) for row in x]
    assert ours + coefficient == pytest.approx(np.array(theirs), abs=1e-9)


def test_tree_likelihood_is_the_product_over_nodes():
    counts = small(1)
    tree = LabelTree.of(counts.labels, tied={})
    profile = np.array([[0.1, 0.2, 0.3, 0.2, 0.1, 0.1]])
    nodes = np.array([[4.0, 30.0, 7.0]])  # item, shoe, root
    ours = Design.of(counts, "dirichlet", tree).log_likelihoods(profile, nodes)[:, 0]

    def node(x, shares, concentration):
        a = concentration * shares / shares.sum()
        return (
            (special.gammaln(x + a) - special.gammaln(a)).sum(axis=1)
            + special.gammaln(concentration)
            - special.gammaln(x.sum(axis=1) + concentration)
        )

    x = counts.matrix.toarray()
    groups = np.stack([x[:, 3:].sum(axis=1), x[:, :3].sum(axis=1)], axis=1)
    expected = (
        node(x[:, 3:], profile[0, 3:], 4.0)
        + node(x[:, :3], profile[0, :3], 30.0)
        + node(groups, np.array([0.4, 0.6]), 7.0)
    )
    assert ours == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("family", ["multinomial", "tempered", "dirichlet"])
def test_likelihood_never_falls(world, family):
    starts = starting_partitions(world.counts, 5, starts=1)
    values = [
        fit_mixture(
            world.counts, family=family, starts=starts, most=steps, tolerance=0.0
        ).log_likelihood
        for steps in (2, 4, 8, 16)
    ]
    assert np.all(np.diff(values) > -1e-6 * abs(values[0]))


@pytest.mark.parametrize("family", ["multinomial", "tempered", "dirichlet"])
def test_families_find_the_styles(world, family):
    fit = fit_mixture(world.counts, family=family, starts=starting_partitions(world.counts, 5))
    found = fit.posterior(world.counts).argmax(axis=1)
    best = adjusted_rand_score(world.dominant, world.optimal.argmax(axis=1))
    assert adjusted_rand_score(world.dominant, found) > best - 0.15


def test_integer_weights_equal_repeated_authors(world):
    part = world.counts.select_authors(np.arange(200))
    repeated = part.matrix[np.repeat(np.arange(200), 2)]
    twice = AuthorLabelCounts(repeated, np.arange(400), part.labels)
    weighted = AuthorLabelCounts(part.matrix, part.authors, part.labels, np.full(200, 2.0))
    codes = world.dominant[:200]
    one = fit_mixture(weighted, starts=[codes], most=5)
    two = fit_mixture(twice, starts=[np.repeat(codes, 2)], most=5)
    assert one.profile == pytest.approx(two.profile, abs=1e-5)
    assert one.log_likelihood == pytest.approx(two.log_likelihood, rel=1e-6)


def test_overdispersion_decides_whether_there_is_anything(nothing):
    """In a world of one style BIC must not like classes, unless the model knows no taste."""

    def gain(family: str) -> float:
        one = [np.zeros(nothing.counts.n_authors, dtype=np.int64)]
        three = starting_partitions(nothing.counts, 3, starts=1)
        fits = [fit_mixture(nothing.counts, family=family, starts=s) for s in (one, three)]
        return float(criteria(fits)["BIC_GAIN"].iloc[1])

    assert gain("dirichlet") < 0 < gain("multinomial")


def test_unknown_labels_are_ignored_and_starts_are_needed(world):
    fit = fit_mixture(world.counts, starts=starting_partitions(world.counts, 3, starts=1), most=3)
    extra = AuthorLabelCounts(
        as_sparse(np.column_stack([world.counts.matrix.toarray(), np.full(1500, 9.0)])),
        world.counts.authors,
        (*world.counts.labels, "scene/new"),
    )
    assert fit.posterior(extra) == pytest.approx(fit.posterior(world.counts))
    with pytest.raises(ValueError, match="starts are missing"):
        fit_mixture(world.counts, starts=[])


def test_multinomial_mixture_is_that_of_r_but_for_one_label_of_the_prior():
    case = load("multinomial_mixture_authors")
    table = case.files["counts.csv"].set_index("author")
    counts = AuthorLabelCounts.from_wide(table)
    start = case.files["meta.csv"].set_index("author")["style"].loc[table.index]
    found = fit_mixture(
        counts,
        starts=[pd.factorize(start, sort=True)[0]],
        family="multinomial",
        tree=LabelTree.of(counts.labels, flat=True, tied={}),
        tolerance=1e-10,
        most=500,
    )
    order = np.argsort(-found.log_weight)
    key = "from_true_styles"
    case.agree((key, "kernel_loglik"), found.log_likelihood)
    case.agree((key, "bic_kernel"), found.bic)
    case.agree("npar", found.n_parameters)
    case.agree((key, "shares"), np.exp(found.log_weight)[order])
    # one pseudo-label in each component, spread as all labels are: no share is exactly 0
    case.agree((key, "theta"), found.profile[order], atol=1e-4)
    place = np.argsort(order)[found.posterior(counts).argmax(axis=1)] + 1
    case.agree((key, "modal_class"), dict(zip(table.index, place, strict=True)))
