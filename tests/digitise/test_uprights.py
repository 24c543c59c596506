"""Starts, ends, strokes and names that stand on upright lines, and flat pages that stay flat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import digitise, render
from ecgpage.digitise.flat import flat_sheet, sheet_without_bends
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless import relieve
from ecgpage.digitise.gridless.landmarks import find_landmarks
from ecgpage.digitise.gridless.relief import find_relief
from ecgpage.digitise.gridless.uprights import QUARTERS, find_uprights
from ecgpage.digitise.ink.network import network_cover
from ecgpage.digitise.tracing.trace import trace_rows
from ecgpage.values.truth import Truth

BARE = replace(render.PageStyle(dpi=150.0), grid=render.Grid(kind="none"))
BENT = render.World(name="photo", margin=0.08, background="dark", curl=0.5)


def printed_mm(
    sheet: Sheet, truth: Truth, across_mm: np.ndarray, down_mm: np.ndarray
) -> np.ndarray:
    """Where points of a sheet were printed, (down, across)."""
    points = np.stack([down_mm, across_mm], axis=1) * sheet.px_per_mm
    return truth.to_sheet(sheet.to_page(points)) / truth.px_per_mm


@pytest.mark.parametrize(
    ("layout", "pulse", "separator", "columns"),
    [("3x4+1", "right", "bar", 4), ("6x2", "left", "ticks", 2), ("3x4", "right", "none", 4)],
)
def test_marks_stand_where_columns_were_printed(
    layout: str, pulse: str, separator: str, columns: int
) -> None:
    style = replace(BARE, layout=layout, pulse=pulse, separator=separator)
    page = render.render_record(render.simulate("normal", 3), style, seed=3, world=BENT)
    sheet, _ = flat_sheet(page.page, digitise.Settings())
    traced = trace_rows(sheet)
    found = find_uprights(traced.rows, sheet.px_per_mm, network_cover(sheet), traced.words, columns)
    at = printed_mm(sheet, page.truth, found.across_mm, found.down_mm)[:, 1]
    starts = {
        t.column: float(page.truth.to_sheet(t.points_px[:1])[0, 1]) / page.truth.px_per_mm
        for t in page.truth.traces
        if not t.rhythm
    }
    width = starts[1] - starts[0]
    strokes = 0
    for quarter in range(0, QUARTERS + 1, QUARTERS // columns):
        mine = (found.line == quarter) & ~found.named
        names = (found.line == quarter) & found.named
        place = starts[0] + quarter / QUARTERS * columns * width
        if mine.any():
            assert np.median(np.abs(at[mine] - place)) < 0.25
        strokes += mine.any() and quarter not in (0, QUARTERS)
        if quarter < QUARTERS:
            assert names.sum() >= 2
            assert np.median(np.abs(at[names] - place - 0.8)) < 0.7
    assert strokes == (0 if separator == "none" else columns - 1)
    assert not set(found.line.tolist()) - set(range(0, QUARTERS + 1, QUARTERS // columns))


def test_a_pulses_foot_is_no_end_of_a_row() -> None:
    style = replace(BARE, layout="6x2", pulse="right", separator="none")
    page = render.render_record(render.simulate("normal", 5), style, seed=5)
    sheet, _ = flat_sheet(page.page, digitise.Settings())
    traced = trace_rows(sheet)
    ends = [t.points_px[-1, 1] / page.truth.px_per_mm for t in page.truth.traces if t.column == 1]
    found = find_uprights(traced.rows, sheet.px_per_mm, network_cover(sheet), (), 2)
    at = found.across_mm[found.line == QUARTERS]
    assert len(at) >= 4
    assert np.abs(at - np.median(ends)).max() < 0.35


def turned(angle_deg: float, seed: int, background: str = "white") -> render.RenderedPage:
    world = render.World(name="scan", rotation_deg=angle_deg, background=background)
    style = replace(BARE, separator="bar", layout="3x4+1")
    return render.render_record(render.simulate("normal", seed), style, seed=seed, world=world)


@pytest.mark.parametrize(("angle_deg", "background"), [(0.3, "white"), (-0.25, "black")])
def test_hardly_turned_pages_are_turned_back(angle_deg: float, background: str) -> None:
    page, settings = turned(angle_deg, 7, background), digitise.Settings()
    sheet, _ = flat_sheet(page.page, settings)
    assert sheet.nodes_px is None
    better = sheet_without_bends(page.page, sheet, trace_rows(sheet), settings)
    assert better is not None
    assert abs(better.rotation_deg - angle_deg) < 0.04
    lean = printed_mm(better, page.truth, np.full(2, 130.0), np.array([40.0, 100.0]))
    assert abs(lean[1, 1] - lean[0, 1]) < 0.06


def test_a_straight_page_is_left_as_it_is() -> None:
    page = render.render_record(render.simulate("normal", 7), BARE, seed=7)
    settings = digitise.Settings()
    sheet, _ = flat_sheet(page.page, settings)
    assert sheet_without_bends(page.page, sheet, trace_rows(sheet), settings) is None


def test_edges_that_lie_straight_leave_no_bend_to_rows_that_wander() -> None:
    world = render.World(name="photo", rotation_deg=1.2, margin=0.06, background="dark")
    page = render.render_record(render.simulate("normal", 8), BARE, seed=8, world=world)
    settings = digitise.Settings()
    sheet, _ = flat_sheet(page.page, settings)
    traced = trace_rows(sheet)
    scale = page.page.dpi
    assert scale is not None
    edges = relieve._edges(page.page.image, scale / 25.4, sheet, traced.rows)
    marks = find_landmarks(traced.rows, sheet.px_per_mm, edges, [4, 4, 4, 1])
    assert marks is not None
    assert len(marks.edges.row) > 20
    level = marks.levels
    bow = 2.5 * np.sin(level.across_mm / 40.0)
    wandering = replace(marks, levels=replace(level, down_mm=level.down_mm + bow))
    assert not find_relief(wandering).bent
    unseen = replace(wandering, edges=replace(edges, row=edges.row[:0],
                                              across_mm=edges.across_mm[:0],
                                              down_mm=edges.down_mm[:0]))  # fmt: skip
    assert find_relief(unseen).bent
