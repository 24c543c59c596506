"""Calibration, temperature and threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage import score
from ecgpage.values import WrongUse


def overconfident(temperature: float, pages: int = 20000, seed: int = 0):
    """Truth, and probabilities whose logits are ``temperature`` times too large."""
    generator = np.random.default_rng(seed)
    z = generator.normal(0, 1.5, pages)
    y = (generator.random(pages) < 1 / (1 + np.exp(-z))).astype(int)
    return y, 1 / (1 + np.exp(-z * temperature))


@pytest.mark.parametrize("planted", [0.4, 1.0, 3.0])
def test_temperature_is_found_and_lowers_the_error(planted):
    y, p = overconfident(planted)
    found = score.fit_temperature(p, y)
    assert found == pytest.approx(planted, rel=0.06)
    mended = score.apply_temperature(p, found)
    assert score.ece(y, mended) < 0.015
    if planted != 1.0:
        assert score.ece(y, mended) < score.ece(y, p) / 3


def test_two_classes_as_one_column_two_columns_or_logits_agree():
    y, p = overconfident(2.0, 500)
    both = np.stack([1 - p, p], axis=1)
    single = score.fit_temperature(p, y)
    assert score.fit_temperature(both, y) == pytest.approx(single, rel=1e-3)
    assert score.fit_temperature(np.log(p / (1 - p)), y, logits=True) == pytest.approx(
        single, rel=1e-3
    )
    assert score.apply_temperature(both, single)[:, 1] == pytest.approx(
        score.apply_temperature(p, single), abs=1e-6
    )


def test_a_faultless_validation_set_does_not_ask_for_endless_certainty():
    y = np.repeat([0, 1], 20)
    p = np.where(y == 1, 0.9, 0.1)
    found = score.fit_temperature(p, y)
    # Platt's target is 21/22: logit 3.04 against 2.20, a temperature of 0.72 without the prior
    assert np.log(9) / np.log(21) < found < 1
    many = score.fit_temperature(np.repeat(p, 1000), np.repeat(y, 1000))
    assert many < 0.3
    assert score.fit_temperature(np.full(40, 0.5), y) == 1.0


@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=30, unique=True), st.floats(0.05, 20))
@settings(max_examples=50, deadline=None)
def test_temperature_keeps_the_order(p, temperature):
    order = np.argsort(np.array(p), kind="stable")
    mended = score.apply_temperature(p, temperature)
    assert (np.diff(mended[order]) >= 0).all()
    assert ((mended >= 0.5) == (np.array(p) >= 0.5)).all()


def test_calibration_by_hand():
    y, p = [0, 1, 1, 1], [0.12, 0.18, 0.95, 1.0]
    rows = score.calibration_curve(y, p)
    assert [(row.low, row.count, row.observed) for row in rows] == [(0.1, 2, 0.5), (0.9, 2, 1.0)]
    # |0.15 - 0.5| * 2/4 + |0.975 - 1| * 2/4
    assert score.ece(y, p) == pytest.approx(0.5 * 0.35 + 0.5 * 0.025)


def test_logits_given_as_probabilities_are_refused():
    with pytest.raises(WrongUse, match="logits=True"):
        score.fit_temperature([-2.0, 3.0], [0, 1])


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=4, max_size=40).filter(
        lambda rows: len({truth for truth, _ in rows}) == 2
    )
)
@settings(max_examples=60, deadline=None)
def test_no_other_threshold_is_better(rows):
    y, p = np.array([t for t, _ in rows]), np.array([v for _, v in rows]) / 9

    def balanced(threshold: float) -> float:
        called = p >= threshold
        return (called[y].mean() + (~called[~y]).mean()) / 2

    chosen = balanced(score.best_threshold(y, p))
    assert chosen >= max(balanced(t) for t in np.linspace(-0.05, 1.05, 60)) - 1e-12


def test_threshold_lies_in_the_middle_of_the_gap():
    assert score.best_threshold([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9]) == pytest.approx(0.4)


@pytest.mark.parametrize("criterion", score.CRITERIA)
def test_each_criterion_keeps_its_promise(criterion):
    y, p = overconfident(1.0, 600)
    called = p >= score.best_threshold(y, p, criterion)
    if criterion == "sensitivity-90":
        assert called[y == 1].mean() >= 0.9
    if criterion == "specificity-90":
        assert (~called[y == 0]).mean() >= 0.9
    assert 0 < called.mean() < 1


def test_one_class_or_an_unknown_criterion_is_refused():
    with pytest.raises(WrongUse, match="all pages are of one class"):
        score.best_threshold([1, 1], [0.2, 0.3])
    with pytest.raises(WrongUse, match="one of balanced-accuracy"):
        score.best_threshold([0, 1], [0.2, 0.3], "best")
