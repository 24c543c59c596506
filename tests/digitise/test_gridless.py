"""Pages without a grid made straight by their ink, and the table told from the paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import digitise, render, score
from ecgpage.digitise import pipeline
from ecgpage.digitise.flat import flat_sheet, sheet_of_no_grid
from ecgpage.digitise.flatten.lattice import Lattice
from ecgpage.digitise.flatten.paper import with_margin
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless.stated import mistaken_grid, only_blocks
from ecgpage.digitise.gridless.straighten import View, find_view
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.trace import trace_rows
from ecgpage.values import Page
from ecgpage.values.truth import Truth

LEVEL = Line(*(np.zeros(1401) for _ in range(5)), 2.0)
BARE = replace(render.PageStyle(dpi=150.0), grid=render.Grid(kind="none"))


def test_view_leads_there_and_back() -> None:
    view = View(turn=0.1, across=4e-4, down=-3e-4)
    u, v = (values.ravel() for values in np.mgrid[-140:141:40, -100:101:40].astype(float))
    again = view.to_sheet(*view.to_picture(u, v))
    assert np.allclose(again[0], u)
    assert np.allclose(again[1], v)
    x, y = view.to_picture(u, v)
    right = view.to_picture(u + 1e-4, v)
    below = view.to_picture(u, v + 1e-4)
    assert np.allclose(view.level(x, y), np.arctan2(right[1] - y, right[0] - x), atol=1e-4)
    assert np.allclose(view.upright(x, y), np.arctan2(x - below[0], below[1] - y), atol=1e-4)


def test_rows_tell_turn_and_perspective() -> None:
    true = View(turn=np.deg2rad(3.0), across=4e-4, down=0.0)
    ink = np.zeros((900, 1500), np.float32)
    u = np.arange(-120.0, 120.0, 0.05)
    for row in (-50.0, -25.0, 0.0, 25.0, 50.0):
        v = row - 6.0 * (np.mod(u, 20.0) < 0.5)
        x, y = true.to_picture(u, v)
        ink[(y * 6 + 450).astype(int), (x * 6 + 750).astype(int)] = 1.0
    found = find_view(ink, 6.0)
    assert found is not None
    assert abs(np.rad2deg(found.turn - true.turn)) < 0.2
    assert abs(found.across - true.across) < 1e-4
    assert abs(found.down) < 1e-4


def test_blank_page_has_no_view() -> None:
    assert find_view(np.zeros((600, 900), np.float32), 6.0) is None


def error_mm(sheet: Sheet, truth: Truth) -> float:
    """Mean distance of the sheet's points from where they were printed, apart from the origin."""
    at = np.concatenate([trace.points_px[::20] for trace in truth.traces])
    rows, columns = sheet.image.shape[:2]
    r, c = np.mgrid[0 : rows - 1 : 20, 0 : columns - 1 : 20].astype(float)
    points = np.stack([r.ravel(), c.ravel()], axis=1)
    page = sheet.to_page(points)
    inside = ((page > at.min(axis=0)) & (page < at.max(axis=0))).all(axis=1)
    miss = truth.to_sheet(page)[inside] / truth.px_per_mm - points[inside] / sheet.px_per_mm
    return float(np.hypot(*(miss - np.median(miss, axis=0)).T).mean())


@pytest.mark.parametrize("turn_deg", [-2.5, 3.0])
def test_turned_page_without_a_grid(turn_deg: float) -> None:
    world = render.World(name="scan", rotation_deg=turn_deg)
    page = render.render_record(render.simulate("normal", 4), BARE, seed=4, world=world)
    sheet, _ = flat_sheet(page.page, digitise.Settings())
    assert error_mm(sheet, page.truth) < 0.5
    assert abs(sheet.rotation_deg - turn_deg) < 0.25


def test_straight_page_without_a_grid_is_read_as_it_is() -> None:
    page = render.render_record(render.simulate("normal", 4), BARE, seed=4)
    assert flat_sheet(page.page, digitise.Settings())[0].nodes_px is None


@pytest.mark.parametrize("background", ["wood", "cloth", "dark"])
def test_table_is_told_from_paper(background: str) -> None:
    world = render.World(
        name="photo", rotation_deg=4.0, perspective=(0.1, 0.05), margin=0.1, background=background
    )
    page = render.render_record(
        render.simulate("normal", 5), render.PageStyle(dpi=120.0), seed=5, world=world
    )
    sheet, _ = flat_sheet(page.page, digitise.Settings())
    assert sheet.paper is not None
    rows, columns = sheet.paper.shape
    r, c = np.mgrid[0:rows, 0:columns] + 0.5
    size = np.array(sheet.image.shape[:2]) / [rows, columns]
    at = page.truth.to_sheet(sheet.to_page(np.stack([r.ravel(), c.ravel()], axis=1) * size))
    at = at / page.truth.px_per_mm
    whole = np.array(page.truth.sheet_shape_px) / page.truth.px_per_mm
    paper = ((at > 3.0) & (at < whole - 3.0)).all(axis=1).reshape(rows, columns)
    table = ((at < -1.0) | (at > whole + 1.0)).any(axis=1).reshape(rows, columns)
    assert sheet.paper[paper].mean() > 0.99
    assert sheet.paper[table].mean() < 0.02


def test_where_the_grid_leads_astray_the_stated_resolution_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = render.render_record(render.simulate("normal", 6), render.PageStyle(dpi=150.0), seed=6)

    def cropped(given: Page, settings: digitise.Settings) -> tuple[Sheet, Lattice | None]:
        sheet, lattice = flat_sheet(given, settings)
        nodes = np.zeros((2, 2, 2), np.float32)
        return replace(sheet, image=sheet.image[:, :300], nodes_px=nodes), lattice

    monkeypatch.setattr(pipeline, "flat_sheet", cropped)
    reading = digitise.read_page(page.page)
    assert (reading.layout, reading.gain_mm_per_mv) == ("3x4+1", 10.0)
    assert score.compare_records(page.truth.record, reading.record).challenge_snr_db > 15.0


