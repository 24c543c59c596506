"""Handwriting over traces: told by its ink, followed only where nothing else leads on."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ecgpage import digitise, render
from ecgpage.digitise.ink.shading import paper_around
from ecgpage.digitise.tracing.follow import Path, follow_rows
from ecgpage.digitise.tracing.handwriting import (
    Colours,
    bridge,
    find_figures,
    no_traces,
    seen_in,
    with_written,
    without_figures,
)
from ecgpage.digitise.tracing.line import Line, measure_line
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs
from ecgpage.values import Record

MM = (8.0, 8.0)
BLACK, BLUE = (20, 20, 20), (40, 50, 150)


def loops(left: int, row: int) -> np.ndarray:
    """Four u's, 40 mm long and 5 mm high."""
    turn = np.linspace(0, 8 * np.pi, 300)
    return np.stack(
        [left + 320 * turn / turn[-1] + 8 * np.cos(turn), row - 20 * np.sin(turn)], axis=1
    ).astype(np.int32)


def page(width: int, colour: tuple[int, int, int] = BLACK) -> tuple[np.ndarray, np.ndarray]:
    """Three level traces, 3 pixels wide, the middle one written over: picture and cover."""
    image = np.full((400, 800, 3), 255, np.uint8)
    for row in (100, 200, 300):
        image[row - 1 : row + 2] = BLACK
    if width:
        cv2.polylines(image, [loops(300, 190)[:, None]], False, colour, width)
    cover = (255 - image.min(axis=2)).astype(np.float32) / 235
    return image, np.minimum(cover, 1.0)


def followed(cover: np.ndarray) -> list[Line]:
    rows = [Row(float(row), 0.0, 800.0, 1.0) for row in (100, 200, 300)]
    paths = follow_rows(find_runs(cover, MM[0]), rows, 800, MM)
    return [measure_line(cover, cover, path) for path in paths]


def test_loops_of_a_thicker_pen_are_found() -> None:
    _, cover = page(6)
    (figure,) = find_figures(cover, followed(cover), MM)
    drawn = cv2.polylines(np.zeros((400, 800), np.uint8), [loops(300, 190)[:, None]], False, 1, 6)
    assert figure.mask.sum() > 0.8 * drawn.sum()
    assert drawn[figure.place][figure.mask].mean() > 0.6


def test_a_pen_like_the_traces_is_not_told_by_its_ink_but_by_its_colour() -> None:
    _, black = page(2)
    assert find_figures(black, followed(black), MM) == []
    image, cover = page(2, BLUE)
    assert find_figures(cover, followed(cover), MM) == []
    colours = Colours(image, paper_around(image, 48))
    assert len(find_figures(cover, followed(cover), MM, colours)) == 1


def test_handwriting_beside_traces_is_left_alone() -> None:
    _, cover = page(0)
    lines = followed(cover)
    cv2.polylines(cover, [loops(300, 150)[:, None]], False, 1.0, 6)
    assert find_figures(cover, lines, MM) == []


def test_a_shadow_is_no_pen() -> None:
    _, cover = page(0)
    lines = followed(cover)
    cv2.line(cover, (300, 230), (460, 170), 1.0, 20)
    assert find_figures(cover, lines, MM) == []


def test_a_trace_that_noise_makes_thick_is_a_trace() -> None:
    cover = np.zeros((400, 800), np.float32)
    for row in (100, 200, 300):
        cover[row - 1 : row + 2] = 1.0
    cover[196:205, 300:500] = 1.0
    lines = followed(cover)
    figures = find_figures(cover, lines, MM)
    assert len(figures) == 1
    assert no_traces(figures, lines, MM[0]) == []


def test_a_network_may_take_a_figure_for_nothing() -> None:
    _, cover = page(6)
    figures = find_figures(cover, followed(cover), MM)
    assert seen_in(cover, cover, figures) == figures
    assert seen_in(np.zeros_like(cover), cover, figures) == []


def test_a_path_runs_beneath_what_is_written() -> None:
    _, cover = page(6)
    before = followed(cover)[1]
    assert np.nanmax(np.abs(before.centre - 200)) > 8
    bare, written = without_figures(cover, find_figures(cover, followed(cover), MM))
    runs, hides = with_written(find_runs(bare, MM[0]), written, MM[0])
    rows = [Row(200.0, 0.0, 800.0, 1.0)]
    paths, led = bridge(follow_rows(runs, rows, 800, MM, printed=hides), written, MM[1], 3.0)
    assert paths[0].there.all()
    cover = np.maximum(bare, led)
    line = measure_line(cover, cover, paths[0])
    assert np.abs(line.centre - 200).max() < 4
    assert np.abs(line.centre - 200).mean() < 0.5


def test_a_path_stays_on_a_stroke_that_hides_it_for_long() -> None:
    cover = np.zeros((100, 200), np.float32)
    cover[48:54, 50:150] = 1.0
    cover[50:53, :] = 1.0
    figure = find_figures(cover, [_level(51.0, 200)], MM)
    bare, written = without_figures(cover, figure)
    top, bottom = (np.full(200, row, np.int32) for row in (50, 52))
    top[50:150], bottom[50:150] = 48, 53
    (path,), seen = bridge([Path(top, bottom)], written, MM[1], 3.0)
    assert path.there.all()
    assert np.maximum(bare, seen)[51].min() == 1.0


def _level(row: float, columns: int) -> Line:
    at = np.full(columns, row)
    return Line(at, at, at, at - 1.5, at + 1.5, 3.0)


@pytest.fixture(scope="module")
def record() -> Record:
    rate, seconds = 500.0, 10.0
    time = np.arange(round(rate * seconds)) / rate
    beat = (time % 0.9) - 0.3
    one = 1.1 * np.exp(-((beat / 0.012) ** 2)) + 0.25 * np.exp(-(((beat - 0.25) / 0.05) ** 2))
    two = 0.7 * np.exp(-(((beat + 0.01) / 0.012) ** 2)) + 0.2 * np.exp(
        -(((beat - 0.26) / 0.05) ** 2)
    )
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    chest = [(k - 2.5) / 3 * one + 0.3 * two for k in range(6)]
    return Record(np.stack([*limb, *chest]), rate)


def test_a_lead_that_is_written_over_is_read(record: Record) -> None:
    style = replace(render.PageStyle(), layout="3x4+1", dpi=200.0)
    made = render.render_record(record, style, seed=1)
    clean = digitise.read_page(made.page).record
    image = np.asarray(made.page.image).copy()
    trace = next(t for t in made.truth.traces if t.lead == "V2")
    middle = trace.points_px[len(trace.points_px) // 2]
    size = made.truth.px_per_mm
    turn = np.linspace(0, 12 * np.pi, 600)
    column = middle[1] + size * (30 * (turn / turn[-1] - 0.5) + 1.2 * np.cos(turn))
    row = np.median(trace.points_px[:, 0]) - size * (1.0 + 3.0 * np.sin(turn))
    pen = np.stack([column, row], axis=1).round().astype(np.int32)
    cv2.polylines(image, [pen[:, None]], False, BLACK, round(0.6 * size), cv2.LINE_AA)
    found = digitise.read_page(replace(made.page, image=image)).record
    error = found.signal_mv - clean.signal_mv
    assert np.sqrt(np.nanmean(error[7] ** 2)) < 0.09
    assert np.isfinite(found.signal_mv[7]).sum() > 0.9 * np.isfinite(clean.signal_mv[7]).sum()
