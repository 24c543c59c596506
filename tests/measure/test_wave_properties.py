"""What must hold for any record: gain, polarity, time, noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecgpage import render
from ecgpage.values import LEADS
from measure.made import METHODS, changed, found, made, times_ms, waves_of

KINDS = st.sampled_from(["normal", "sinus-tachycardia", "rbbb", "t-inversion-anterior"])
FEW = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("method", METHODS)
@given(kind=KINDS, gain=st.floats(0.8, 4.0))
@FEW
def test_gain_keeps_times(method: str, kind: str, gain: float) -> None:
    plain = waves_of(made(kind), method)
    scaled = waves_of(changed(made(kind), gain * made(kind).signal_mv), method)
    assert scaled.r_peaks_s == pytest.approx(plain.r_peaks_s, abs=0.001)
    if method == "network":  # the classical way has a least height in mV
        assert len(found(scaled)) == len(found(plain))
        gap = np.abs(times_ms(found(scaled)) - times_ms(found(plain)))
        assert np.nanmax(gap) < 1.0


@pytest.mark.parametrize("method", METHODS)
@given(kind=KINDS, level=st.floats(-3.0, 3.0))
@FEW
def test_an_offset_of_the_voltage_keeps_times(method: str, kind: str, level: float) -> None:
    plain = waves_of(made(kind), method)
    lifted = waves_of(changed(made(kind), made(kind).signal_mv + level), method)
    assert lifted.r_peaks_s == pytest.approx(plain.r_peaks_s, abs=0.001)
    assert len(found(lifted)) == len(found(plain))


@pytest.mark.parametrize("method", METHODS)
@given(kind=KINDS, shift=st.integers(1, 400))
@FEW
def test_marks_move_with_time(method: str, kind: str, shift: int) -> None:
    record = made(kind)
    later = waves_of(changed(record, record.signal_mv[:, shift:]), method)
    plain = waves_of(record, method)
    moved = np.array(later.r_peaks_s) + shift / 500
    for beat in moved[(moved > 1.5) & (moved < 8.5)]:
        assert np.abs(np.array(plain.r_peaks_s) - beat).min() < 0.012
    for kind_of_wave in ("QRS", "T") if method == "network" else ("QRS",):
        ours = [w for w in plain.of("II", kind_of_wave) if 2.0 < (w.peak_s or 0) < 8.0]
        theirs = np.array([w.offset_s or np.nan for w in later.of("II", kind_of_wave)])
        for wave in ours:
            assert wave.offset_s is not None
            assert np.nanmin(np.abs(theirs + shift / 500 - wave.offset_s)) < 0.03


@pytest.mark.parametrize("method", METHODS)
@given(kind=KINDS)
@FEW
def test_polarity_keeps_bounds(method: str, kind: str) -> None:
    plain = waves_of(made(kind), method)
    turned = waves_of(changed(made(kind), -made(kind).signal_mv), method)
    assert turned.r_peaks_s == pytest.approx(plain.r_peaks_s, abs=0.02)
    for beat in range(len(plain.r_peaks_s)):
        for lead in ("II", "V2", "V5"):
            ours, theirs = (waves.of_beat(lead, "QRS", beat) for waves in (plain, turned))
            if ours is None or theirs is None or not (ours.found and theirs.found):
                continue
            gap = np.abs(times_ms([ours]) - times_ms([theirs]))[0, [0, 2]]
            assert np.nan_to_num(gap).max() < 16.0


@given(lead=st.integers(0, 11))
@FEW
def test_a_lead_of_zeros_has_no_waves(lead: int) -> None:
    signal = made().signal_mv.copy()
    signal[lead] = 0.0
    waves = waves_of(changed(made(), signal))
    assert not [w for w in waves.waves if w.lead == LEADS[lead]]
    assert len(waves.r_peaks_s) == len(waves_of(made()).r_peaks_s)


@pytest.mark.parametrize("method", METHODS)
def test_noise_lowers_confidence(method: str) -> None:
    rng = np.random.default_rng(0)
    sure = []
    for noise_mv in (0.0, 0.15, 0.4) if method == "network" else (0.0, 0.005, 0.015):
        noisy = [
            changed(made(kind), made(kind).signal_mv + rng.normal(0, noise_mv, (12, 5000)))
            for kind in ("normal", "rbbb")
        ]
        waves = [w for record in noisy for w in found(waves_of(record, method))]
        sure.append(np.mean([w.confidence or 0.0 for w in waves if w.wave in ("P", "T")]))
    assert sure[0] > sure[1] > sure[2]


def test_mains_lower_confidence_before_they_move_the_bounds() -> None:
    record = made()
    time_s = np.arange(5000) / 500
    hum = 0.1 * np.sin(2 * np.pi * 50 * time_s)
    plain, humming = waves_of(record), waves_of(changed(record, record.signal_mv + hum))
    assert len(humming.r_peaks_s) == len(plain.r_peaks_s)
    widths = [
        np.median([(w.offset_s or 0) - (w.onset_s or 0) for w in waves.of("II", "QRS")])
        for waves in (plain, humming)
    ]
    assert abs(widths[1] - widths[0]) < 0.02


def test_noise_alone_is_no_heart() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (12, 5000))
    waves = waves_of(changed(made(), noise))
    assert len(waves.r_peaks_s) <= 2


@pytest.mark.parametrize("method", METHODS)
def test_no_p_waves_are_invented_in_fibrillation(method: str) -> None:
    invented = [
        len(waves_of(render.simulate("atrial-fibrillation", seed), method).of("II", "P"))
        for seed in range(4)
    ]
    assert np.mean(invented) <= 0.5


@pytest.mark.parametrize("kind", ["av-block-1", "atrial-ectopics", "lbbb"])
def test_p_waves_that_are_there_are_kept(kind: str) -> None:
    record = made(kind)
    true = [w for w in render.true_waves(record).of("all", "P") if 0.5 < (w.peak_s or 0) < 9.5]
    ours = np.array([w.peak_s for w in waves_of(record).of("II", "P")])
    near = [np.abs(ours - w.peak_s).min() < 0.06 for w in true]
    assert np.mean(near) >= 0.8
