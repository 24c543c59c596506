"""Waves of simulated records, whole, cut, hidden and disturbed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import measure, render, score
from ecgpage.measure.prepare import at_rate
from ecgpage.values import LEADS, Record, WrongUse
from measure.made import METHODS, changed, found, made, waves_of


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["normal", "sinus-bradycardia", "sinus-tachycardia", "lbbb"])
def test_every_beat_is_found_and_nothing_else(kind: str, method: str) -> None:
    record = made(kind)
    true = np.array(render.true_waves(record).r_peaks_s)
    inside = true[(true > 0.1) & (true < 9.9)]
    beats = np.array(waves_of(record, method).r_peaks_s)
    assert all(np.abs(beats - peak).min() < 0.06 for peak in inside)
    assert all(np.abs(true - beat).min() < 0.06 for beat in beats)


@pytest.mark.parametrize("method", METHODS)
def test_the_first_p_and_the_last_t_are_found(method: str) -> None:
    record = made()
    truth = render.true_waves(record)
    waves = waves_of(record, method)
    first, last = truth.of("all", "P")[0].peak_s, truth.of("all", "T")[-1].peak_s
    assert first is not None
    assert last is not None
    assert min(abs((w.peak_s or 0) - first) for w in waves.of("II", "P")) < 0.05
    assert min(abs((w.peak_s or 0) - last) for w in waves.of("II", "T")) < 0.05


def test_an_inverted_t_is_marked_at_its_lowest_place() -> None:
    record = made("t-inversion-lateral")
    for wave in waves_of(record).of("V6", "T"):
        assert wave.onset_s is not None
        assert wave.peak_s is not None
        assert wave.offset_s is not None
        around = record.lead("V6")[round(wave.onset_s * 500) : round(wave.offset_s * 500)]
        lowest = wave.onset_s + int(np.argmin(around)) / 500
        assert abs(wave.peak_s - lowest) < 0.03


def test_an_absent_wave_is_an_answer() -> None:
    waves = waves_of(made("atrial-fibrillation"))
    p_waves = [w for w in waves.waves if w.lead == "II" and w.wave == "P"]
    absent = [w for w in p_waves if not w.found]
    assert len(absent) >= 0.7 * len(waves.r_peaks_s)
    assert all(w.onset_s is None and w.offset_s is None for w in absent)
    assert all(w.confidence is not None and w.beat is not None for w in absent)


@pytest.mark.parametrize("method", METHODS)
def test_leads_seen_for_a_quarter_each_are_marked_there(method: str) -> None:
    whole = made()
    record = score.mask_to_layout(whole, "3x4+II")
    waves = waves_of(record, method)
    assert waves.r_peaks_s == pytest.approx(waves_of(whole, method).r_peaks_s, abs=0.03)
    for lead in LEADS:
        seen = np.flatnonzero(np.isfinite(record.lead(lead))) / record.rate_hz
        assert waves.of(lead, "QRS")
        for wave in (w for w in found(waves) if w.lead == lead):
            times = [t for t in (wave.onset_s, wave.peak_s, wave.offset_s) if t is not None]
            assert seen[0] - 0.01 <= min(times) <= max(times) <= seen[-1] + 0.01


def test_a_lead_that_is_not_seen_has_no_waves_not_even_absent_ones() -> None:
    signal = made().signal_mv.copy()
    signal[3] = np.nan
    assert not [w for w in waves_of(changed(made(), signal)).waves if w.lead == LEADS[3]]


@pytest.mark.parametrize("method", METHODS)
def test_flat_leads_give_no_waves(method: str) -> None:
    waves = waves_of(Record(np.zeros((12, 5000)), 500.0), method)
    assert waves.waves == ()
    assert waves.r_peaks_s == ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("samples", [0, 1, 2, 30, 200, 700])
def test_short_records_are_no_fault(samples: int, method: str) -> None:
    record = made()
    cut = changed(record, record.signal_mv[:, :samples])
    waves = waves_of(cut, method)
    assert all(0 <= beat <= samples / 500 for beat in waves.r_peaks_s)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate_hz", [100.0, 128.0, 257.3, 360.0, 1000.0])
def test_any_rate(rate_hz: float, method: str) -> None:
    other = replace(made(), signal_mv=at_rate(made().signal_mv, 500.0, rate_hz), rate_hz=rate_hz)
    ours, theirs = waves_of(made(), method), waves_of(other, method)
    assert theirs.r_peaks_s == pytest.approx(ours.r_peaks_s, abs=0.02)


def test_one_lead_alone() -> None:
    record = Record(made().lead("II")[None], 500.0, ("II",))
    assert len(waves_of(record).r_peaks_s) == len(waves_of(made()).r_peaks_s)


def test_a_long_record_has_no_seams() -> None:
    record = render.simulate("normal", 5, duration_s=100.0)
    true = np.array(render.true_waves(record).r_peaks_s)
    beats = np.array(waves_of(record).r_peaks_s)
    assert len(beats) == pytest.approx(len(true), abs=1)
    assert np.diff(beats).max() < 1.5 * np.diff(true).max()


def test_all_leads_together_reach_farther_than_one() -> None:
    waves = waves_of(made())
    for beat in range(1, len(waves.r_peaks_s) - 1):
        whole, one = (waves.of_beat(lead, "QRS", beat) for lead in ("global", "II"))
        assert whole is not None
        assert one is not None
        assert whole.onset_s is not None
        assert one.onset_s is not None
        assert whole.offset_s is not None
        assert one.offset_s is not None
        assert whole.offset_s - whole.onset_s > 0
        assert whole.onset_s <= one.onset_s + 0.008
        assert whole.offset_s >= one.offset_s - 0.008


def test_waves_of_a_lead_stand_in_order() -> None:
    for wave in found(waves_of(made())):
        times = [t for t in (wave.onset_s, wave.peak_s, wave.offset_s) if t is not None]
        assert times == sorted(times)


def test_an_unknown_delineator_is_refused() -> None:
    with pytest.raises(WrongUse, match="oracle"):
        measure.find_waves(made(), measure.WaveSettings(delineator="oracle"))
