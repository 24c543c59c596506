"""The parts that delineators are made of."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage import render
from ecgpage.measure.beats import find_r_peaks
from ecgpage.measure.classical import LIKENESS, p_likeness
from ecgpage.measure.classical_beats import find_beats
from ecgpage.measure.classical_hill import find_hill
from ecgpage.measure.global_waves import global_waves
from ecgpage.measure.marks import Mark
from ecgpage.measure.network import Scores, cell_time
from ecgpage.measure.network_decode import decode
from ecgpage.measure.network_input import network_input
from ecgpage.measure.prepare import at_rate, runs
from ecgpage.values import Wave


def qrs(peak_s: float, confidence: float = 0.9) -> Mark:
    return Mark("QRS", peak_s - 0.04, peak_s, peak_s + 0.04, confidence)


def test_runs_are_the_stretches_of_true() -> None:
    assert runs(np.array([1, 1, 0, 0, 1, 0, 1], bool)) == [(0, 2), (4, 5), (6, 7)]
    assert runs(np.zeros(4, bool)) == []


@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 360.0, 1000.0])
def test_a_slow_wave_survives_another_rate(rate_hz: float) -> None:
    time_s = np.arange(round(4 * rate_hz)) / rate_hz
    out = at_rate(np.sin(2 * np.pi * time_s)[None], rate_hz, 250.0)[0]
    expected = np.sin(2 * np.pi * np.arange(len(out)) / 250.0)
    assert np.abs(out - expected)[25:-25].max() < 0.02


def test_what_is_not_seen_stays_so_at_another_rate() -> None:
    signal = np.ones((1, 1000))
    signal[0, 300:600] = np.nan
    signal[0, 800] = np.nan  # one sample: bridged
    out = at_rate(signal, 500.0, 250.0)[0]
    assert np.isnan(out[151:299]).all()
    assert np.isfinite(out[:149]).all()
    assert np.isfinite(out[301:]).all()


def test_a_beat_needs_more_than_one_lead_of_many() -> None:
    leads = [[qrs(1.0), qrs(2.0)], [qrs(1.02)], [qrs(0.98)], [qrs(1.01)]]
    seen = np.ones((4, 1500), bool)
    assert find_r_peaks(leads, seen, 500.0, 0.3) == pytest.approx((1.005,))


def test_a_beat_needs_only_the_leads_that_are_seen() -> None:
    leads = [[qrs(1.0), qrs(2.0)], [qrs(1.0)], [qrs(1.0)], [qrs(1.0)]]
    seen = np.ones((4, 1500), bool)
    seen[1:, 700:] = False
    assert find_r_peaks(leads, seen, 500.0, 0.3) == pytest.approx((1.0, 2.0))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_hill_and_a_valley_have_the_same_bounds(sign: int) -> None:
    time_s = np.arange(200) / 250.0
    row = sign * 0.3 * np.exp(-0.5 * ((time_s - 0.4) / 0.04) ** 2) + 0.2 * time_s
    found = find_hill(row, 20, 180, 60)
    assert found is not None
    assert abs(found.peak - 100) <= 1
    assert found.height_mv == pytest.approx(0.3, abs=0.03)
    assert 100 - found.onset == pytest.approx(found.offset - 100, abs=4)


def test_beats_are_found_whatever_their_polarity() -> None:
    record = render.simulate("normal", 4)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (12, 1))
    one = find_beats(record.signal_mv, 500.0)
    other = find_beats(signs * record.signal_mv, 500.0)
    assert other == pytest.approx(one, abs=0.003)


@pytest.mark.parametrize("seed", range(4))
def test_p_waves_are_alike_and_f_waves_are_not(seed: int) -> None:
    sinus = render.simulate("normal", seed)
    fibrillating = render.simulate("atrial-fibrillation", seed)
    above = p_likeness(sinus.signal_mv, 500.0)
    below = p_likeness(fibrillating.signal_mv, 500.0)
    assert above is not None
    assert below is not None
    assert above > LIKENESS + 0.15
    assert below < above


def scores(cells: int, *spans: tuple[int, int, int]) -> Scores:
    waves = np.zeros((1, cells, 4))
    peaks = np.full((1, cells, 3), 0.01)
    for kind, first, last in spans:
        waves[0, first:last, 1 + kind] = 0.95
        peaks[0, (first + last) // 2, kind] = 0.9
    waves[..., 0] = 1.0 - waves[..., 1:].sum(axis=-1)
    return Scores(waves, peaks, np.ones((1, cells), bool))


def test_spans_become_waves() -> None:
    marks = decode(scores(200, (0, 20, 32), (1, 45, 57), (2, 80, 110))).leads[0]
    assert [mark.kind for mark in marks] == ["P", "QRS", "T"]
    assert marks[1].onset_s == pytest.approx(cell_time(44.5), abs=0.004)
    assert marks[1].offset_s == pytest.approx(cell_time(56.5), abs=0.004)
    assert marks[2].peak_s == pytest.approx(cell_time(95), abs=0.008)
    assert all(mark.confidence > 0.9 for mark in marks)


def test_between_two_qrs_complexes_there_is_one_t() -> None:
    spans = ((1, 20, 32), (2, 50, 80), (2, 90, 100), (1, 120, 132), (2, 150, 170))
    marks = decode(scores(200, *spans)).leads[0]
    assert sum(mark.kind == "T" for mark in marks) == 2


def test_a_wave_at_the_end_of_the_view_has_no_bound_there() -> None:
    marks = decode(scores(100, (1, 20, 32), (2, 80, 100))).leads[0]
    assert marks[-1].onset_s is not None
    assert marks[-1].offset_s is None


def test_absence_is_what_the_network_leaves_over() -> None:
    found = decode(scores(200, (1, 45, 57)))
    assert found.absence(0, "P", 0.1, 0.3) == pytest.approx(1.0)
    assert found.absence(0, "QRS", 0.36, 0.45) == pytest.approx(0.05)


def test_the_network_sees_leads_in_units_of_their_swing() -> None:
    row = np.sin(np.arange(1500) / 20.0)
    given = network_input(np.stack([row, 5 * row + 3, np.zeros(1500), np.full(1500, np.nan)]))
    assert given[0] == pytest.approx(given[1])
    assert not given[2:].any()
    assert given[0, :, 1].all()


def test_all_leads_together_pass_over_one_outlier() -> None:
    waves = [Wave(f"L{k}", "T", 0.5, 0.6, 0.7, 0.9, 0) for k in range(11)]
    waves.append(Wave("L11", "T", 0.4, 0.6, 0.9, 0.9, 0))
    [whole] = global_waves(waves, 1)
    assert (whole.onset_s, whole.peak_s, whole.offset_s) == (0.5, 0.6, 0.7)


def test_all_leads_together_say_absent_where_most_do() -> None:
    waves = [Wave(f"L{k}", "P", None, None, None, 0.8, 0) for k in range(9)]
    waves += [Wave(f"L{k}", "P", 0.1, 0.15, 0.2, 0.6, 0) for k in range(9, 12)]
    [whole] = global_waves(waves, 1)
    assert not whole.found
    assert whole.confidence == pytest.approx((9 * 0.8 + 3 * 0.4) / 12, abs=0.001)
