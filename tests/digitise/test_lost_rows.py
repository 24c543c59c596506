"""Rows and names that were read badly: what stands around them says which they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import digitise, render
from ecgpage.digitise.layout.choose import Print, choose_rows
from ecgpage.digitise.layout.layouts import LAYOUTS, Layout
from ecgpage.digitise.layout.namegrid import read_grid
from ecgpage.digitise.layout.names import Name, fit_names
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.lostrows import lost_row_elsewhere, moved_up_or_down, with_lost
from ecgpage.digitise.tracing.rows import Row
from ecgpage.values import LEADS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
COLUMNS = 1000
PITCH_MM = 25.0


def names_of(layout: Layout) -> list[Name]:
    """Names of the upper rows, 5 mm above their baselines."""
    return [
        Name(lead, 0.8, 40.0 + PITCH_MM * r, 20.0 + 250.0 / layout.columns * c)
        for r, row in enumerate(layout.cells)
        for c, lead in enumerate(row)
    ]


def sampled() -> dict[str, np.ndarray]:
    """Ten seconds of each lead at 250 Hz."""
    record = render.simulate("normal", 3)
    at = np.arange(0.0, 10.0, 1 / 250.0)
    times = np.arange(record.signal_mv.shape[1]) / record.rate_hz
    return {name: np.interp(at, times, record.signal_mv[i]) for i, name in enumerate(LEADS)}


def upper_rows(layout: Layout, leads: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The rows of a page, columns one after the other."""
    width = len(leads["I"]) // layout.columns
    return [
        np.concatenate([leads[n][c * width : (c + 1) * width] for c, n in enumerate(names)])
        for names in layout.cells
    ]


def line_of(seen: bool) -> Line:
    """A level line, or none."""
    level = np.full(COLUMNS, 0.0 if seen else np.nan)
    return Line(level, level, level, level, level, 2.0)


def traced(baseline_px: float, seen: bool) -> TracedRow:
    """A row of which print is sure."""
    row = Row(baseline_px, 0.0, COLUMNS - 1.0, 1.0, sure=True)
    return TracedRow(row, line_of(seen), 0.0, COLUMNS - 1.0, None, float(seen), 1.0)


def test_a_strip_is_told_by_the_surer_name_below_it() -> None:
    doubtful = [Name("V1", 0.8, 115.0, 20.0), Name("III", 0.39, 140.0, 20.0)]
    sure = Name("V5", 0.77, 165.0, 20.0)
    names = names_of(BY_NAME["3x4"])
    whole, short = read_grid([*names, *doubtful, sure]), read_grid([*names, *doubtful])
    assert whole is not None
    assert whole.strips_mm == (115.0, 140.0, 165.0)
    assert short is not None
    assert short.strips_mm == (115.0,)


def test_a_numeral_that_may_be_any_of_three_still_names_a_strip() -> None:
    layout, leads = BY_NAME["3x4+1"], sampled()
    rows = upper_rows(layout, leads)
    strip = np.roll(leads["V2"], 90)  # like no lead of the page: a bent, badly read row
    doubtful = Name("I", 0.3, 115.0, 20.0, (("I", 0.3), ("II", 0.32), ("III", 0.2)))
    baselines = tuple(45.0 + PITCH_MM * r for r in range(4))
    printed = Print((*names_of(layout), doubtful), baselines, (20.0, 270.0))
    chosen = choose_rows([*rows, strip], printed)
    assert chosen is not None
    assert chosen[2].layout.name == "3x4+1"
    assert [name for name, _ in chosen[2].strips] in (["I"], ["II"])


def test_six_limb_leads_are_not_all_where_chest_leads_are_printed() -> None:
    names = names_of(BY_NAME["12x1"])
    baselines = [45.0 + PITCH_MM * r for r in range(7)]
    fit = fit_names(BY_NAME["6x1+1"], names, baselines, (20.0, 270.0))
    assert fit is not None
    assert fit.wrong > 4.0


