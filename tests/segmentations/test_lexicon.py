import numpy as np
import pytest

from analysis.contingency.counts import AuthorLabelCounts, as_sparse
from analysis.errors import StudyError
from analysis.segmentations.lexicon import Lexicon, RuleVotes, vote
from analysis.warehouse.sample.targets import TYPES, labels
from tests.segmentations.conftest import LABELS


def test_shipped_rules_are_sound():
    lexicon = Lexicon.load()
    names = [rule.name for rule in lexicon.rules]
    assert len(set(names)) == len(names) > 1
    for rule in lexicon.rules:
        assert len(set(rule.labels)) == len(rule.labels) >= 5
        assert rule.words
        assert rule.why


def test_shipped_rules_know_only_labels_that_exist():
    """Published names, with spellings merged as the vocabulary says."""
    from analysis.extracts.vocabulary import Vocabulary

    vocabulary, table = Vocabulary.load(), labels()
    known = set()
    for kind, name in zip(table.types, table.names, strict=True):
        if TYPES[kind] == "object_detection":
            worn = name in vocabulary.fashion_objects
            known.add(("item/" if worn else "scene/") + name)
        else:
            merged = vocabulary.brand_spellings.get(name, name)
            known.add(f"{TYPES[kind]}/{merged if TYPES[kind].endswith('brand') else name}")
    assert Lexicon.load().unknown(tuple(known)) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version = '1'", "cannot be read"),
        ("version = '1'\n[[rule]]\nname = 'a'\nwords = 'b'\nlabels = ['x']", "fewer than 5"),
        (
            "version = '1'\n"
            + 2 * "[[rule]]\nname = 'a'\nwords = 'b'\nlabels = ['1','2','3','4','5']\n",
            "twice",
        ),
    ],
)
def test_broken_rules_are_refused(tmp_path, text, problem):
    path = tmp_path / "lexicon.toml"
    path.write_text(text)
    with pytest.raises(StudyError, match=problem):
        Lexicon.load(path)


def test_votes_go_to_surplus_not_to_activity():
    base = np.full(len(LABELS), 1.0)
    plain, busy, style = base, 30 * base, base.copy()
    style[:6] = 12
    counts = AuthorLabelCounts(
        as_sparse(np.stack([plain] * 20 + [busy] * 3 + [style] * 2)), np.arange(25), LABELS
    )
    lexicon = Lexicon.of({"a": LABELS[:6], "b": LABELS[30:36]})
    votes = vote(counts, lexicon, concentration=100.0)
    assert votes.cast[-2:, 0].all()
    assert votes.cast.sum() == 2
    summary = votes.summary(np.array([-1] * 23 + [0, -1]))
    assert summary["PRECISION"][0] == 0.5
    assert summary["RECALL"][0] == 1.0
    assert np.isnan(summary["PRECISION"][1])


def test_rules_alone_are_precise_but_leave_most_authors_out(world):
    found = RuleVotes(Lexicon.of(world.rules)).fit(world.counts).assign(world.counts)
    assert 0.3 < found.abstained.mean() < 0.9
    given = ~found.abstained
    styles = np.array([1, 2, 3])[found.codes[given]]
    assert (styles == world.dominant[given]).mean() > 0.7
