"""Which lead stands where, and which part of the time it shows."""

from __future__ import annotations

from dataclasses import dataclass

from ecgpage.render.style import PageStyle
from ecgpage.values import LEADS, Record, Refusal, Refused

PULSE_MM = 11.0
"""Width kept for the calibration pulse: 5 mm of pulse with its feet and some air."""
AIR_MM = 4.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One stretch of one lead, placed on the flat sheet (mm from the paper's top left corner)."""

    lead: str
    row: int
    column: int
    rhythm: bool
    start_s: float
    end_s: float
    left_mm: float
    baseline_mm: float


def layout_rows(layout: str) -> tuple[int, int, int]:
    """Rows, columns and rhythm strips of a layout's name: ``3x4+1`` is (3, 4, 1)."""
    shape, _, strips = layout.partition("+")
    rows, _, columns = shape.partition("x")
    return int(rows), int(columns), int(strips or 0)


def traces_width_mm(style: PageStyle) -> float:
    """What is left for the traces between the margins, after the pulse."""
    _, left, _, right = style.margins_mm
    return style.paper_mm[1] - left - right - _before_mm(style) - _after_mm(style)


def place_cells(record: Record, style: PageStyle) -> tuple[Cell, ...]:
    """The cells of a page.

    The page shows as many whole columns' seconds as fit the paper: the record's length, or
    ``style.seconds``, or less where speed and paper allow no more.
    """
    rows, columns, strips = layout_rows(style.layout)
    fits_s = traces_width_mm(style) / style.speed_mm_per_s
    shown_s = min(record.duration_s, style.seconds or record.duration_s, fits_s)
    if shown_s < 0.5 * columns:
        raise _too_narrow(record, style, shown_s)
    column_s = shown_s / columns
    width_mm = shown_s * style.speed_mm_per_s
    left_mm = style.margins_mm[1] + _before_mm(style)
    spare_mm = traces_width_mm(style) - width_mm
    left_mm += min(spare_mm / 2, 8.0) if spare_mm > 0 else 0.0
    baselines = _baselines_mm(style, rows + strips)
    cells = []
    for k, lead in enumerate(LEADS):
        if lead not in record.leads:
            continue
        column, row = divmod(k, rows)
        start_s = 0.0 if style.simultaneous else column * column_s
        place_mm = left_mm + column * column_s * style.speed_mm_per_s
        cells.append(
            Cell(lead, row, column, False, start_s, start_s + column_s, place_mm, baselines[row])
        )
    for k in range(strips):
        lead = rhythm_leads(style)[k]
        if lead in record.leads:
            row = rows + k
            cells.append(Cell(lead, row, 0, True, 0.0, shown_s, left_mm, baselines[row]))
    return tuple(cells)


def rhythm_leads(style: PageStyle) -> tuple[str, ...]:
    """The leads of the rhythm strips; the usual ones where the style names too few."""
    strips = layout_rows(style.layout)[2]
    usual = [lead for lead in ("II", "V1", "V5", "III") if lead not in style.rhythm]
    return tuple([*style.rhythm, *usual][:strips])


def _before_mm(style: PageStyle) -> float:
    names = 9.0 if style.lettering.place == "margin" else 0.0
    return (PULSE_MM if style.pulse == "left" else AIR_MM) + names


def _after_mm(style: PageStyle) -> float:
    return PULSE_MM if style.pulse == "right" else AIR_MM


def _baselines_mm(style: PageStyle, rows: int) -> list[float]:
    top = style.margins_mm[0] + style.inset_mm[0]
    bottom = style.paper_mm[0] - style.margins_mm[2] - style.inset_mm[1]
    return [top + (bottom - top) * (k + 0.5) / rows for k in range(rows)]


def _too_narrow(record: Record, style: PageStyle, shown_s: float) -> Refused:
    return Refused(
        Refusal(
            where=record.name or "record",
            what=f"a {style.layout} page of this size would show less than half a second a column",
            expected="at least 0.5 s in each column",
            received=f"{shown_s:.2f} s in all at {style.speed_mm_per_s:g} mm/s "
            f"on {style.paper_mm[1]:g} mm of paper",
            todo="Use wider paper, a lower speed or a longer record.",
            code="page-too-narrow",
        )
    )
