"""P waves of a fast heart."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage import render
from ecgpage.measure.marks import Mark
from ecgpage.measure.network_delineate import delineate_by_network
from ecgpage.measure.network_fast import _joined, rate_bpm
from measure.made import waves_of


def mark(kind: str, onset: float, peak: float, offset: float) -> Mark:
    return Mark(kind, onset, peak, offset, 0.9)  # type: ignore[arg-type]


def test_the_rate_is_that_of_the_qrs_complexes() -> None:
    beats = tuple(mark("QRS", t - 0.04, t, t + 0.04) for t in np.arange(0.5, 9.5, 0.5))
    assert rate_bpm((beats, ())) == pytest.approx(120.0)
    assert np.isnan(rate_bpm(((), ())))


def test_t_ends_where_the_next_p_begins() -> None:
    own = (mark("QRS", 0.0, 0.04, 0.08), mark("T", 0.15, 0.22, 0.34))
    t_wave, p_wave = _joined(own, [mark("P", 0.30, 0.34, 0.38)])[1:]
    assert t_wave.offset_s == p_wave.onset_s == 0.30


def test_a_p_wave_inside_a_qrs_complex_is_none() -> None:
    own = (mark("QRS", 0.0, 0.04, 0.08), mark("T", 0.15, 0.22, 0.34))
    found = [mark("P", 0.02, 0.05, 0.09), mark("P", 0.16, 0.18, 0.2)]
    assert _joined(own, found) == own


@pytest.mark.parametrize("seed", range(4))
def test_every_p_wave_of_a_simulated_tachycardia_is_found(seed: int) -> None:
    record = render.simulate("sinus-tachycardia", seed)
    true = [w.peak_s for w in render.true_waves(record).of("all", "P")]
    inside = [peak for peak in true if peak is not None and 0.5 < peak < 9.5]
    ours = np.array([w.peak_s for w in waves_of(record).of("II", "P")])
    assert all(np.abs(ours - peak).min() < 0.06 for peak in inside)


def test_a_slow_heart_is_not_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("looked at twice")

    monkeypatch.setattr("ecgpage.measure.network_fast.score_leads", never)
    assert delineate_by_network(render.simulate("normal", 3).signal_mv, 500.0).leads
