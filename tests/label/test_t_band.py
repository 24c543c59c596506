"""The T-band rule: its figures, its thresholds and what it reaches on real pages."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.label import (
    RULES,
    TBandFigures,
    TBandRule,
    find_rule,
    open_dataset,
    t_band_figures,
    t_band_out_of_fold,
    thresholds_by_otsu,
    thresholds_by_youden,
)
from ecgpage.label.t_band_thresholds import otsu_cut
from ecgpage.values import Page, WrongUse

NAMES = {"abnormal": "Abnormal", "normal": "Normal"}
GREY = st.floats(0, 255)
FIGURES = st.lists(st.tuples(GREY, GREY, GREY), min_size=4, max_size=30)


def page(image: np.ndarray) -> Page:
    return Page(np.asarray(image, dtype=np.uint8), "made")


def test_figures_are_those_of_rows_40_to_60_percent() -> None:
    image = np.full((100, 7, 3), 255)
    image[:40] = 0
    image[60:] = 0
    image[40:60, :, :] = 200
    image[40, 0] = (255, 0, 0)
    found = t_band_figures(page(image))
    grey = np.full(20 * 7, 200.0)
    grey[0] = 76  # 0.299 * 255, rounded
    assert found == TBandFigures(grey.mean(), 200.0, pytest.approx(grey.std()))


def test_a_page_of_one_row_still_has_a_band() -> None:
    assert t_band_figures(page(np.full((1, 3, 3), 9))) == TBandFigures(9.0, 9.0, 0.0)


@pytest.mark.parametrize(
    ("figures", "label"),
    [
        ((100.0, 200.0, 30.0), "Normal"),
        ((99.9, 200.0, 30.0), "Abnormal"),
        ((100.0, 200.1, 30.0), "Abnormal"),
        ((100.0, 200.0, 30.1), "Abnormal"),
    ],
)
def test_rule_is_any_of_three_strict_comparisons(figures: tuple[float, ...], label: str) -> None:
    rule = TBandRule(100.0, 200.0, 30.0)
    assert rule.judge(TBandFigures(*figures)) == label
    assert rule.who == "t-band mean<100 max>200 std>30"


def test_reason_names_the_criteria_that_hold() -> None:
    rule = TBandRule(100.0, math.inf, 30.0)
    assert rule.why(TBandFigures(90.0, 255.0, 31.0)).endswith("mean and std holds")
    assert rule.why(TBandFigures(101.0, 255.0, 3.0)).endswith("no criterion holds")
    assert rule.who == "t-band mean<100 std>30"


def youden(rule: TBandRule, figures: np.ndarray, truth: np.ndarray) -> float:
    fired = rule.fires(figures).any(axis=1)
    return float(fired[truth].mean() - fired[~truth].mean())


@given(FIGURES, st.data())
@settings(max_examples=40, deadline=None)
def test_no_combination_of_cuts_beats_the_chosen_one(
    rows: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    if truth.all() or not truth.any():
        return
    figures = np.array(rows)
    chosen = youden(thresholds_by_youden(figures, truth, **NAMES), figures, truth)
    for _ in range(20):
        cuts = [data.draw(st.sampled_from([*figures[:, k], math.inf])) for k in range(3)]
        below = -math.inf if math.isinf(cuts[0]) else cuts[0]
        other = TBandRule(below, cuts[1], cuts[2])
        assert chosen >= youden(other, figures, truth) - 1e-6


@given(st.lists(st.integers(0, 255).map(float), min_size=2, max_size=50))
def test_otsu_cut_is_the_best_of_all_cuts(values: list[float]) -> None:
    cut = otsu_cut(np.array(values))
    if cut is None:
        assert len(set(values)) == 1
        return

    def between(at: float) -> float:
        low = [v for v in values if v < at]
        high = [v for v in values if v >= at]
        if not low or not high:
            return 0.0
        return len(low) * len(high) * (np.mean(high) - np.mean(low)) ** 2

    assert between(cut) >= max(between(v) for v in values) * (1 - 1e-9)


def test_a_figure_that_never_changes_is_left_out() -> None:
    rule = thresholds_by_otsu([(10.0, 255.0, 1.0), (20.0, 255.0, 9.0)], **NAMES)
    assert (rule.mean_below, rule.max_above, rule.std_above) == (15.0, math.inf, 5.0)


def test_thresholds_need_both_classes_and_enough_pages() -> None:
    with pytest.raises(WrongUse, match="all labelled pages are of one class"):
        thresholds_by_youden([(1, 2, 3)], [True], **NAMES)
    with pytest.raises(WrongUse, match="too few pages"):
        thresholds_by_otsu([(1, 2, 3)], **NAMES)
    with pytest.raises(WrongUse, match="a class has too few groups"):
        t_band_out_of_fold([(1, 2, 3)] * 4, [True, False] * 2, ["a", "b"] * 2, seed=0)


def test_out_of_fold_never_learns_from_its_own_group() -> None:
    """With labels decided by group alone and figures that name the group, nothing is learnt."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    truth = (np.arange(40) % 2 == 0)[groups]
    figures = rng.normal(size=(40, 3))[groups]
    found = t_band_out_of_fold(figures, truth, [str(g) for g in groups], seed=1)
    assert np.isfinite(found).all()
    assert abs(found[truth].mean() - found[~truth].mean()) < 0.1


def test_registry_knows_the_rule_and_suggests_it() -> None:
    kind = find_rule("t-band")
    assert pickle.loads(pickle.dumps(kind.figures_of)) is t_band_figures
    assert kind.given({"mean": 9.0}, "A", "N").judge(TBandFigures(8.0, 0.0, 0.0)) == "A"
    assert set(RULES) >= {"t-band"}
    with pytest.raises(WrongUse, match="Did you mean 't-band'"):
        find_rule("tband")


@pytest.mark.data
@pytest.mark.slow
def test_figures_on_real_pages_tell_what_is_known_of_them(data_dir) -> None:  # type: ignore[no-untyped-def]
    """Known of the whole source: mean 0.21, maximum 0.50, standard deviation 0.78."""
    from ecgpage.read import read_page
    from ecgpage.score.agreement import score_auc

    dataset = open_dataset(data_dir / "mendeley")
    figures = np.array([t_band_figures(read_page(item.path)) for item in dataset])
    truth = [item.label == "Abnormal" for item in dataset]
    found = [score_auc(truth, figures[:, k], resamples=0).value for k in range(3)]
    assert found == pytest.approx([0.21, 0.50, 0.78], abs=0.02)
    groups = [item.columns["printed_id"] for item in dataset]
    together = t_band_out_of_fold(figures, truth, groups, seed=0)
    assert score_auc(truth, together, resamples=0).value == pytest.approx(0.79, abs=0.02)
