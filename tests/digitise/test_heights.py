"""The gain by how high traces stand on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import digitise, render
from ecgpage.digitise.leads.heights import WEIGHTS, log_likelihood_of_gain, sizes
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.pulseshape import GAINS_MM_PER_MV
from ecgpage.digitise.tracing.rows import Row

PX_PER_MM = 8.0
PX_PER_S = 200.0


def row_of(signal_mm: np.ndarray) -> TracedRow:
    """A row of 2000 columns: each reaches over the samples drawn in it."""
    columns = np.array_split(-signal_mm * PX_PER_MM, 2000)
    high = np.array([c.min() for c in columns])
    low = np.array([c.max() for c in columns])
    centre = np.array([c.mean() for c in columns])
    line = Line(centre, high, low, high - 1.0, low + 1.0, 2.0)
    return TracedRow(Row(0.0, 0.0, 1999.0, 1.0), line, 0.0, 1999.0, None, 1.0, 1.0)


def test_a_narrow_peak_counts_as_high_as_it_is_drawn() -> None:
    """The mean of each column shows half of it."""
    signal = np.zeros(20000)
    for at in range(402, 20000, 1000):
        signal[at : at + 5], signal[at + 200 : at + 205] = 15.0, -5.0
    spikes = row_of(signal)
    blunt = replace(spikes.line, high=spikes.line.centre, low=spikes.line.centre)
    apart = sizes([spikes], PX_PER_MM, PX_PER_S) - sizes(
        [replace(spikes, line=blunt)], PX_PER_MM, PX_PER_S
    )
    np.testing.assert_allclose(apart, WEIGHTS[0] * np.log(2.0), atol=0.01)


def test_twice_the_gain_is_twice_the_size() -> None:
    signal_mv = render.simulate("normal", 3).signal_mv
    one, two = ([row_of(gain * lead) for lead in signal_mv] for gain in (5.0, 10.0))
    apart = sizes(two, PX_PER_MM, PX_PER_S) - sizes(one, PX_PER_MM, PX_PER_S)
    np.testing.assert_allclose(apart, np.log(2.0), atol=0.01)


def test_a_large_ectopic_beat_in_each_lead_does_not_make_it_another_gain() -> None:
    signal_mv = render.simulate("normal", 3).signal_mv
    beat = 1.4 * np.exp(-0.5 * ((np.arange(signal_mv.shape[1]) % 1250 - 600) / 15.0) ** 2)
    rows = [row_of(10.0 * lead + 10.0 * beat) for lead in signal_mv]
    found = sizes(rows, PX_PER_MM, PX_PER_S)
    odds = {g: log_likelihood_of_gain(found, g) for g in GAINS_MM_PER_MV}
    assert max(odds, key=lambda g: odds[g]) == 10.0


@pytest.mark.parametrize("gain", GAINS_MM_PER_MV)
def test_sizes_speak_for_the_gain_even_beside_a_flat_row(gain: float) -> None:
    signal_mv = render.simulate("normal", 3).signal_mv
    rows = [row_of(gain * lead) for lead in signal_mv] + [row_of(np.zeros(5000))]
    found = sizes(rows, PX_PER_MM, PX_PER_S)
    odds = {g: log_likelihood_of_gain(found, g) for g in GAINS_MM_PER_MV}
    assert max(odds, key=lambda g: odds[g]) == gain


def test_unseen_rows_say_nothing() -> None:
    row = row_of(np.full(5000, np.nan))
    assert sizes([row], PX_PER_MM, PX_PER_S).size == 0
    assert log_likelihood_of_gain(sizes([row], PX_PER_MM, PX_PER_S), 5.0) == 0.0


@pytest.mark.parametrize("gain", [10.0, 20.0])
def test_a_page_whose_gain_is_neither_printed_nor_shown_says_how_sure_it_is(gain: float) -> None:
    style = render.PageStyle(
        dpi=150.0, header="none", footer="none", pulse="none", gain_mm_per_mv=gain
    )
    page = render.render_record(render.simulate("normal", 3), style, seed=3)
    reading = digitise.read_page(page.page)
    assert reading.scale_from["gain"] in ("usual", "heart")
    assert 0.3 < reading.checks["scale_sure"] < 0.99
    told = digitise.read_page(
        page.page, digitise.Settings(gain_mm_per_mv=gain, speed_mm_per_s=25.0)
    )
    assert told.checks["scale_sure"] == 1.0
    assert told.confidence["V1"] > reading.confidence["V1"]
