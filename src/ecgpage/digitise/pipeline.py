"""From a page to its leads, step by step."""

from __future__ import annotations

from dataclasses import replace

from ecgpage.digitise import refuse
from ecgpage.digitise.assemble import cut_pieces, stack_leads
from ecgpage.digitise.details import Details
from ecgpage.digitise.gridwave import grid_wave
from ecgpage.digitise.lattice import find_lattice
from ecgpage.digitise.layout import RATE_HZ, choose_rows
from ecgpage.digitise.prepare import reduce
from ecgpage.digitise.reading import make_reading
from ecgpage.digitise.rectify import rectify
from ecgpage.digitise.scale import find_scale
from ecgpage.digitise.separators import refine_ends, stroke_profile
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.sheet import Sheet
from ecgpage.digitise.timeline import common_ends, row_signal
from ecgpage.digitise.tracing import Traced, retrace, trace_rows
from ecgpage.values import Page, Reading, Record

import numpy as np  # isort: skip


def digitise(page: Page, settings: Settings | None = None) -> Record:
    """The leads of a page in mV; raises :class:`ecgpage.values.Refused` with the reason."""
    return read_page(page, settings).record


def read_page(page: Page, settings: Settings | None = None) -> Reading:
    """The leads of a page with everything that was found on the way to them."""
    return read_with_details(page, settings)[0]


def read_with_details(page: Page, settings: Settings | None = None) -> tuple[Reading, Details]:
    """As :func:`read_page`, with the intermediate values of each step."""
    settings = settings or Settings()
    image, reduced = reduce(page.image, settings.longest_side_px)
    wave = grid_wave(image)
    lattice = find_lattice(wave)
    if lattice is None or lattice.clarity < 0.5:
        raise refuse.no_grid(page.name, "a picture in which no lines repeat")
    sheet = rectify(image, wave, lattice, reduced)
    if min(sheet.px_per_mm) < 2.0:
        raise refuse.too_small(page.name, f"{min(sheet.px_per_mm):.1f} pixels a millimetre")
    traced = trace_rows(sheet)
    if len(traced.rows) == 0:
        raise refuse.no_traces(page.name, "no row of ink from left to right")
    return _lay_out(page, sheet, traced, lattice, settings)


def _lay_out(page, sheet: Sheet, traced: Traced, lattice, settings: Settings):  # type: ignore[no-untyped-def]
    ends = common_ends(traced.rows, sheet.px_per_mm[1])
    scale = find_scale(page, traced, sheet, settings)
    assert np.isfinite(ends).all() and np.isfinite(scale.speed_mm_per_s), (ends, scale)
    step = sheet.px_per_mm[1] * scale.speed_mm_per_s / RATE_HZ
    columns = np.arange(ends[0], ends[1] + 1, step)
    signals = [
        row_signal(row, columns, sheet.px_per_mm[0], scale.gain_mm_per_mv) for row in traced.rows
    ]
    chosen = choose_rows(signals)
    if chosen is None:
        raise refuse.unknown_layout(page.name, f"{len(signals)} rows of traces")
    first, last, placed = chosen
    traced = replace(traced, rows=traced.rows[first:last])
    upper = traced.rows[: len(placed.layout.cells)]
    profile = stroke_profile(traced.all_ink, upper, sheet.px_per_mm)
    ten = settings.duration_s * scale.speed_mm_per_s * sheet.px_per_mm[1]
    better, found = refine_ends(profile, ends, placed.layout.columns, sheet.px_per_mm[1], ten)
    if found > 0.6:
        ends = better
        count = placed.layout.columns
        width = (ends[1] - ends[0] + 1) / count
        traced = retrace(traced, sheet, [ends[0] + k * width for k in range(1, count)])
    details = Details(lattice, sheet, traced, placed, ends)
    pieces = cut_pieces(
        traced.rows, placed, ends, sheet.px_per_mm,
        (scale.speed_mm_per_s, scale.gain_mm_per_mv), settings,
    )
    return make_reading(page, details, pieces, stack_leads(pieces, settings), scale, settings), details
