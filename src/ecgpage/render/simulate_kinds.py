"""The kinds of record that can be simulated: what each changes in a healthy heart, and why.

The label is decided by the kind alone. Strengths are drawn down to the diagnostic limit, so
the mildest of a kind look almost like the outermost of the healthy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ecgpage.render.simulate_heart import Heart, Vector

Change = Callable[[Heart, np.random.Generator], Heart]

BLOCK = "Surawicz et al., Circulation 2009;119:e235"
ST_LIMIT = "Thygesen et al., Circulation 2018;138:e618: 0.1 mV, 0.15-0.25 mV in V2 and V3"
T_LIMIT = "Rautaharju et al., Circulation 2009;119:e241"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its label, how it is described, what it changes and where the figures are from."""

    label: str
    rhythm: str
    morphology: str
    change: Change
    source: str
    share: float = 1.0


def _plus(vector: Vector, strength: float, change: Vector) -> Vector:
    a, b, c = (float(v + strength * d) for v, d in zip(vector, change, strict=True))
    return a, b, c


def _rate(rhythm: str, low: float, high: float) -> Change:
    return lambda heart, rng: replace(heart, rhythm=rhythm, rate_bpm=float(rng.uniform(low, high)))


def _rhythm(rhythm: str) -> Change:
    return lambda heart, _rng: replace(heart, rhythm=rhythm)


def _early_repolarisation(heart: Heart, rng: np.random.Generator) -> Heart:
    strength = float(rng.uniform(0.4, 1.0))
    return replace(heart, st_mv=_plus(heart.st_mv, strength, (0.05, 0.03, -0.06)),
                   t_gain=max(heart.t_gain, 1.1))  # fmt: skip


def _av_block(heart: Heart, rng: np.random.Generator) -> Heart:
    return replace(heart, rhythm="first-degree AV block", pr_s=float(rng.uniform(0.205, 0.32)),
                   rate_bpm=min(heart.rate_bpm, 85.0))  # fmt: skip


def _left_block(heart: Heart, rng: np.random.Generator) -> Heart:
    return replace(heart, conduction="left block", qrs_scale=float(rng.uniform(0.84, 1.1)),
                   gain=heart.gain * 1.15, t_mv=(-0.28, -0.02, -0.40), st_mv=(-0.06, 0.0, -0.12),
                   qtc_s=heart.qtc_s + 0.03)  # fmt: skip


def _right_block(heart: Heart, rng: np.random.Generator) -> Heart:
    block = float(rng.uniform(0.45, 1.2))
    return replace(heart, conduction="right block", block=block, qtc_s=heart.qtc_s + 0.02,
                   qrs_scale=max(heart.qrs_scale, 0.88),
                   t_mv=_plus(heart.t_mv, block, (0.08, 0.0, 0.22)))  # fmt: skip


def _hypertrophy(heart: Heart, rng: np.random.Generator) -> Heart:
    strength = float(rng.uniform(0.25, 1.0))
    return replace(heart, gain=max(heart.gain, 0.9) * (1.25 + 0.6 * strength),
                   t_mv=_plus(heart.t_mv, strength, (-0.55, -0.15, -0.10)),
                   st_mv=_plus(heart.st_mv, strength, (-0.10, -0.04, -0.06)))  # fmt: skip


def _st(direction: Vector, low: float) -> Change:
    def change(heart: Heart, rng: np.random.Generator) -> Heart:
        strength = float(rng.uniform(low, 1.3))
        t_change = tuple(0.3 * v for v in direction)
        return replace(heart, st_mv=_plus(heart.st_mv, strength, direction),
                       t_mv=_plus(heart.t_mv, strength, t_change))  # type: ignore[arg-type]  # fmt: skip

    return change


def _t_inversion(direction: Vector) -> Change:
    def change(heart: Heart, rng: np.random.Generator) -> Heart:
        return replace(heart, t_mv=_plus(heart.t_mv, float(rng.uniform(0.55, 1.35)), direction),
                       t_gain=float(np.clip(heart.t_gain, 0.8, 1.4)))  # fmt: skip

    return change


def _t_flat(heart: Heart, rng: np.random.Generator) -> Heart:
    return replace(heart, t_gain=float(rng.uniform(-0.12, 0.42)))


def _t_biphasic(heart: Heart, rng: np.random.Generator) -> Heart:
    strength = float(rng.uniform(0.5, 1.2))
    return replace(heart, late_t_mv=(-0.12 * strength, -0.06 * strength, 0.24 * strength))


def _long_qt(heart: Heart, rng: np.random.Generator) -> Heart:
    return replace(heart, qtc_s=float(rng.uniform(0.465, 0.56)), rate_bpm=min(heart.rate_bpm, 80.0))


def _infarct(q_mv: Vector, r_change: Vector) -> Change:
    def change(heart: Heart, rng: np.random.Generator) -> Heart:
        strength = float(rng.uniform(0.45, 1.2))
        return replace(heart, q_mv=_plus(heart.q_mv, strength, q_mv),
                       q_width_s=0.009 + 0.005 * strength,
                       r_mv=_plus(heart.r_mv, strength, r_change),
                       t_gain=heart.t_gain * float(rng.uniform(0.4, 1.0)))  # fmt: skip

    return change


