"""The rule on measured waves: its limits, its reasons, and how they are chosen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ecgpage import label, render
from ecgpage.flows.measure_page import register_rules, waveform_figures
from ecgpage.label.waveform import waveform_kind
from ecgpage.values import Page, Refused

KIND = waveform_kind(lambda _page: (0.0, 0.0))


def test_without_labels_the_scores_own_limit_is_taken() -> None:
    rule = KIND.without_labels([], "Abnormal", "Normal")
    assert rule.judge((0.5, 0.0)) == "Abnormal"
    assert rule.judge((0.49, 1.0)) == "Normal"
    assert "score 0.490 (below 0.5)" in rule.why((0.49, 1.0))
    assert "t_wave" not in rule.who


def test_limits_given_leave_the_other_score_out() -> None:
    rule = KIND.given({"t_wave_score": 0.7}, "Abnormal", "Normal")
    assert rule.judge((1.0, 0.69)) == "Normal"
    assert rule.judge((0.0, 0.7)) == "Abnormal"
    assert rule.who == "waveform t_wave_score>=0.7"


def test_youden_finds_the_limit_that_divides_best() -> None:
    scores = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]
    rule = KIND.from_labels([(s, 0.0) for s in scores], [s > 0.5 for s in scores], "A", "N")
    assert [rule.judge((s, 0.0)) for s in scores] == ["N", "N", "N", "A", "A", "A"]
    one_class = KIND.from_labels([(0.9, 0.0)], [True], "A", "N")
    assert one_class.judge((0.5, 0.0)) == "A"


def test_it_is_known_by_its_name() -> None:
    register_rules()
    assert label.find_rule("waveform").figure_names == ("score", "t_wave_score")


def test_a_page_without_a_trace_is_refused_and_never_labelled() -> None:
    with pytest.raises(Refused):
        waveform_figures(Page(np.full((300, 400, 3), 255, np.uint8), "blank.png"))


@pytest.mark.slow
def test_an_inverted_t_wave_scores_higher_than_a_normal_one() -> None:
    def scores(kind: str) -> tuple[float, ...]:
        page = render.render_record(render.simulate(kind, 3), render.PageStyle()).page
        return waveform_figures(page)

    normal, inverted = scores("normal"), scores("t-inversion-lateral")
    assert all(math.isfinite(v) for v in (*normal, *inverted))
    assert inverted[0] > normal[0]
    assert inverted[1] > max(0.5, normal[1])
