"""Two-class figures against scikit-learn, by hand, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecgpage import score
from ecgpage.score.resampling import draws
from ecgpage.values import WrongUse

SCORED = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=4, max_size=60).filter(
    lambda rows: len({truth for truth, _ in rows}) == 2
)


def arrays(rows):
    y = np.array([int(truth) for truth, _ in rows])
    return y, np.array([level for _, level in rows]) / 12


@given(SCORED)
@settings(max_examples=60, deadline=None)
def test_figures_agree_with_scikit_learn(rows):
    y, p = arrays(rows)
    figures = score.binary_figures(y, p, threshold=0.5, resamples=0)
    called = p >= 0.5
    assert figures["auc"].value == pytest.approx(metrics.roc_auc_score(y, p))
    assert figures["pr_auc"].value == pytest.approx(metrics.average_precision_score(y, p))
    assert figures["accuracy"].value == pytest.approx(metrics.accuracy_score(y, called))
    assert figures["balanced_accuracy"].value == pytest.approx(
        metrics.balanced_accuracy_score(y, called)
    )
    assert figures["brier"].value == pytest.approx(metrics.brier_score_loss(y, p))


@given(SCORED)
@settings(max_examples=60, deadline=None)
def test_operating_points_agree_with_the_roc_curve(rows):
    y, p = arrays(rows)
    fpr, tpr, _ = metrics.roc_curve(y, p, drop_intermediate=False)
    figures = score.binary_figures(y, p, resamples=0)
    assert figures["sensitivity_at_90_specificity"].value == pytest.approx(
        tpr[fpr <= 0.1 + 1e-12].max()
    )
    assert figures["specificity_at_90_sensitivity"].value == pytest.approx(
        1 - fpr[tpr >= 0.9 - 1e-12].min()
    )


@given(SCORED, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_a_weighted_page_is_the_same_as_a_repeated_page(rows, seed):
    y, p = arrays(rows)
    times = np.random.default_rng(seed).integers(0, 3, len(y))
    times[[int(np.argmax(y)), int(np.argmin(y))]] += 1
    from ecgpage.score.binary import binary_statistic

    weighted = binary_statistic(y, p, 0.4, times[None].astype(float))
    repeated = score.binary_figures(np.repeat(y, times), np.repeat(p, times), None, 0.4, 0)
    for name, figure in repeated.items():
        assert weighted[name][0] == pytest.approx(figure.value, nan_ok=True), name


def test_auc_by_hand_with_a_tie():
    # pairs (positive, negative): 0.9>0.5, 0.9>0.1, 0.5=0.5 (half), 0.5>0.1: 3.5 of 4
    figures = score.binary_figures([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1], resamples=0)
    assert figures["auc"].value == pytest.approx(3.5 / 4)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(5)
    inside = 0
    for trial in range(100):
        y = np.repeat(generator.integers(0, 2, 60), 2)
        shared = np.repeat(generator.normal(size=60), 2)
        p = 1 / (1 + np.exp(-(1.2 * y + shared + 0.3 * generator.normal(size=120))))
        figure = score.binary_figures(y, p, np.repeat(np.arange(60), 2), 0.5, 300, trial)["auc"]
        # d' = 1.2 / sqrt(1 + 0.09): AUC = Phi(d' / sqrt 2)
        inside += figure.low <= 0.7920 <= figure.high
    assert 85 <= inside <= 100


def test_groups_widen_the_interval_of_copied_pages():
    generator = np.random.default_rng(1)
    y, p = generator.integers(0, 2, 80), generator.random(80)
    copies, owner = np.tile(np.arange(80), 5), np.tile(np.arange(80), 5)
    alone = score.binary_figures(y[copies], p[copies], None, 0.5, 1000)["auc"]
    grouped = score.binary_figures(y[copies], p[copies], owner, 0.5, 1000)["auc"]
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.high - grouped.low > 1.8 * (alone.high - alone.low)


def test_draws_are_seeded_and_whole_groups():
    groups = ["a", "a", "b", "c", "c", "c"]
    first, again = (np.concatenate(list(draws(groups, 50, 3))) for _ in range(2))
    assert np.array_equal(first, again)
    assert (first[:, 0] == first[:, 1]).all()
    assert (first[:, 3] == first[:, 5]).all()
    assert (first[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert not np.array_equal(first, np.concatenate(list(draws(groups, 50, 4))))


def test_one_group_has_no_interval_and_one_class_no_auc():
    figure = score.binary_figures([0, 1], [0.2, 0.7], ["a", "a"])["auc"]
    assert figure.value == 1.0
    assert figure.as_dict() == {"value": 1.0, "low": None, "high": None}
    lonely = score.binary_figures([1, 1, 1], [0.2, 0.7, 0.9])
    assert np.isnan(lonely["auc"].value)
    assert lonely["sensitivity"].value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("y", "p", "code"),
    [
        ([0, 1], [0.1, 1.2], "not-probabilities"),
        ([0, 1], [0.1, float("nan")], "not-probabilities"),
        ([0, 1, 1], [0.1, 0.2], "length-differs"),
        ([0, 2], [0.1, 0.2], "truth-not-binary"),
        ([], [], "bad-truth-shape"),
    ],
)
def test_bad_input_is_named(y, p, code):
    with pytest.raises(WrongUse) as error:
        score.binary_figures(y, p)
    assert error.value.refusal.code == code
