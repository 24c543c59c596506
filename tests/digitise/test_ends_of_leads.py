"""Where leads meet: strokes between them, letters beside them, and holes in their own strokes."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage.digitise.tracing.bars import without_bars
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.follow import Path, follow_rows
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs
from ecgpage.digitise.tracing.strays import without_strays

MM = (8.0, 8.0)
BORDERS = (300.0, 600.0, 900.0)


def traced(baseline: float) -> TracedRow:
    nothing = np.full(1200, np.nan)
    line = Line(nothing, nothing, nothing, nothing, nothing, 2.0)
    return TracedRow(Row(baseline, 0, 1199, 1.0), line, 0.0, 1199.0, None, 1.0, 1.0)


def test_a_stroke_under_qrs_complexes_is_known_from_the_other_borders() -> None:
    cover = np.zeros((700, 1200), np.float32)
    rows = [traced(150), traced(350), traced(550)]
    for row in rows:
        base = round(row.row.baseline_px)
        cover[base - 1 : base + 2] = 1.0
        for border in BORDERS:
            cover[base - 30 : base + 30, round(border) - 3 : round(border) + 3] = 1.0
        cv2.line(cover, (590, base), (599, base - 90), 1.0, 3)
        cv2.line(cover, (599, base - 90), (606, base + 20), 1.0, 3)
    out = without_bars(cover, rows, BORDERS, MM)
    for row in rows:
        base = round(row.row.baseline_px)
        for border in BORDERS:
            inside = out[base + 22 : base + 28, round(border) - 2 : round(border) + 2]
            assert inside.max() == 0.0
        assert out[base - 88 : base - 40, 585:610].sum() > 100  # the complex stays
        assert out[base, 400:500].min() == 1.0


def test_a_letter_at_the_start_of_a_lead_is_no_trace() -> None:
    top, bottom = np.full(400, 100, np.int32), np.full(400, 102, np.int32)
    top[:20] = bottom[:20] = -1
    top[20:24], bottom[20:24] = 140, 165  # "I", below the line
    steep = slice(30, 33)
    top[steep], bottom[steep] = 40, 101  # a QRS complex close by
    cover = drawn_path(top, bottom)
    (kept,) = without_strays([Path(top, bottom)], cover, [[20.0, 380.0]], MM)
    assert not kept.there[:24].any()
    assert kept.there[24:].all()
    assert kept.top[31] == 40


def drawn_path(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """The ink that a path passes."""
    at = np.arange(200)[:, None]
    return ((at >= top) & (at <= bottom) & (top >= 0)).astype(np.float32)


def test_a_last_piece_stays_where_ink_leads_to_it() -> None:
    top, bottom = np.full(400, 100, np.int32), np.full(400, 102, np.int32)
    top[368:370], bottom[368:370] = 102, 160
    top[370:380] = 135  # what is left of a complex whose ink others have, then its last piece
    bottom[370:380] = 137
    top[369], bottom[369] = 150, 170
    top[380:] = bottom[380:] = -1
    bare = drawn_path(top, bottom)
    inked = bare.copy()
    inked[130:160, 369] = 1.0
    (gone,) = without_strays([Path(top, bottom)], bare, [[20.0, 380.0]], MM)
    (kept,) = without_strays([Path(top, bottom)], inked, [[20.0, 380.0]], MM)
    assert not gone.there[370:].any()
    assert kept.there[370:380].all()


def test_a_path_crosses_a_hole_at_the_foot_of_an_s_wave() -> None:
    cover = np.zeros((400, 300), np.float32)
    cv2.line(cover, (0, 100), (140, 100), 1.0, 2)
    cv2.line(cover, (140, 100), (150, 220), 1.0, 2)
    cv2.line(cover, (150, 220), (160, 104), 1.0, 2)
    cv2.line(cover, (160, 104), (299, 100), 1.0, 2)
    cover[103:128, 130:148] = 0.0  # the grid has cut the first flank: getting in is dear
    cover[:, 154:156] = 0.0  # and a hole in the second: the dear way must be remembered over it
    runs = find_runs(cover, MM[0])
    starts = np.zeros((1, 300), bool)
    starts[0, 0] = True
    (path,) = follow_rows(runs, [Row(100.0, 0, 299, 1.0)], 300, MM, starts)
    assert path.bottom.max() > 210
    assert path.there.mean() > 0.97
