"""A heart's numbers into the Gaussians of one beat, and the wave bounds that follow from them."""

from __future__ import annotations

import numpy as np

from ecgpage.render.simulate_heart import Heart
from ecgpage.render.simulate_rhythm import BeatTime
from ecgpage.render.simulate_vcg import Bump, turn
from ecgpage.values import Wave

REACH = 2.5
"""A Gaussian ends here, in standard deviations: 4.4 % of its height is left."""
TANGENT = 2.0
"""The steepest tangent of a Gaussian meets zero here: the T end of the tangent method."""


def beat_bumps(heart: Heart, beat: BeatTime, rng: np.random.Generator) -> tuple[Bump, ...]:
    """The Gaussians of one beat, times counted from its R peak."""
    if beat.kind == "ventricular":
        return _ventricular(heart)
    wobble = rng.normal(1.0, 0.015)
    qrs = tuple(_turned(bump, heart, heart.gain * wobble) for bump in _qrs(heart))
    onset_s = qrs[0].at_s - REACH * qrs[0].rise_s
    bumps = list(qrs)
    if beat.p_wave:
        bumps += _p_wave(heart, onset_s, early=beat.kind == "atrial")
    rr_s = float(np.clip(beat.rr_s, 0.35, 1.6))
    qt_s = heart.qtc_s * rr_s ** (1 / 3)
    end_s = qrs[-1].at_s + REACH * qrs[-1].fall_s
    return (*bumps, *_repolarisation(heart, onset_s + qt_s, qt_s, end_s))


def _turned(bump: Bump, heart: Heart, gain: float) -> Bump:
    vector = turn(np.array(bump.vector_mv) * gain, heart.frontal_deg, heart.transverse_deg)
    return Bump(bump.wave, bump.at_s, bump.rise_s, bump.fall_s, tuple(vector))


def _qrs(heart: Heart) -> tuple[Bump, ...]:
    k = heart.qrs_scale
    if heart.conduction == "left block":
        # No septal vector from left to right; slow, notched, to the left and back
        # (Surawicz et al., Circulation 2009;119:e235).
        return (
            Bump("QRS", -0.040 * k, 0.015 * k, 0.020 * k, (0.55, 0.25, 0.40)),
            Bump("QRS", 0.000 * k, 0.020 * k, 0.020 * k, (0.80, 0.25, 1.00)),
            Bump("QRS", 0.042 * k, 0.018 * k, 0.015 * k, (0.85, 0.05, 0.60)),
        )
    q = Bump("QRS", -0.024 * k, heart.q_width_s * k, 0.009 * k, heart.q_mv)
    r = Bump("QRS", 0.0, 0.010 * k, 0.011 * k, heart.r_mv)
    s = Bump("QRS", 0.024 * k, 0.010 * k, 0.0105 * k, heart.s_mv)
    if heart.conduction == "right block":
        # Late, slow activation of the right ventricle: to the right and forward.
        late = tuple(heart.block * v for v in (-0.50, 0.00, -0.62))
        s = Bump("QRS", s.at_s, s.rise_s, s.fall_s, tuple(0.6 * v for v in heart.s_mv))  # type: ignore[arg-type]
        return q, r, s, Bump("QRS", 0.058 * k, 0.016 * k, 0.019 * k, late)  # type: ignore[arg-type]
    return q, r, s


def _p_wave(heart: Heart, qrs_onset_s: float, *, early: bool) -> list[Bump]:
    start_s = qrs_onset_s - heart.pr_s
    right = np.array([0.03, 0.075, -0.06]) * heart.p_gain
    left = np.array([0.085, 0.06, 0.045]) * heart.p_gain
    if early:
        right, left = right * (1, -0.4, 1), left * (0.6, -0.5, 1)
    return [
        Bump("P", start_s + 0.045, 0.018, 0.020, tuple(right)),
        Bump("P", start_s + 0.072, 0.020, 0.018, tuple(left)),
    ]


def _repolarisation(heart: Heart, t_end_s: float, qt_s: float, j_s: float) -> list[Bump]:
    size = float(np.clip(qt_s / 0.40, 0.7, 1.35))
    rise_s, fall_s = 0.052 * size, 0.034 * size
    peak_s = t_end_s - TANGENT * fall_s
    vector = turn(np.array(heart.t_mv), 0.3 * heart.frontal_deg + heart.t_turn_deg, 0.0)
    vector = vector * heart.t_gain
    late = np.array(heart.late_t_mv)
    bumps = [Bump("ST", j_s + 0.045, 0.022, max(0.5 * (peak_s - j_s), 0.05), heart.st_mv)]
    if np.any(late):
        bumps.append(Bump("T", peak_s - 1.6 * fall_s, 0.8 * rise_s, 0.9 * fall_s, tuple(vector)))
        bumps.append(Bump("T", peak_s, fall_s, fall_s, tuple(late)))
    else:
        bumps.append(Bump("T", peak_s, rise_s, fall_s, tuple(vector)))
    return bumps


def _ventricular(heart: Heart) -> tuple[Bump, ...]:
    """A beat from the ventricle: wide, bizarre, T against the QRS; two of its usual origins."""
    first, second = ((0.75, 0.9, 0.55), (0.55, 0.55, 0.65))
    if heart.age_years % 2:
        first, second = ((-0.55, -0.35, -0.75), (-0.65, -0.75, -0.45))
    gain = 1.15 * heart.gain
    one, two = (tuple(gain * v for v in vector) for vector in (first, second))
    back = tuple(-0.42 * (a + b) for a, b in zip(one, two, strict=True))
    return (
        Bump("QRS", -0.012, 0.024, 0.026, one),  # type: ignore[arg-type]
        Bump("QRS", 0.040, 0.026, 0.026, two),  # type: ignore[arg-type]
        Bump("T", 0.27, 0.070, 0.050, back),  # type: ignore[arg-type]
    )


def beat_waves(bumps: tuple[Bump, ...], r_peak_s: float) -> tuple[Wave, ...]:
    """Onset, peak and end of each wave of the model, in seconds of the record.

    P and QRS reach 2.5 standard deviations beyond their first and last Gaussian; T begins
    2.5 before its peak and ends where the tangent does, 2 after it. The R peak is the middle
    of the beat's main vector; in a single lead the highest point may lie some ms beside it.
    """
    out = []
    for name in ("P", "QRS", "T"):
        parts = [bump for bump in bumps if bump.wave == name]
        if not parts:
            continue
        onset = min(bump.at_s - REACH * bump.rise_s for bump in parts)
        reach = TANGENT if name == "T" else REACH
        offset = max(bump.at_s + reach * bump.fall_s for bump in parts)
        largest = max(parts, key=lambda bump: float(np.linalg.norm(bump.vector_mv)))
        peak = 0.0 if name == "QRS" else largest.at_s
        out.append(Wave("all", name, r_peak_s + onset, r_peak_s + peak, r_peak_s + offset))
    return tuple(out)
