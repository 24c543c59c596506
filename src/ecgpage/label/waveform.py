"""The waveform rule: a page is judged by what was measured on its digitised leads.

Its figures are the scores of the measuring room, so that whoever joins the rooms registers it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecgpage.label.rules import Figures, RuleKind
from ecgpage.values import Page

FIGURE_NAMES = ("score", "t_wave_score")
"""Abnormality of the electrocardiogram and of its T wave, 0 to 1."""
ABNORMAL = 0.5
"""Scores are made so that 0.5 divides normal from abnormal."""


@dataclass(frozen=True, slots=True)
class WaveformRule:
    """Limits of both scores; infinity leaves a score out."""

    score: float
    t_wave_score: float
    origin: str
    abnormal: str = "Abnormal"
    normal: str = "Normal"

    @property
    def who(self) -> str:
        """The rule and its limits, as a judgement's author."""
        limits = zip(FIGURE_NAMES, (self.score, self.t_wave_score), strict=True)
        used = [f"{name}>={limit:.4g}" for name, limit in limits if math.isfinite(limit)]
        return " ".join(["waveform", *(used or ["(no criterion)"])])

    def judge(self, figures: Figures) -> str:
        """Abnormal where a score reaches its limit."""
        reached = figures[0] >= self.score or figures[1] >= self.t_wave_score
        return self.abnormal if reached else self.normal

    def why(self, figures: Figures) -> str:
        """Both scores and what they are held against."""
        limits = (self.score, self.t_wave_score)
        parts = [
            f"{name} {value:.3f} ({'reaches' if value >= limit else 'below'} {limit:.4g})"
            for name, value, limit in zip(FIGURE_NAMES, figures, limits, strict=True)
            if math.isfinite(limit)
        ]
        return "; ".join(parts)


def waveform_kind(figures_of: Callable[[Page], Figures]) -> RuleKind:
    """The kind of rule, for a function that measures a page."""
    return RuleKind("waveform", FIGURE_NAMES, figures_of, _given, _from_labels, _without_labels)


def _given(thresholds: Mapping[str, float], abnormal: str, normal: str) -> WaveformRule:
    score, t_wave = (thresholds.get(name, math.inf) for name in FIGURE_NAMES)
    return WaveformRule(score, t_wave, "given", abnormal, normal)


def _without_labels(_figures: Sequence[Figures], abnormal: str, normal: str) -> WaveformRule:
    return WaveformRule(ABNORMAL, math.inf, "the score's own limit", abnormal, normal)


def _from_labels(
    figures: Sequence[Figures], truth: Sequence[bool], abnormal: str, normal: str
) -> WaveformRule:
    scores, is_abnormal = np.array([one[0] for one in figures]), np.array(truth, dtype=np.bool_)
    if is_abnormal.all() or not is_abnormal.any():
        return _without_labels(figures, abnormal, normal)
    cuts = np.unique(scores)
    youden = [
        float(np.mean(scores[is_abnormal] >= cut) + np.mean(scores[~is_abnormal] < cut))
        for cut in cuts
    ]
    origin = f"highest Youden index on {len(scores)} labelled pages (Youden 1950)"
    best = float(cuts[int(np.argmax(youden))])
    return WaveformRule(best, math.inf, origin, abnormal, normal)
