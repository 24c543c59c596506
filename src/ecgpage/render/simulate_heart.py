"""One person's heart: the numbers that make the beats, drawn with the spread of adults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Heart:
    """What stays the same from beat to beat.

    Vectors are Frank's X, Y, Z in mV, before the axes are turned. ``qtc_s`` is by Fridericia's
    formula (QT = QTc * RR^(1/3), Acta Med Scand 1920;53:469). ``conduction`` is ``normal``,
    ``left block`` or ``right block``; ``block`` says how strong the latter shows. ``filter_hz``
    is where the machine cuts the muscles' noise off.
    """

    age_years: int
    sex: str
    rhythm: str = "sinus"
    rate_bpm: float = 70.0
    frontal_deg: float = 0.0
    transverse_deg: float = 0.0
    gain: float = 1.0
    chest_gain: tuple[float, ...] = (1.0,) * 6
    p_gain: float = 1.0
    pr_s: float = 0.16
    qrs_scale: float = 0.95
    conduction: str = "normal"
    block: float = 1.0
    q_mv: Vector = (-0.12, -0.05, -0.30)
    r_mv: Vector = (1.10, 0.85, 0.55)
    s_mv: Vector = (-0.15, -0.20, 0.60)
    q_width_s: float = 0.009
    st_mv: Vector = (0.0, 0.0, 0.0)
    t_mv: Vector = (0.33, 0.20, -0.22)
    late_t_mv: Vector = (0.0, 0.0, 0.0)
    t_turn_deg: float = 0.0
    t_gain: float = 1.0
    qtc_s: float = 0.41
    wander_mv: float = 0.03
    muscle_mv: float = 0.005
    filter_hz: float = 150.0
    mains_mv: float = 0.003
    mains_hz: float = 50.0
    f_height_mv: float = 0.05


def draw_heart(rng: np.random.Generator) -> Heart:
    """A healthy adult.

    The spread follows large reference sets in size, not in detail: rate about 70 +/- 11, PR
    about 155 +/- 18 ms, QRS about 92 +/- 8 ms and QTc longer in women, amplitudes lower in
    women and with age, the axis moving left with age (Mason et al., J Electrocardiol
    2007;40:228; Rijnbeek et al., J Electrocardiol 2014;47:914). QTc stays below 450 ms in men
    and 460 ms in women (Rautaharju et al., Circulation 2009;119:e241), PR below 200 ms.
    """
    age = int(rng.integers(18, 91))
    woman = bool(rng.random() < 0.5)
    qtc_s = float(np.clip(rng.normal(0.418 if woman else 0.406, 0.018), 0.36, 0.452))
    return Heart(
        age_years=age,
        sex="female" if woman else "male",
        rate_bpm=float(np.clip(rng.normal(71, 11), 60, 99.5)),
        frontal_deg=float(np.clip(rng.normal(-5 - 0.35 * (age - 50), 17), -55, 35)),
        transverse_deg=float(rng.normal(0, 11)),
        gain=float(rng.lognormal(-0.1 * woman - 0.003 * (age - 50), 0.18)),
        chest_gain=tuple(float(v) for v in rng.lognormal(0, 0.10, 6)),
        p_gain=float(rng.lognormal(0, 0.22)),
        pr_s=float(np.clip(rng.normal(0.155 + 0.0003 * (age - 50), 0.018), 0.115, 0.198)),
        qrs_scale=float(np.clip(rng.normal(0.93 - 0.05 * woman, 0.06), 0.78, 1.10)),
        st_mv=tuple(float(v) for v in rng.normal((0.008, 0.006, -0.018), (0.012, 0.012, 0.02))),  # type: ignore[arg-type]
        t_turn_deg=float(rng.normal(0, 12)),
        t_gain=float(np.clip(rng.lognormal(-0.1 * woman - 0.004 * (age - 50), 0.28), 0.46, 2.2)),
        qtc_s=qtc_s,
        wander_mv=float(rng.lognormal(np.log(0.035), 0.6)),
        muscle_mv=float(rng.lognormal(np.log(0.004), 0.6)),
        filter_hz=float(rng.choice([35.0, 40.0, 40.0, 100.0, 150.0])),
        mains_mv=float(rng.lognormal(np.log(0.002), 0.8)),
        mains_hz=float(rng.choice([50.0, 60.0])),
        f_height_mv=float(rng.uniform(0.025, 0.08)),
    )