def test_where_the_grid_makes_no_sense_and_has_another_scale_the_stated_one_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a screen's moire that runs along the rows: a grid, but too coarse by a factor of three."""
    style = replace(render.PageStyle(dpi=300.0), layout="6x2+1")
    page = render.render_record(render.simulate("normal", 6), style, seed=6)

    def coarse(given: Page, settings: digitise.Settings) -> tuple[Sheet, Lattice | None]:
        sheet, lattice = flat_sheet(given, settings)
        assert lattice is not None
        down, across = sheet.px_per_mm
        return replace(sheet, px_per_mm=(down / 3, across / 3)), lattice

    monkeypatch.setattr(pipeline, "flat_sheet", coarse)
    reading = digitise.read_page(page.page)
    assert (reading.layout, reading.gain_mm_per_mv) == ("6x2+1", 10.0)
    assert score.compare_records(page.truth.record, reading.record).challenge_snr_db > 15.0
    assert not reading.checks["grid_clarity"]
    silent = digitise.read_page(replace(page.page, dpi=None))
    assert silent.px_per_mm[0] < 5.0
    assert silent.checks["scale_sure"] < 1.0


def test_margins_without_a_grid_are_paper_and_tables_are_not() -> None:
    density = 8.0
    image = np.full((round(100 * density), round(140 * density), 3), (70, 50, 35), np.uint8)
    image[round(10 * density) : round(90 * density), round(10 * density) :] = 245
    image[round(80 * density) : round(83 * density), round(30 * density) : round(50 * density)] = 20
    grid = np.zeros((100, 140), bool)
    grid[20:70, 20:130] = True
    wide = with_margin(image, (density, density), grid)
    assert wide[75:87, 20:130].all()
    assert wide[20:70, 20:130].all()
    assert not wide[:8].any()
    assert not wide[:, :8].any()


@pytest.mark.parametrize(("leans", "stated", "mistaken"), [
    (1.5, 1.1, True), (1.5, 1.0, False), (0.0, 1.1, False),
])  # fmt: skip
def test_a_grid_that_no_row_runs_along_is_none(leans: float, stated: float, mistaken: bool) -> None:
    world = render.World(name="screen", rotation_deg=leans) if leans else None
    page = render.render_record(render.simulate("normal", 4), BARE, seed=4, world=world)
    sheet = Sheet(image=page.page.image, px_per_mm=(150 / 25.4, 150 / 25.4), cells=2000)
    rows = trace_rows(sheet).rows
    assert len(rows) >= 3
    given = replace(page.page, dpi=150.0 * stated)
    assert mistaken_grid(given, sheet, rows) is mistaken
    found = sheet_of_no_grid(given, sheet, trace_rows(sheet), digitise.Settings())
    assert (found is not None) is mistaken
    if found is not None:
        assert found.cells == 0
        assert abs(found.rotation_deg - leans) < 0.25


def test_a_sheet_drawn_larger_than_its_picture_has_the_picture_s_scale() -> None:
    world = render.World(name="screen", rotation_deg=1.5)
    page = render.render_record(render.simulate("normal", 4), BARE, seed=4, world=world)
    rows, columns = page.page.image.shape[:2]
    plain = Sheet(image=page.page.image, px_per_mm=(150 / 25.4, 150 / 25.4), cells=2000)
    traced = trace_rows(plain).rows
    down, across = np.mgrid[0 : rows + 20 : 20, 0 : columns + 20 : 20]
    nodes = np.stack([down, across], axis=2).astype(np.float32)
    finer = replace(
        plain, px_per_mm=(7.0, 7.0), nodes_px=nodes / np.float32(7.0 / (150 / 25.4)), step_px=20
    )
    assert not mistaken_grid(replace(page.page, dpi=150.0), finer, traced)
    assert mistaken_grid(replace(page.page, dpi=150.0 * 1.2), finer, traced)


@pytest.mark.parametrize(("stated", "mistaken"), [(150.0, True), (255.0, False)])
def test_rows_as_far_apart_as_lines_are_no_grid(stated: float, mistaken: bool) -> None:
    """Twelve rows 8.5 mm apart at 150 dpi are 5 mm apart at 255, as strong lines are."""
    scale = 255.0 / 25.4
    rows = [
        TracedRow(Row(50.2 * k, 0.0, 1400.0, 1.0), LEVEL, 0.0, 1400.0, None, 1.0, 1.0)
        for k in range(1, 13)
    ]
    picture = np.full((700, 1500, 3), 255, np.uint8)
    sheet = Sheet(picture, (scale, scale), cells=500)
    assert mistaken_grid(Page(picture, "a.png", dpi=stated), sheet, rows) is mistaken
    wider = [
        replace(row, row=replace(row.row, baseline_px=2 * row.row.baseline_px)) for row in rows
    ]
    assert not mistaken_grid(Page(picture, "a.png", dpi=stated), sheet, wider)


@pytest.mark.parametrize(("scale", "stated", "blocks"), [
    (8.0, 150.0, True), (8.0, 203.2, False), (8.1, 150.0, False), (8.0, None, False),
])  # fmt: skip
def test_blocks_of_a_jpeg_picture_are_no_millimetres(
    scale: float, stated: float | None, blocks: bool
) -> None:
    picture = np.full((400, 600, 3), 255, np.uint8)
    sheet = Sheet(picture, (scale, scale - 0.0004), cells=500)
    assert only_blocks(Page(picture, "a.jpg", dpi=stated), sheet) is blocks
