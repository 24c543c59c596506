"""A record onto a page: the story from cells to ink, with the truth of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.render.grid import grid_box_px, paper
from ecgpage.render.ink import Box, box_of, draw_lines
from ecgpage.render.layouts import PULSE_MM, Cell, layout_rows, place_cells, rhythm_leads
from ecgpage.render.lettering import write
from ecgpage.render.printing import print_words
from ecgpage.render.style import PageStyle
from ecgpage.values import Page, Record
from ecgpage.values.truth import Trace, Truth

Sheet = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class RenderedPage:
    """A page and everything that is known about it."""

    page: Page
    truth: Truth


def render_sheet(record: Record, style: PageStyle, seed: int = 0) -> RenderedPage:
    """Draw a record on a flat, clean sheet.

    Parameters
    ----------
    record:
        Leads in mV; those of the twelve standard leads that it has are drawn, NaN is left out.
    style:
        The look, with layout, scale and resolution.
    seed:
        Draws the made-up words of header and footer, nothing else.

    Raises
    ------
    Refused
        ``page-too-narrow`` where less than half a second a column would fit.
    """
    cells = place_cells(record, style)
    sheet = paper(style)
    texts = print_words(sheet, style, seed)
    pulses = draw_pulses(sheet, style, cells)
    draw_separators(sheet, style, cells)
    traces = [trace_of(record, style, cell) for cell in cells]
    draw_traces(sheet, style, traces)
    named = []
    for cell, trace in zip(cells, traces, strict=True):
        box = write_name(sheet, style, cell)
        texts.append((cell.lead, box))
        named.append(replace(trace, name_box_px=box))
    page = Page(sheet, source=record.name or "record", format="render", dpi=style.dpi)
    return RenderedPage(page, _truth(record, style, seed, named, pulses, texts))


def renamed(record: Record, name: str) -> Record:
    """The same record under another name."""
    return replace(record, name=name)


def trace_of(record: Record, style: PageStyle, cell: Cell) -> Trace:
    rate = record.rate_hz
    first, last = round(cell.start_s * rate), round(cell.end_s * rate)
    last = min(last, record.signal_mv.shape[1])
    step = max(1, round(rate / style.drawn_rate_hz)) if style.drawn_rate_hz else 1
    index = np.arange(first, last, step)
    times_s = index / rate
    values_mv = np.asarray(record.lead(cell.lead)[index], np.float64)
    scale = style.px_per_mm
    columns = (cell.left_mm + (times_s - cell.start_s) * style.speed_mm_per_s) * scale - 0.5
    baseline = cell.baseline_mm * scale - 0.5
    rows = baseline - values_mv * style.gain_mm_per_mv * scale
    height, width = style.shape_px
    outside = (rows < -0.5) | (rows > height - 0.5) | (columns < -0.5) | (columns > width - 0.5)
    values_mv = np.where(outside, np.nan, values_mv)
    points = np.stack([rows, columns], axis=1)
    seen = points[np.isfinite(values_mv)]
    return Trace(
        lead=cell.lead, row=cell.row, column=cell.column, rhythm=cell.rhythm,
        start_s=cell.start_s, end_s=cell.end_s, times_s=times_s, values_mv=values_mv,
        points_px=points,
        baseline_px=np.array([[baseline, columns[0]], [baseline, columns[-1]]]),
        box_px=box_of(seen) if seen.size else (baseline, columns[0], baseline, columns[-1]),
    )  # fmt: skip


def _runs(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The polyline without its NaNs, as one piece for each stretch of two samples or more."""
    good = np.isfinite(points[:, 0])
    edges = np.flatnonzero(np.diff(np.r_[False, good, False].astype(int)))
    return [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def draw_traces(sheet: Sheet, style: PageStyle, traces: list[Trace]) -> None:
    width_px = style.line_width_mm * style.px_per_mm
    rows: dict[int, list[NDArray[np.float64]]] = {}
    for trace in traces:
        rows.setdefault(trace.row, []).append(trace.points_px)
    for stretches in rows.values():
        lines = [np.concatenate(stretches)] if style.joined else stretches
        pieces = [run for line in lines for run in _runs(line)]
        draw_lines(sheet, pieces, width_px, style.ink_rgb, style.ink_strength)


def draw_pulses(sheet: Sheet, style: PageStyle, cells: tuple[Cell, ...]) -> list[Box]:
    if style.pulse == "none":
        return []
    scale, boxes = style.px_per_mm, []
    foot = min((PULSE_MM - style.pulse_width_mm) / 2 - 1.2, 1.8)
    up, down = foot, foot + style.pulse_width_mm
    shape = np.array([[0, 0], [0, up], [1, up], [1, down], [0, down], [0, down + foot]])
    for cell in _row_ends(cells, style.pulse):
        if style.pulse == "left":
            left_mm = cell.left_mm - PULSE_MM + 1.0
        else:
            left_mm = cell.left_mm + (cell.end_s - cell.start_s) * style.speed_mm_per_s + 1.0
        rows_mm = cell.baseline_mm - shape[:, 0] * style.gain_mm_per_mv
        line = np.stack([rows_mm, left_mm + shape[:, 1]], axis=1) * scale - 0.5
        draw_lines(sheet, [line], style.line_width_mm * scale, style.ink_rgb, style.ink_strength)
        boxes.append(box_of(line))
    return boxes


def _row_ends(cells: tuple[Cell, ...], side: str) -> list[Cell]:
    ends: dict[int, Cell] = {}
    for cell in cells:
        other = ends.get(cell.row)
        if other is None or (cell.column < other.column) == (side == "left"):
            ends[cell.row] = cell
    return list(ends.values())


def draw_separators(sheet: Sheet, style: PageStyle, cells: tuple[Cell, ...]) -> None:
    rows = layout_rows(style.layout)[0]
    inner = [cell for cell in cells if cell.column > 0]
    if style.separator == "none" or not inner:
        return
    parts = {"ticks": ((-5.8, -1.7), (2.3, 6.3)), "bar": ((-3.5, 3.5),)}
    width_mm = {"ticks": 0.4, "bar": 0.9, "line": style.line_width_mm}[style.separator]
    if style.separator == "line":
        baselines = [cell.baseline_mm for cell in cells if cell.row < rows]
        spans = ((min(baselines) - 5.5, max(baselines) + 5.5),)
        inner = [cell for cell in inner if cell.row == 0]
        marks = [(a, b, cell.left_mm) for cell in inner for a, b in spans]
    else:
        marks = [
            (cell.baseline_mm + a, cell.baseline_mm + b, cell.left_mm)
            for cell in inner
            for a, b in parts[style.separator]
        ]
    lines = [np.array([[a, c], [b, c]]) * style.px_per_mm - 0.5 for a, b, c in marks]
    for line in lines:
        draw_lines(sheet, [line], width_mm * style.px_per_mm, style.ink_rgb, style.ink_strength)


def write_name(sheet: Sheet, style: PageStyle, cell: Cell) -> Box:
    letters, scale = style.lettering, style.px_per_mm
    left_mm, anchor = cell.left_mm + 0.8, "left"
    bottom_mm = {
        "above": cell.baseline_mm - letters.offset_mm,
        "below": cell.baseline_mm + letters.offset_mm + letters.size_mm,
        "on": cell.baseline_mm - 0.5,
        "margin": cell.baseline_mm + letters.size_mm / 2,
    }[letters.place]
    if letters.place == "margin" and cell.column == 0:
        left_mm = cell.left_mm - (PULSE_MM if style.pulse == "left" else 1.0)
        anchor = "right"
    elif letters.place == "margin":
        bottom_mm = cell.baseline_mm - 5.0
    return write(
        sheet, cell.lead, (bottom_mm * scale - 0.5, left_mm * scale - 0.5),
        family=letters.family, capital_px=letters.size_mm * scale, rgb=style.ink_rgb,
        anchor=anchor, strength=style.ink_strength,
    )  # fmt: skip


def _truth(
    record: Record,
    style: PageStyle,
    seed: int,
    traces: list[Trace],
    pulses: list[Box],
    texts: list[tuple[str, Box]],
) -> Truth:
    height, width = style.shape_px
    corners = [[-0.5, -0.5], [-0.5, width - 0.5], [height - 0.5, width - 0.5], [height - 0.5, -0.5]]
    return Truth(
        record=masked(record, traces), whole=record, layout=style.layout,
        rhythm=rhythm_leads(style), simultaneous=style.simultaneous, px_per_mm=style.px_per_mm,
        speed_mm_per_s=style.speed_mm_per_s, gain_mm_per_mv=style.gain_mm_per_mv,
        sheet_shape_px=style.shape_px, page_shape_px=style.shape_px,
        corners_px=np.array(corners), traces=tuple(traces), grid_box_px=grid_box_px(style),
        pulse_boxes_px=tuple(pulses), texts=tuple(texts), seed=seed, style=asdict(style),
    )  # fmt: skip


def masked(record: Record, traces: list[Trace]) -> Record:
    """What the traces show of a record: NaN elsewhere, with the reason."""
    samples = record.signal_mv.shape[1]
    shown = np.full((len(record.leads), samples), np.nan)
    for trace in traces:
        row = record.leads.index(trace.lead)
        first, last = (round(t * record.rate_hz) for t in (trace.start_s, trace.end_s))
        last = min(last, samples)
        off = np.interp(np.arange(first, last), trace.times_s * record.rate_hz,
                        np.isnan(trace.values_mv).astype(float)) > 0  # fmt: skip
        stretch = np.asarray(record.signal_mv[row, first:last], np.float64)
        shown[row, first:last] = np.where(off, shown[row, first:last], stretch)
    reasons = {
        lead: "not drawn on the page at that time"
        for lead, row in zip(record.leads, shown, strict=True)
        if np.isnan(row).any()
    }
    return replace(record, signal_mv=shown, reasons=reasons, confidence={})
