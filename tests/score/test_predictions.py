"""Whole models: many classes, tables, paired comparison, subgroups, baselines, curves."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from ecgpage import score
from ecgpage.values import WrongUse

TWO, THREE = ("Abnormal", "Normal"), ("A", "B", "C")


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def two(seed: int = 0, pages: int = 200, skill: float = 1.5):
    """Truth (0 is Abnormal, the positive class) and predictions with some skill."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, pages)
    z = generator.normal(size=pages) + skill * (y == 0)
    p = 1 / (1 + np.exp(-z + skill / 2))
    return y, score.Predictions("m", TWO, 0, np.stack([p, 1 - p], axis=1), 0.5)


def three(seed: int = 0, pages: int = 300):
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 3, pages)
    return y, score.Predictions(
        "m", THREE, 0, softmax(generator.normal(size=(pages, 3)) + 1.5 * np.eye(3)[y])
    )


def test_three_classes_agree_with_scikit_learn():
    y, model = three()
    figures = score.figures_of(model, y, resamples=0)
    p, called = model.probability, model.called()
    assert figures["auc"].value == pytest.approx(
        metrics.roc_auc_score(y, p, multi_class="ovr", average="macro")
    )
    assert figures["pr_auc"].value == pytest.approx(
        metrics.average_precision_score(np.eye(3)[y], p, average="macro")
    )
    assert figures["f1"].value == pytest.approx(metrics.f1_score(y, called, average="macro"))
    assert figures["balanced_accuracy"].value == pytest.approx(
        metrics.balanced_accuracy_score(y, called)
    )
    assert figures["brier"].value == pytest.approx(((p - np.eye(3)[y]) ** 2).sum(1).mean())


@pytest.mark.parametrize("make", [two, three])
def test_tables_agree_with_scikit_learn(make):
    y, model = make()
    called = model.called()
    assert np.array_equal(score.confusion(model, y), metrics.confusion_matrix(y, called))
    theirs = metrics.classification_report(y, called, target_names=model.classes, output_dict=True)
    for row in score.classification_report(model, y):
        expected = theirs[row["class"].replace("average", "avg")]
        assert row["precision"] == pytest.approx(expected["precision"])
        assert row["recall"] == pytest.approx(expected["recall"])
        assert row["f1"] == pytest.approx(expected["f1-score"])
        assert row["pages"] == expected["support"]


def test_the_positive_class_may_stand_first_or_second():
    y, model = two()
    turned = score.Predictions("t", TWO[::-1], 1, model.probability[:, ::-1], 0.5)
    first, second = (
        score.figures_of(m, truth, resamples=50) for m, truth in ((model, y), (turned, 1 - y))
    )
    assert {k: str(v) for k, v in first.items()} == {k: str(v) for k, v in second.items()}
    assert first["auc"].value > 0.75


def test_a_class_never_called_has_no_precision():
    model = score.Predictions("m", TWO, 0, np.array([[0.1, 0.9], [0.2, 0.8]]))
    row = score.classification_report(model, [0, 1])[0]
    assert row["precision"] is None
    assert row["recall"] == 0.0


def test_paired_comparison_is_sharper_than_two_intervals():
    y, good = two(0, 200, 2.0)
    generator = np.random.default_rng(3)
    noisy = np.clip(good.score + generator.normal(0, 0.08, 200), 0, 1)
    other = score.Predictions("o", TWO, 0, np.stack([noisy, 1 - noisy], axis=1))
    difference = score.paired_differences(good, other, y)["auc"]
    alone = score.figures_of(good, y)["auc"]
    assert difference.high - difference.low < 0.6 * (alone.high - alone.low)
    same = score.paired_differences(good, good, y)["auc"]
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    chance = score.Predictions("c", TWO, 0, np.full((200, 2), 0.5))
    assert score.paired_differences(good, chance, y)["auc"].low > 0.2


def test_subgroups_split_the_pages_and_keep_their_counts():
    y, model = two(1, 120)
    column = ["A" if k % 3 else "" for k in range(120)]
    rows = score.subgroup_figures(column, model, y, np.arange(120) // 2, resamples=100)
    assert [(row["value"], row["pages"]) for row in rows] == [("(none)", 40), ("A", 80)]
    inside = np.array(column) == "A"
    expected = metrics.roc_auc_score(y[inside] == 0, model.score[inside])
    assert rows[1]["figures"]["auc"].value == pytest.approx(expected)
    assert sum(rows[1]["by_class"]) == 80
    assert sum(sum(row["by_class"]) for row in rows) == 120


def test_ages_become_quarters():
    ages = [str(age) for age in range(20, 60)] + [""]
    values = score.predictions.by_quarter(ages)
    assert len(set(values)) == 5
    assert values[0] == "20 to 29.75"
    assert values[-1] == "(none)"
    counts = [values.count(value) for value in set(values) - {"(none)"}]
    assert counts == [10, 10, 10, 10]


def test_majority_knows_nothing_and_says_so():
    base = score.majority_baseline([0, 0, 0, 1], 50, TWO, 0)
    figures = score.figures_of(base, np.arange(50) % 2, resamples=0)
    assert figures["auc"].value == 0.5
    assert figures["balanced_accuracy"].value == 0.5
    assert (base.called() == 0).all()


def test_logistic_baseline_learns_and_bears_missing_numbers():
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 400)
    x = (generator.normal(size=400) + 2 * (y == 0))[:, None]
    x[::7] = np.nan
    base = score.logistic_baseline("rate", x[:200], y[:200], x[200:], TWO, 0)
    figures = score.figures_of(base, y[200:], resamples=0)
    assert figures["auc"].value > 0.85
    assert figures["balanced_accuracy"].value > 0.75
    with pytest.raises(WrongUse, match="has no numbers"):
        score.logistic_baseline("x", np.full((4, 1), np.nan), [0, 1, 0, 1], x, TWO, 0)


def test_column_numbers():
    found = score.column_numbers(["72", "", "n/a", " 60.5 ", "inf"])[:, 0]
    assert found[[0, 3]].tolist() == [72.0, 60.5]
    assert np.isnan(found[[1, 2, 4]]).all()


def test_curves_agree_with_scikit_learn_and_lie_in_their_band():
    y, model = two(2, 300)
    truth = y == 0
    roc = score.roc_curve(truth, model.score)
    fpr, tpr, _ = metrics.roc_curve(truth, model.score, drop_intermediate=False)
    assert roc.x == pytest.approx(fpr)
    assert roc.y == pytest.approx(tpr)
    middle = np.interp(roc.grid, roc.x, roc.y)
    inside = (roc.low - 0.02 <= middle) & (middle <= roc.high + 0.02)
    assert inside.mean() > 0.95
    pr = score.precision_recall_curve(truth, model.score)
    assert ((pr.low <= pr.high) & (pr.high <= 1)).all()
    assert pr.x[-1] == 1.0
    assert pr.y[-1] == pytest.approx(truth.mean())


def test_columns_that_do_not_fit_the_classes_are_refused():
    with pytest.raises(WrongUse, match="do not fit its classes"):
        score.Predictions("m", THREE, 0, np.full((4, 2), 0.5))