def _low_voltage(heart: Heart, rng: np.random.Generator) -> Heart:
    return replace(heart, gain=float(rng.uniform(0.22, 0.42)), t_gain=0.6 * heart.t_gain)


KINDS: dict[str, Kind] = {
    "normal": Kind("Normal", "sinus", "normal", lambda heart, _rng: heart,
                   "Mason 2007; Rijnbeek 2014 (see simulate_heart)", 8.0),
    "sinus-arrhythmia": Kind("Normal", "sinus arrhythmia", "normal", _rhythm("sinus arrhythmia"),
                             "RR following the breath: McSharry 2003", 1.5),
    "early-repolarisation": Kind("Normal", "sinus", "early repolarisation", _early_repolarisation,
                                 "Macfarlane et al., J Am Coll Cardiol 2015;66:470", 1.5),
    "sinus-bradycardia": Kind("Abnormal", "sinus bradycardia", "normal",
                              _rate("sinus bradycardia", 38, 57), "rate below 60 bpm", 0.7),
    "sinus-tachycardia": Kind("Abnormal", "sinus tachycardia", "normal",
                              _rate("sinus tachycardia", 102, 140), "rate above 100 bpm", 0.7),
    "atrial-fibrillation": Kind("Abnormal", "atrial fibrillation", "normal",
                                _rate("atrial fibrillation", 60, 135),
                                "Hindricks et al., Eur Heart J 2021;42:373", 1.2),
    "atrial-flutter": Kind("Abnormal", "atrial flutter", "normal",
                           _rate("atrial flutter", 72, 150), "atria near 300 a minute", 0.5),
    "ventricular-ectopics": Kind("Abnormal", "ventricular ectopics", "normal",
                                 _rhythm("ventricular ectopics"), "wide, early, full pause", 1.0),
    "atrial-ectopics": Kind("Abnormal", "atrial ectopics", "normal", _rhythm("atrial ectopics"),
                            "early, narrow, other P wave", 0.5),
    "av-block-1": Kind("Abnormal", "first-degree AV block", "normal", _av_block,
                       "PR above 200 ms", 0.8),
    "lbbb": Kind("Abnormal", "sinus", "left bundle branch block", _left_block, BLOCK, 0.8),
    "rbbb": Kind("Abnormal", "sinus", "right bundle branch block", _right_block, BLOCK, 0.8),
    "lvh-strain": Kind("Abnormal", "sinus", "left ventricular hypertrophy with strain",
                       _hypertrophy, "Hancock et al., Circulation 2009;119:e251", 1.0),
    "st-elevation-anterior": Kind("Abnormal", "sinus", "ST elevation, anterior",
                                  _st((0.10, 0.0, -0.24), 0.55), ST_LIMIT, 0.5),
    "st-elevation-inferior": Kind("Abnormal", "sinus", "ST elevation, inferior",
                                  _st((-0.06, 0.27, 0.05), 0.45), ST_LIMIT, 0.5),
    "st-elevation-lateral": Kind("Abnormal", "sinus", "ST elevation, lateral",
                                 _st((0.26, -0.12, 0.05), 0.45), ST_LIMIT, 0.5),
    "st-depression": Kind("Abnormal", "sinus", "ST depression", _st((-0.17, -0.12, 0.04), 0.4),
                          "Thygesen et al. 2018: 0.05 mV", 0.8),
    "t-inversion-anterior": Kind("Abnormal", "sinus", "T inversion, anterior",
                                 _t_inversion((-0.30, -0.05, 0.45)), T_LIMIT, 0.8),
    "t-inversion-inferior": Kind("Abnormal", "sinus", "T inversion, inferior",
                                 _t_inversion((0.0, -0.42, 0.0)), T_LIMIT, 0.8),
    "t-inversion-lateral": Kind("Abnormal", "sinus", "T inversion, lateral",
                                _t_inversion((-0.58, 0.05, 0.0)), T_LIMIT, 0.8),
    "t-flat": Kind("Abnormal", "sinus", "T flat", _t_flat, T_LIMIT, 1.2),
    "t-biphasic": Kind("Abnormal", "sinus", "T biphasic", _t_biphasic, T_LIMIT, 0.7),
    "long-qt": Kind("Abnormal", "sinus", "long QT", _long_qt, T_LIMIT, 0.8),
    "old-infarct-anterior": Kind("Abnormal", "sinus", "old infarction, anterior",
                                 _infarct((0.10, 0.05, 0.62), (-0.30, 0.0, 0.05)), ST_LIMIT, 0.7),
    "old-infarct-inferior": Kind("Abnormal", "sinus", "old infarction, inferior",
                                 _infarct((0.0, -0.55, 0.05), (0.0, -0.35, 0.0)), ST_LIMIT, 0.7),
    "old-infarct-lateral": Kind("Abnormal", "sinus", "old infarction, lateral",
                                _infarct((-0.50, 0.05, 0.0), (-0.45, 0.0, 0.0)), ST_LIMIT, 0.5),
    "low-voltage": Kind("Abnormal", "sinus", "low voltage", _low_voltage,
                        "QRS below 0.5 mV in the limb leads, 1.0 mV in the chest leads", 0.7),
}  # fmt: skip
"""Every kind that can be simulated; ``share`` is its weight within its label in a data set."""
