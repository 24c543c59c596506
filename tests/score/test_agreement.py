"""Agreement against published examples and independent implementations."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, roc_auc_score

from ecgpage.score.agreement import cohen_kappa, compare_labels, fleiss_kappa, score_auc
from ecgpage.values import WrongUse

LABELS = st.sampled_from(["Abnormal", "Normal", "unsure"])


@given(st.lists(st.tuples(LABELS, LABELS), min_size=2, max_size=60))
def test_same_figures_as_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = compare_labels(first, second, resamples=0)
    expected = cohen_kappa_score(first, second) if len({*first, *second}) > 1 else float("nan")
    assert found.figures["kappa"].value == pytest.approx(expected, nan_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        balanced = balanced_accuracy_score(first, second)
    assert found.figures["balanced_accuracy"].value == pytest.approx(balanced)
    assert found.pages == len(pairs)


def test_kappa_and_its_interval_of_a_worked_example() -> None:
    """Fleiss and Paik 2003, as in the R package statpsych: 0.676, standard error 0.0734."""
    pairs = [("0", "0")] * 31 + [("0", "1")] * 12 + [("1", "0")] * 4 + [("1", "1")] * 58
    found = cohen_kappa([a for a, _ in pairs], [b for _, b in pairs])
    assert found.value == pytest.approx(0.6756757)
    assert found.low == pytest.approx(0.5317, abs=0.03)
    assert found.high == pytest.approx(0.8196, abs=0.03)


def test_fleiss_kappa_of_a_worked_example() -> None:
    """The table of ten pages and fourteen readers of Fleiss' kappa in the literature: 0.210."""
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    readings = [[str(k) for k, n in enumerate(row) for _ in range(n)] for row in counts]
    found = fleiss_kappa(readings)
    assert found.value == pytest.approx(0.20993, abs=1e-4)
    assert found.low < found.value < found.high


def test_fleiss_kappa_takes_pages_with_different_numbers_of_readings() -> None:
    agreeing = fleiss_kappa([["N", "N"], ["A", "A", "A"], ["N"], []])
    assert agreeing.value == pytest.approx(1.0)
    with pytest.raises(WrongUse, match="no page was read twice"):
        fleiss_kappa([["N"], ["A"]])


def test_copies_of_a_page_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(7)
    truth = rng.choice(["N", "A"], 60)
    judged = np.where(rng.random(60) < 0.8, truth, "N")
    alone = cohen_kappa(list(truth), list(judged))
    copied = cohen_kappa(
        list(np.repeat(truth, 8)), list(np.repeat(judged, 8)), list(np.repeat(np.arange(60), 8))
    )
    assert copied.value == pytest.approx(alone.value)
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=0.1)


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=40))
def test_auc_counts_ties_as_half(pairs: list[tuple[bool, int]]) -> None:
    truth, score = [a for a, _ in pairs], [float(b) * 1e3 for _, b in pairs]
    if len(set(truth)) < 2:
        with pytest.raises(WrongUse, match="all pages are of one class"):
            score_auc(truth, score)
        return
    assert score_auc(truth, score, resamples=0).value == pytest.approx(roc_auc_score(truth, score))


def test_unfit_input_is_refused_in_words() -> None:
    with pytest.raises(WrongUse, match="different lengths"):
        compare_labels(["N"], ["N", "A"])
    with pytest.raises(WrongUse, match="no page to compare"):
        compare_labels([], [])
    with pytest.raises(WrongUse, match="not numbers"):
        score_auc([0, 1], [0.1, float("nan")])
