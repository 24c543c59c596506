"""The gain by how high traces stand on paper."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage import digitise, render
from ecgpage.digitise.leads.heights import heights_mm, log_likelihood_of_gain
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.pulseshape import GAINS_MM_PER_MV
from ecgpage.digitise.tracing.rows import Row

PX_PER_MM = 8.0


def row_of(signal_mm: np.ndarray) -> TracedRow:
    """A row of 2000 columns: each reaches over the samples drawn in it."""
    columns = np.array_split(-signal_mm * PX_PER_MM, 2000)
    high = np.array([c.min() for c in columns])
    low = np.array([c.max() for c in columns])
    centre = np.array([c.mean() for c in columns])
    line = Line(centre, high, low, high - 1.0, low + 1.0, 2.0)
    return TracedRow(Row(0.0, 0.0, 1999.0, 1.0), line, 0.0, 1999.0, None, 1.0, 1.0)


def test_a_narrow_peak_is_as_high_as_it_is_drawn() -> None:
    signal = np.zeros(20000)
    signal[[2400 + 5000 * k + j for k in range(4) for j in range(-12, 13)]] = 15.0
    signal[[2600 + 5000 * k + j for k in range(4) for j in range(-12, 13)]] = -5.0
    np.testing.assert_allclose(heights_mm([row_of(signal)], PX_PER_MM), 20.0, atol=0.2)


@pytest.mark.parametrize("gain", GAINS_MM_PER_MV)
def test_heights_speak_for_the_gain_even_beside_a_flat_row(gain: float) -> None:
    signal_mv = render.simulate("normal", 3).signal_mv
    rows = [row_of(gain * lead) for lead in signal_mv] + [row_of(np.zeros(5000))]
    heights = heights_mm(rows, PX_PER_MM)
    odds = {g: log_likelihood_of_gain(heights, g) for g in GAINS_MM_PER_MV}
    assert max(odds, key=lambda g: odds[g]) == gain


def test_unseen_rows_say_nothing() -> None:
    row = row_of(np.full(5000, np.nan))
    assert heights_mm([row], PX_PER_MM).size == 0
    assert log_likelihood_of_gain(heights_mm([row], PX_PER_MM), 5.0) == 0.0


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