def test_a_row_of_which_print_is_sure_keeps_its_place_without_a_trace() -> None:
    found = [traced(100.0 * k, True) for k in range(4)]
    rows = [row.row for row in found]
    lines = [row.line for row in found]
    lines[2] = line_of(False)
    kept = with_lost(rows, lines, [found[0], found[1], None, found[3]])
    assert [row.row.baseline_px for row in kept] == [0.0, 100.0, 200.0, 300.0]
    assert [row.present for row in kept] == [1.0, 1.0, 0.0, 1.0]
    unsure = Row(200.0, 0.0, 999.0, 1.0)
    assert len(with_lost([rows[0], unsure], lines[:2], [found[0], None])) == 1


@pytest.mark.parametrize("first", [True, False])
def test_rows_laid_one_place_beside_their_traces_are_moved(first: bool) -> None:
    seen = [not first, True, True, True, first]
    found = [traced(100.0 * k, there) for k, there in enumerate(seen)]
    moved = moved_up_or_down([row.row for row in found], found)
    assert moved is not None
    begin = 100.0 if first else -100.0
    assert [row.baseline_px for row in moved] == [begin + 100.0 * k for k in range(5)]
    other = lost_row_elsewhere(found)
    assert other is not None
    assert [row.row.baseline_px for row in other] == [row.baseline_px for row in moved]
    assert [row.present for row in other] == ([1, 1, 1, 1, 0] if first else [0, 1, 1, 1, 1])
    assert moved_up_or_down([row.row for row in found[1:4]], found[1:4]) is None
    assert lost_row_elsewhere(found[1:4]) is None


@pytest.mark.parametrize("lost", [0, 5])
def test_a_covered_row_does_not_shift_the_others(lost: int) -> None:
    style = render.PageStyle(layout="6x2", rhythm=(), dpi=150.0, header="none", footer="none")
    page = render.render_record(render.simulate("normal", 3), style, seed=3).page
    clean = digitise.read_page(page)
    chest = next(t for t in clean.traces if t.lead == LEADS[6 + lost]).points_px[:, 0]
    limb = next(t for t in clean.traces if t.lead == LEADS[lost]).points_px[:, 0]
    top, bottom = np.nanmin([*limb, *chest]), np.nanmax([*limb, *chest])
    image = page.image.copy()
    left = int(np.nanmin(clean.traces[0].points_px[:, 1])) + 70
    image[int(top) - 4 : int(bottom) + 5, left:] = 255
    reading = digitise.read_page(replace(page, image=image))
    assert reading.layout == "6x2"
    others = [lead for lead in LEADS if lead not in (LEADS[lost], LEADS[6 + lost])]
    for lead in others:
        i = LEADS.index(lead)
        a, b = clean.record.signal_mv[i], reading.record.signal_mv[i]
        both = np.isfinite(a) & np.isfinite(b)
        assert both.mean() > 0.3
        assert np.corrcoef(a[both], b[both])[0, 1] > 0.9


def test_many_badly_read_names_in_a_column_are_names() -> None:
    leads = [lead for (lead,) in BY_NAME["12x1"].cells]
    names = [
        Name("aVF", 0.5, 5.0 + 9.0 * k, 19.0, (("aVF", 0.5), (lead, 0.3)))
        for k, lead in enumerate(leads)
    ]
    grid = read_grid(names)
    assert grid is not None
    assert grid.layout.cells == BY_NAME["12x1"].cells
    assert read_grid(names[:7]) is None


def test_chest_leads_read_as_one_another_are_rows_of_twelve_all_the_same() -> None:
    leads = [lead for (lead,) in BY_NAME["12x1"].cells][:11]
    read = [*leads[:6], "V1", "V5", "V6", "V6", "V4"]
    names = [
        Name(lead, 0.7 if k < 6 else 0.52, 14.0 + 8.0 * k, 13.0) for k, lead in enumerate(read)
    ]
    grid = read_grid([*names, Name("V5", 0.51, 97.0, 70.0)])
    assert grid is not None
    assert grid.layout.cells == BY_NAME["12x1"].cells
    assert np.allclose(grid.down_mm, 14.0 + 8.0 * np.arange(12), atol=0.01)
