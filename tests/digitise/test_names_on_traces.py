"""Names that a trace runs through: known from the other names, and no way for a trace."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage.digitise.leads.settle import settle_ends
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.follow import follow_rows
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.namesplaces import unread_names
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs
from ecgpage.digitise.words.printed import Word

MM = (8.0, 8.0)
STARTS = [(row, column) for row in (200.0, 500.0, 800.0) for column in (100.0, 600.0, 1100.0)]


def names(but: int) -> list[Word]:
    return [
        Word("V1", 0.9, row - 20.0, column + 20.0)
        for k, (row, column) in enumerate(STARTS)
        if k != but
    ]


def test_a_name_that_was_not_read_is_known_from_the_others() -> None:
    (found,) = unread_names(names(4), STARTS, MM)
    assert (found.row_px, found.column_px) == (480.0, 620.0)
    assert unread_names(names(-1), STARTS, MM) == []


def test_a_doubtful_name_at_its_place_is_believed_there() -> None:
    doubtful = Word("V6", 0.4, 484.0, 617.0)
    (found,) = unread_names([*names(4), doubtful], STARTS, MM)
    assert (found.row_px, found.column_px) == (484.0, 617.0)


def test_a_few_names_are_no_place() -> None:
    assert unread_names(names(4)[:2], STARTS, MM) == []


def test_a_path_goes_round_a_letter_that_touches_the_trace() -> None:
    cover = np.zeros((400, 300), np.float32)
    trace = [[100, 160], [112, 150], [124, 165], [140, 205], [160, 240], [299, 240]]
    cv2.polylines(cover, [np.array(trace)[:, None]], False, 1.0, 3)
    cv2.polylines(cover, [np.array([[104, 196], [114, 216], [134, 196]])[:, None]], False, 1.0, 3)
    runs = find_runs(cover, MM[0])
    starts = np.zeros((1, 300), bool)
    starts[0, 100] = True
    row = [Row(240.0, 0, 299, 1.0)]
    letter = (runs.top >= 192) & (runs.bottom <= 220) & (runs.column < 136)
    (path,) = follow_rows(runs, row, 300, MM, starts, None, letter)
    assert path.top[104:120].max() < 180


def test_one_stroke_beside_leaps_moves_no_border() -> None:
    ink = np.zeros((700, 1300), np.float32)
    rows = []
    for y in (150, 350, 550):
        centre = np.full(1300, np.nan)
        for k in range(4):  # leads leap from one to the next
            part = slice(50 + 300 * k, 350 + 300 * k)
            centre[part] = y + 16 * (k % 2)
            ink[y + 16 * (k % 2) - 1 : y + 16 * (k % 2) + 2, part] = 1.0
        ink[y - 30 : y + 30, 356:360] = 1.0  # 6 pixels behind the first border
        line = Line(centre, centre, centre, centre - 1.5, centre + 1.5, 3.0)
        rows.append(TracedRow(Row(float(y), 0, 1299, 1.0), line, 50.0, 1249.0, None, 1.0, 1.0))
    start, end = settle_ends(ink, rows, 3, (50.0, 1249.0), 4, MM, 2400.0)
    assert abs(start - 50.0) < 1.0
    assert abs(end - 1249.0) < 1.0
