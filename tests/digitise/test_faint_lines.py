"""Lines that are faint beside bold strokes."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.faint import FAINT, MOST_TIMES, USUAL_HEIGHT, raised, times_fainter
from ecgpage.digitise.ink.pen import classical_ink
from ecgpage.digitise.tracing import trace

PX_PER_MM = 6.0
BASELINES_PX = (90, 210, 330)


def page_of(line: tuple[float, float]) -> Sheet:
    """Three waves over bold black strokes; the waves' darkness changes between two values."""
    rows, columns = np.mgrid[:420, :900].astype(float)
    column = np.arange(900)
    beat = 18 * np.exp(-0.5 * ((column % 150 - 75) / 8) ** 2)
    dark = np.zeros((420, 900))
    level = np.where(column % 40 < 30, *line)
    for baseline in BASELINES_PX:
        away = np.abs(rows - (baseline - beat))
        dark = np.maximum(
            dark, level * np.clip(2.0 - away, 0, 1) * (columns > 60) * (columns < 840)
        )
        dark[baseline - 40 : baseline + 40, 448:456] = 1.0
    image = np.repeat((255 * (1 - dark)).astype(np.uint8)[..., None], 3, axis=2)
    return Sheet(image=image, px_per_mm=(PX_PER_MM, PX_PER_MM))


@pytest.mark.parametrize(("height", "times"), [(0.9, 1.0), (0.4, 2.0), (0.1, MOST_TIMES)])
def test_how_much_fainter_lines_are_than_usual(height: float, times: float) -> None:
    cover = np.zeros((40, 100), np.float32)
    cover[20] = height
    line = np.full(100, 20.4)
    line[:30] = np.nan
    assert height >= FAINT or times == min(USUAL_HEIGHT / height, MOST_TIMES)
    assert times_fainter(cover, [line]) == pytest.approx(times)


def test_nothing_is_faint_where_there_is_no_line() -> None:
    assert times_fainter(np.zeros((40, 100), np.float32), [np.full(100, np.nan)]) == 1.0


def test_raised_ink_is_no_more_than_full() -> None:
    ink = classical_ink(page_of((0.45, 0.45)))
    twice = raised(ink, 2.0)
    assert twice.cover.max() == 1.0
    assert np.allclose(twice.cover, np.minimum(2 * ink.cover, 1.0))
    assert twice.strokes is twice.cover
    assert twice.words is ink.words
    assert twice.clear == pytest.approx(ink.clear / 2)


def test_rows_that_fall_to_pieces_beside_bold_strokes_are_whole() -> None:
    sheet = page_of((0.5, 0.36))
    ink = classical_ink(sheet)
    cover = trace._clean(ink, sheet)
    before = trace._trace(sheet, ink, cover, ())
    assert len(before.rows) == 3
    assert max(row.present for row in before.rows) < trace.WHOLE
    after = trace.trace_rows(sheet, "classical")
    assert [round(row.row.baseline_px) for row in after.rows] == pytest.approx(
        list(BASELINES_PX), abs=3
    )
    assert min(row.present for row in after.rows) > 0.97


def test_rows_that_are_whole_are_left_alone() -> None:
    sheet = page_of((1.0, 0.95))
    traced = trace.trace_rows(sheet, "classical")
    assert len(traced.rows) == 3
    assert traced is trace._trace_faint(sheet, traced)
