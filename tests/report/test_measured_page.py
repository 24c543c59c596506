"""The report of one electrocardiogram: words, units, and the scale on paper."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ecgpage import digitise, measure, render, report
from ecgpage.report.measured import evidence
from ecgpage.report.overlay import only_traces
from ecgpage.values import Measured, Page, Statement


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure.measure_record(render.simulate("normal", 3))


def test_evidence_is_told_in_the_catalogues_words_and_units() -> None:
    proofs = (
        {"name": "heart_rate_bpm", "lead": None, "value": 45.5164, "limit": "below 50"},
        {"name": "t_mv", "lead": "V5", "value": -0.1323, "limit": "below -0.1"},
        {"name": "t_polarity", "lead": "V3", "value": "flat", "limit": "upright"},
    )
    told = evidence(Statement("Any", "any", proofs, "a source"), measure.GROUPS)
    assert told == (
        "Heart rate 46 bpm (below 50); T amplitude V5 -0.132 mV (below -0.1); "
        "T polarity V3 flat (upright)"
    )


def test_drawings_say_how_many_millimetres_wide_they_are(measured: Measured) -> None:
    page = report.measured_page(measured, "made", measure.GROUPS)
    drawings = re.findall(r'<svg class="ecg" style="--mm:([\d.]+)" viewBox="0 0 ([\d.]+) ', page)
    assert len(drawings) == 2
    assert all(wide == units for wide, units in drawings)
    assert float(drawings[0][0]) == 4 * 2.5 * 25 + 8
    assert "width: calc(var(--mm) * 1mm)" in page


def test_every_value_over_all_leads_stands_in_the_page_once(measured: Measured) -> None:
    page = report.measured_page(measured, "made", measure.GROUPS)
    body = page[page.index("Measurements</h2>") : page.index("Median beats</h2>")]
    whole = {one.name for one in measured.measurements if one.lead is None}
    titles = [q.title for _, group in measure.GROUPS for q in group if q.name in whole]
    assert titles
    assert all(body.count(f"<td>{title}<") == 1 for title in titles)


def test_what_stands_beyond_the_traces_is_hidden_and_nothing_of_them() -> None:
    drawn = render.render_record(render.simulate("normal", 3), render.PageStyle(dpi=150))
    page = Page(drawn.page.image, "made")
    reading = digitise.read_page(page)
    hidden = only_traces(page, reading)
    top = min(float(np.nanmin(trace.points_px[:, 0])) for trace in reading.traces)
    header = slice(0, int(top - 100))
    assert np.any(page.image[header].min(axis=2) < 60)  # print stands there
    assert not np.any(hidden.image[header].min(axis=2) < 60)
    for trace in reading.traces:
        rows, columns = (
            np.round(trace.points_px[np.isfinite(trace.points_px).all(axis=1)]).astype(int).T
        )
        assert np.array_equal(hidden.image[rows, columns], page.image[rows, columns])
