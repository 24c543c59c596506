"""Twelve-lead records from a model of the heart, with everything about them known.

A simulation is for demonstrations, tests and training material. It is no patient and proves
nothing about one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.render.simulate_beat import beat_bumps, beat_waves
from ecgpage.render.simulate_heart import Heart, draw_heart
from ecgpage.render.simulate_kinds import KINDS, Kind
from ecgpage.render.simulate_noise import electrode_noise, fibrillation_dipole, flutter_dipole
from ecgpage.render.simulate_rhythm import beat_times
from ecgpage.render.simulate_vcg import Bump, add_beat, all_twelve, to_leads
from ecgpage.values import Record, Refusal, Wave, Waves, WrongUse

WARM_UP_S = 2.0
"""Simulated before the record begins, so that its first beat has a past."""


def simulate(kind: str, seed: int, *, duration_s: float = 10.0, rate_hz: float = 500.0) -> Record:
    """Simulate one record.

    Parameters
    ----------
    kind:
        One of :data:`KINDS`.
    seed:
        The same kind, seed, duration and rate give the same record.
    duration_s, rate_hz:
        Length and sampling rate.

    Returns
    -------
    Record
        Twelve leads. ``notes`` has ``kind``, ``label`` (Normal or Abnormal), ``rhythm``,
        ``morphology``, ``rate_bpm``, ``age``, ``sex``, ``pr_ms``, ``qtc_ms``, ``seed`` and
        ``waves``, which :func:`true_waves` reads.

    Raises
    ------
    WrongUse
        ``unknown-kind``.
    """
    chosen = _kind(kind)
    rng = np.random.default_rng([seed, sum(map(ord, kind))])
    heart = chosen.change(draw_heart(rng), rng)
    samples = round(duration_s * rate_hz)
    warm = round(WARM_UP_S * rate_hz)
    dipole = np.zeros((3, samples + warm))
    waves: list[Wave] = []
    peaks: list[float] = []
    for beat in beat_times(heart.rhythm, heart.rate_bpm, duration_s, rng):
        bumps = beat_bumps(heart, beat, rng)
        add_beat(dipole, rate_hz, beat.r_peak_s + WARM_UP_S, bumps)
        if 0 <= beat.r_peak_s < duration_s:
            peaks.append(beat.r_peak_s)
        waves += [wave for wave in beat_waves(bumps, beat.r_peak_s) if _within(wave, duration_s)]
    dipole += _atria(heart, dipole.shape[1], rate_hz, rng)
    dipole *= _breathing(dipole.shape[1], rate_hz, rng)
    measured = to_leads(dipole, np.array(heart.chest_gain))[:, warm:]
    measured += electrode_noise(
        samples, rate_hz, rng, wander_mv=heart.wander_mv, muscle_mv=heart.muscle_mv,
        muscle_hz=heart.filter_hz, mains_mv=heart.mains_mv, mains_hz=heart.mains_hz,
    )  # fmt: skip
    notes = _notes(kind, chosen, heart, seed, peaks, waves)
    return Record(all_twelve(measured), rate_hz, name=f"simulated-{kind}-{seed}", notes=notes)


def simulate_dataset(
    n: int,
    seed: int,
    *,
    abnormal: float = 0.5,
    kinds: Sequence[str] | None = None,
    rate_hz: float = 500.0,
) -> Iterator[Record]:
    """Simulate ``n`` records of mixed kinds, a share ``abnormal`` of them Abnormal.

    Kinds (all, or those named) are drawn by their ``share`` within each label; ``notes`` holds
    the label.
    """
    for name, own_seed in draw_kinds(n, seed, abnormal=abnormal, kinds=kinds):
        yield simulate(name, own_seed, rate_hz=rate_hz)


def draw_kinds(
    n: int, seed: int, *, abnormal: float = 0.5, kinds: Sequence[str] | None = None
) -> Iterator[tuple[str, int]]:
    """Kind and seed of each record of :func:`simulate_dataset`, without simulating it."""
    rng = np.random.default_rng([seed, 99])
    chosen = {name: _kind(name) for name in (kinds or KINDS)}
    for k in range(n):
        label = "Abnormal" if rng.random() < abnormal else "Normal"
        names = [name for name, kind in chosen.items() if kind.label == label]
        shares = np.array([KINDS[name].share for name in names])
        name = names[int(rng.choice(len(names), p=shares / shares.sum()))]
        yield name, int(rng.integers(2**31)) + k


def true_waves(record: Record) -> Waves:
    """The wave bounds of a simulated record, the same for all leads (their lead is ``all``)."""
    if "waves" not in record.notes:
        raise WrongUse(
            Refusal(
                where=record.name or "record",
                what="its true wave bounds are not known",
                expected="a record made by simulate()",
                received="a record without the note 'waves'",
                todo="Measure the waves instead.",
                code="no-true-waves",
            )
        )
    kept = json.loads(record.notes["waves"])
    return Waves(tuple(Wave("all", *wave) for wave in kept["waves"]), tuple(kept["r_peaks_s"]))


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise WrongUse(
            Refusal(
                where="simulate",
                what=f"the kind '{name}' is not known",
                expected=f"one of: {', '.join(KINDS)}",
                received=name,
                todo="Choose one of the listed kinds.",
                code="unknown-kind",
            )
        )
    return KINDS[name]


def _within(wave: Wave, duration_s: float) -> bool:
    return (wave.onset_s or 0.0) >= 0.0 and (wave.offset_s or 0.0) < duration_s


def _atria(
    heart: Heart, samples: int, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    if heart.rhythm == "atrial fibrillation":
        return fibrillation_dipole(samples, rate_hz, rng, height_mv=heart.f_height_mv)
    if heart.rhythm == "atrial flutter":
        ratio = max(2, round(300.0 / heart.rate_bpm))
        return flutter_dipole(
            samples, rate_hz, rng, height_mv=2.2 * heart.f_height_mv,
            flutter_hz=ratio * heart.rate_bpm / 60.0,
        )  # fmt: skip
    return np.zeros((3, samples))


def _breathing(samples: int, rate_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """The heart moves as the lungs fill: each axis swells and shrinks by a few per cent."""
    time_s = np.arange(samples) / rate_hz
    turn = 2 * np.pi * rng.uniform(0.18, 0.30) * time_s + rng.uniform(0, 6.28)
    return 1.0 + rng.uniform(0.0, 0.06, (3, 1)) * np.sin(turn)[None, :]


def _notes(
    name: str, kind: Kind, heart: Heart, seed: int, peaks: list[float], waves: list[Wave]
) -> dict[str, str]:
    kept = [
        [wave.wave, *(round(v or 0.0, 4) for v in (wave.onset_s, wave.peak_s, wave.offset_s))]
        for wave in waves
    ]
    rate = 60.0 / float(np.mean(np.diff(peaks))) if len(peaks) > 1 else heart.rate_bpm
    return {
        "kind": name, "label": kind.label, "rhythm": kind.rhythm, "morphology": kind.morphology,
        "rate_bpm": f"{rate:.1f}", "age": str(heart.age_years), "sex": heart.sex,
        "pr_ms": f"{1000 * heart.pr_s:.0f}", "qtc_ms": f"{1000 * heart.qtc_s:.0f}",
        "seed": str(seed),
        "waves": json.dumps({"r_peaks_s": [round(p, 4) for p in peaks], "waves": kept}),
    }  # fmt: skip


__all__ = ["KINDS", "Bump", "simulate", "simulate_dataset", "true_waves"]
