"""Bent pages without a grid: edges, waves, and the relief that rows and beats tell."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from ecgpage import digitise, render, score
from ecgpage.digitise import pipeline
from ecgpage.digitise.flat import flat_sheet, sheet_without_bends
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless import relief
from ecgpage.digitise.gridless.edges import BOTTOM, LEFT, RIGHT, TOP, paper_edges
from ecgpage.digitise.gridless.landmarks import Landmarks, Marks
from ecgpage.digitise.gridless.waves import find_waves
from ecgpage.digitise.tracing.trace import trace_rows
from ecgpage.values.truth import Truth

BARE = replace(render.PageStyle(dpi=150.0, layout="12x1"), grid=render.Grid(kind="none"))
CURLED = render.World(
    name="photo", rotation_deg=2.0, margin=0.08, background="dark", curl=0.8, folds=1
)


def error_mm(sheet: Sheet, truth: Truth) -> float:
    """Spread of where the sheet's points were printed around where the sheet has them, in mm."""
    at = np.concatenate([trace.points_px[::20] for trace in truth.traces])
    rows, columns = sheet.image.shape[:2]
    r, c = np.mgrid[0 : rows - 1 : 20, 0 : columns - 1 : 20].astype(float)
    points = np.stack([r.ravel(), c.ravel()], axis=1)
    page = sheet.to_page(points)
    inside = ((page > at.min(axis=0)) & (page < at.max(axis=0))).all(axis=1)
    miss = truth.to_sheet(page)[inside] / truth.px_per_mm - points[inside] / sheet.px_per_mm
    return float(np.sqrt(miss.var(axis=0).sum()))


@pytest.fixture(scope="module")
def curled() -> render.RenderedPage:
    return render.render_record(render.simulate("normal", 4), BARE, seed=4, world=CURLED)


def test_relief_flattens_a_curled_and_folded_page(curled: render.RenderedPage) -> None:
    settings = digitise.Settings()
    sheet, _ = flat_sheet(curled.page, settings)
    flatter = sheet_without_bends(curled.page, sheet, trace_rows(sheet), settings)
    assert flatter is not None
    before, after = error_mm(sheet, curled.truth), error_mm(flatter, curled.truth)
    assert before > 1.0
    assert after < 0.35 * before


def test_a_row_of_which_print_alone_speaks_says_nothing_of_bends(
    curled: render.RenderedPage,
) -> None:
    settings = digitise.Settings()
    sheet, _ = flat_sheet(curled.page, settings)
    traced = trace_rows(sheet)
    nothing = np.full_like(traced.rows[0].line.centre, np.nan)
    line = replace(
        traced.rows[0].line,
        **dict.fromkeys(("centre", "high", "low", "upper", "lower"), nothing),
    )
    lost = replace(
        traced.rows[0], row=replace(traced.rows[0].row, baseline_px=-60.0), line=line, present=0.0
    )
    without = replace(traced, printed=None)
    more = replace(without, rows=(lost, *traced.rows))
    flatter = sheet_without_bends(curled.page, sheet, without, settings)
    same = sheet_without_bends(curled.page, sheet, more, settings)
    assert flatter is not None
    assert same is not None
    assert np.array_equal(flatter.nodes_px, same.nodes_px)


def test_curled_page_is_read_better_for_it(
    curled: render.RenderedPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = score.compare_records(curled.truth.record, digitise.digitise(curled.page))
    monkeypatch.setattr(pipeline, "sheet_without_bends", lambda *given: None)
    bent = score.compare_records(curled.truth.record, digitise.digitise(curled.page))
    assert better.challenge_snr_db > bent.challenge_snr_db + 1.5


def test_beats_tell_the_turn_of_a_flat_page() -> None:
    world = render.World(name="scan", rotation_deg=1.5)
    page = render.render_record(render.simulate("normal", 6), BARE, seed=6, world=world)
    settings = digitise.Settings()
    sheet, _ = flat_sheet(page.page, settings)
    better = sheet_without_bends(page.page, sheet, trace_rows(sheet), settings) or sheet
    assert error_mm(better, page.truth) < 0.15


def test_edges_lie_where_the_paper_was_cut(curled: render.RenderedPage) -> None:
    truth = curled.truth
    px_per_mm = truth.px_per_mm
    core = np.zeros([int(size / px_per_mm) for size in truth.page_shape_px], bool)
    middle = np.array(core.shape) // 2
    core[middle[0] - 40 : middle[0] + 40, middle[1] - 60 : middle[1] + 60] = True
    edges = paper_edges(curled.page.image, px_per_mm, core)
    on_sheet = truth.to_sheet(edges.places_px) / px_per_mm
    high, wide = np.array(truth.sheet_shape_px) / px_per_mm
    for side, axis, place in ((TOP, 0, 0.0), (LEFT, 1, 0.0), (BOTTOM, 0, high), (RIGHT, 1, wide)):
        miss = on_sheet[edges.side == side, axis] - place
        assert len(miss) > 20
        assert np.abs(miss - np.median(miss)).mean() < 0.06
        assert abs(np.median(miss)) < 0.4


def test_waves_that_come_later_are_seen_to() -> None:
    step, apart = 0.2, 20.0
    across = np.arange(0.0, 200.0, step)
    beats = np.arange(15.0, 180.0, apart)
    later = np.array([0.0, 0.0, 0.0, 0.4, 0.0, -0.3, 0.0, 0.0, 0.0])
    height = np.zeros(len(across))
    for beat, late in zip(beats, later, strict=True):
        height -= 3.0 * np.exp(-0.5 * ((across - beat - 7.0 - late) / 1.2) ** 2)
        height -= 10.0 * np.exp(-0.5 * ((across - beat) / 0.3) ** 2)
    row = np.zeros(len(beats), int)
    found = find_waves(height[None], step, row, beats, row, apart)
    behind = found.behind_mm[found.kind == 0]
    assert np.allclose(behind - np.median(behind), later, atol=0.05)


@pytest.mark.parametrize(("tilt", "bow_mm", "bends"), [
    (4e-4, 0.0, False), (4e-4, 1.0, True), (5e-5, 0.0, True),
])  # fmt: skip
def test_edges_that_are_straight_one_by_one_are_those_of_a_flat_page_seen_steeply(
    tilt: float, bow_mm: float, bends: bool
) -> None:
    """The first order of a steep perspective leaves them crooked; of a slight one it does not."""
    along = np.linspace(-120.0, 120.0, 40)
    bow = bow_mm * (1 - (along / 120.0) ** 2)
    top = Marks(np.full(40, TOP), along, -80.0 + 0.05 * along + bow)
    left = Marks(np.full(40, LEFT), -120.0 + 0.1 * along, along)
    edges = Marks(
        *(
            np.concatenate([getattr(side, part) for side in (top, left)])
            for part in ("row", "across_mm", "down_mm")
        )
    )
    marks = SimpleNamespace(edges=edges, turned=True)
    view = SimpleNamespace(view=(0.0, tilt, 0.0))
    flat = SimpleNamespace(relief=view, cost=300.0, edge_cost=relief.STRAIGHT + 0.1)
    assert relief._may_bend(cast(Landmarks, marks), cast(relief._Flat, flat)) is bends
