import duckdb
import fakesnow
import numpy as np
import pandas as pd
import pytest
from scipy import special
from snowflake import connector

from analysis.segmentations.engagement import EngagementRule
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.scoring import _log_gamma, scoring_query
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from analysis.segmentations.unsupervised import FactorClusters


@pytest.fixture(scope="module")
def features(world):
    """Features of the world's authors; some unknown, and the last author shows nothing."""
    rng = np.random.default_rng(0)
    n = world.counts.n_authors
    followers = np.round(np.exp(rng.normal(8, 2, n)))
    return pd.DataFrame(
        {
            "AUTHOR_INDEX": np.arange(n),
            "FOLLOWERS_AUTHORS": np.where(rng.random(n) < 0.1, np.nan, followers),
            "FOLLOWERS_SEGMENTATIONS": np.where(rng.random(n) < 0.5, np.nan, followers + 0.5),
            "N_POSTS": rng.poisson(3, n),
            "LIKES_MEDIAN": np.where(rng.random(n) < 0.1, np.nan, rng.poisson(20, n)),
        }
    )


METHODS = {
    "bands": lambda rules: FollowerBands(),
    "engagement": lambda rules: EngagementRule(),
    "correspondence": lambda rules: CorrespondenceClusters(clusters=5, axes=8),
    "multinomial": lambda rules: LatentClasses("multinomial", numbers=(4,), starts=1),
    "tempered": lambda rules: LatentClasses("tempered", numbers=(4,), starts=1),
    "dirichlet": lambda rules: LatentClasses("dirichlet", numbers=(4,), starts=1),
    "hybrid": lambda rules: Hybrid(Lexicon.of(rules), components=6, starts=1),
}


def second_memberships(found):
    """Return the probability of each segment that an author has beside the dominant one."""
    belongs = found.members()
    inside = found.codes >= 0
    belongs[inside, found.codes[inside]] = False
    return {
        (found.authors[a], found.names[s]): found.membership[a, s]
        for a, s in zip(*np.nonzero(belongs), strict=True)
    }


@pytest.mark.parametrize("method", METHODS)
def test_query_gives_every_author_the_same_answer(method, world, features):
    counts = world.counts
    counts = counts.select_authors(np.arange(counts.n_authors))
    counts.matrix.data[counts.matrix.indptr[-2] :] = 0  # the last author shows nothing
    fitted = METHODS[method](world.rules).fit(counts, features)
    found = fitted.assign(counts, features)

    coo = counts.matrix.tocoo()
    author_labels = pd.DataFrame(
        {
            "AUTHOR_INDEX": coo.coords[0],
            "LABEL": np.array(counts.labels)[coo.coords[1]],
            "N_IMAGES": coo.data.astype(int),
        }
    )
    other = pd.DataFrame({"AUTHOR_INDEX": [0], "LABEL": ["scene/never"], "N_IMAGES": [50]})
    author_labels = pd.concat([author_labels, other])
    with duckdb.connect() as warehouse:
        warehouse.register("AUTHOR_LABELS", author_labels)
        warehouse.register("AUTHOR_FEATURES", features)
        answer = warehouse.execute(scoring_query(fitted).duckdb()).df()
    first = answer[answer["IS_PRIMARY"]].set_index("AUTHOR_INDEX").sort_index()
    assert list(first.index) == list(features["AUTHOR_INDEX"])
    expected = found.to_frame()["SEGMENT"]
    assert first["SEGMENT"].fillna("none").tolist() == expected.fillna("none").tolist()
    assert first["PROBABILITY"].to_numpy() == pytest.approx(found.probability, abs=1e-9)
    assert expected.nunique() >= 3
    assert expected.isna().any()
    others = answer[~answer["IS_PRIMARY"]].set_index(["AUTHOR_INDEX", "SEGMENT"])["PROBABILITY"]
    assert others.to_dict() == pytest.approx(second_memberships(found), abs=1e-9)
    if method == "hybrid":
        assert len(others) > 20


def test_query_runs_as_snowflake_sql(world):
    counts = world.counts.select_authors(np.arange(150))
    fitted = Hybrid(Lexicon.of(world.rules), components=6, starts=1).fit(world.counts)
    found = fitted.assign(counts)
    coo = counts.matrix.tocoo()
    rows = ", ".join(
        f"({author}, '{counts.labels[label]}', {int(n)})"
        for author, label, n in zip(*coo.coords, coo.data, strict=True)
    )
    everybody = ", ".join(f"({author})" for author in counts.authors)
    with fakesnow.patch():
        cursor = connector.connect(database="warehouse", schema="scoring").cursor()
        cursor.execute("CREATE TABLE AUTHOR_LABELS (AUTHOR_INDEX INT, LABEL TEXT, N_IMAGES INT)")
        cursor.execute("CREATE TABLE AUTHOR_FEATURES (AUTHOR_INDEX INT)")
        cursor.execute(f"INSERT INTO AUTHOR_LABELS VALUES {rows}")
        cursor.execute(f"INSERT INTO AUTHOR_FEATURES VALUES {everybody}")
        answer = sorted(cursor.execute(scoring_query(fitted).snowflake).fetchall())
    first = [(segment or "none", float(p)) for _, segment, primary, p in answer if primary]
    assert [segment for segment, _ in first] == list(found.to_frame()["SEGMENT"].fillna("none"))
    assert [p for _, p in first] == pytest.approx(list(found.probability), abs=1e-9)
    others = {(a, segment): float(p) for a, segment, primary, p in answer if not primary}
    assert others == pytest.approx(second_memberships(found), abs=1e-9)
    assert others


@pytest.mark.parametrize("value", [1e-6, 0.003, 0.5, 1.0, 7.7, 140.0, 3e4, 2e6])
def test_log_gamma_in_sql(value):
    with duckdb.connect() as warehouse:
        (answer,) = warehouse.execute(f"SELECT {_log_gamma(f'({value!r}::double)')}").fetchone()
    assert answer == pytest.approx(special.gammaln(value), abs=1e-9, rel=1e-12)


def test_query_names_no_relation_but_its_own_and_quotes_names(world):
    fitted = Hybrid(Lexicon.of({"l'été": world.rules["style 1"]}), components=4, starts=1).fit(
        world.counts
    )
    query = scoring_query(fitted)
    assert query.reads == ("AUTHOR_LABELS", "AUTHOR_FEATURES")
    assert "'l''été'" in query.snowflake


def test_methods_without_a_closed_form_are_refused(world):
    fitted = FactorClusters("ppmi", "kmeans", factors=4, clusters=3).fit(world.counts)
    with pytest.raises(ValueError, match="no closed form in SQL"):
        scoring_query(fitted)
