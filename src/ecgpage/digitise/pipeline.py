"""From a page to its leads, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise import refuse
from ecgpage.digitise.details import Details
from ecgpage.digitise.flat import (
    flat_sheet,
    sheet_as_stated,
    sheet_instead,
    sheet_of_no_grid,
    sheet_without_bends,
)
from ecgpage.digitise.flatten.lattice import Lattice
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.layout.choose import NAME_COST, RATE_HZ, UNCHECKED, Placed, Print, choose_rows
from ecgpage.digitise.layout.namegrid import columns_of
from ecgpage.digitise.layout.names import lead_names
from ecgpage.digitise.leads.assemble import cut_pieces, stack_leads
from ecgpage.digitise.leads.expected import expect_rows
from ecgpage.digitise.leads.scale import Scale, find_scale, settle_scale
from ecgpage.digitise.leads.separators import (
    EXACT_REACH_MM,
    REACH_MM,
    SURE_REACH_MM,
    refine_ends,
    stroke_profile,
)
from ecgpage.digitise.leads.settle import settle_ends
from ecgpage.digitise.leads.timeline import row_signal
from ecgpage.digitise.leads.together import rows_kinship
from ecgpage.digitise.leads.under_strokes import fill_under_strokes
from ecgpage.digitise.reading import make_reading
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.ends import row_ends
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.kinship import Kinship
from ecgpage.digitise.tracing.lostrows import lost_row_elsewhere
from ecgpage.digitise.tracing.retrace import retrace
from ecgpage.digitise.tracing.trace import Traced, pulses_beside, trace_classically, trace_rows
from ecgpage.digitise.turn import doubtful, read_any_way_up
from ecgpage.digitise.vector import drawn_rows, read_vector
from ecgpage.values import Page, Reading, Record, Refused

Array = NDArray[np.float64]
WORST_MISFIT = 0.75
"""Leads that miss Einthoven's and Goldberger's laws by more than this are not what they are
taken for: the sum of unrelated signals lies at 1."""
SURELY_NAMED = 5.0
"""Lead names in rows and columns (sum of scores) that say how many columns there are."""
LEAST_NAMED = 3.0
"""Lead names (sum of scores) without which leads that obey no law are not believed."""
MORE_FOR_NAMES = 0.08
LIMITS = (0.4, 1.5)
"""Each printed lead name at its place allows a worse misfit, each one elsewhere less."""
STROKES_FOUND = 0.6
ALL_STROKES = 0.95
"""Share of rows in which a border must have its stroke; QRS complexes can imitate some."""
SHORTEST_S = 4.0
LONGER = 1.2
"""Rows that last so many times what pages show were read at a wrong scale."""
DOUBTFUL, CLEARLY = -0.5, 0.1
GAP_COST, ENOUGH_NAMES = 2.0, 6.0
"""Where a reading makes less sense than the first of these, another way to find ink is tried, which
must be better by the second. What rows without any ink would cost, and how many names count."""


def digitise(page: Page, settings: Settings | None = None) -> Record:
    """The leads of a page in mV; raises :class:`ecgpage.values.Refused` with the reason."""
    return read_page(page, settings).record


def read_page(page: Page, settings: Settings | None = None) -> Reading:
    """The leads of a page with everything that was found on the way to them."""
    settings = settings or Settings()
    rows = drawn_rows(page)
    if len(rows) >= 3:
        return read_vector(page, rows, settings)
    return read_pixels(page, settings)[0]


def read_pixels(page: Page, settings: Settings | None = None) -> tuple[Reading, Details]:
    """The leads from the page's pixels, with the intermediate values of each step."""
    given = settings or Settings()
    return read_any_way_up(page, lambda turned: _read_upright(turned, given))


def _read_upright(page: Page, settings: Settings) -> tuple[Reading, Details]:
    """The page by its grid; as its file states it where the grid leads to nothing that makes sense.

    A screen's moire may run along the rows as a grid does.
    """
    sheet, lattice = flat_sheet(page, settings)
    if lattice is None:
        return _read_sheet(page, sheet, lattice, settings)
    try:
        found = _read_sheet(page, sheet, lattice, settings)
    except Refused:
        bent = sheet.nodes_px is not None
        plain = sheet_as_stated(page, settings) if bent else sheet_instead(page, sheet, settings)
        if plain is None:
            raise
        return _read_sheet(page, plain, None, settings)
    astray = doubtful(found[1]) or _length_s(found) > LONGER * settings.duration_s
    other = sheet_instead(page, sheet, settings) if astray else None
    if other is None:
        return found
    return _clearer(found, lambda: _read_sheet(page, other, None, settings))


def _length_s(found: tuple[Reading, Details]) -> float:
    """How long the rows last by the scale that was read."""
    reading, details = found
    left, right = details.ends_px
    return (right - left) / reading.px_per_mm[1] / reading.speed_mm_per_s


def _read_sheet(
    page: Page, sheet: Sheet, lattice: Lattice | None, settings: Settings
) -> tuple[Reading, Details]:
    traced = trace_rows(sheet, settings.ink)
    straight = sheet_of_no_grid(page, sheet, traced, settings)
    if straight is not None:
        sheet, traced = straight, trace_rows(straight, settings.ink)
    flatter = sheet_without_bends(page, sheet, traced, settings)
    if flatter is not None:
        sheet, traced = flatter, trace_rows(flatter, settings.ink)
    if settings.ink != "auto" or not traced.ink.learned:
        return _lay_out(page, sheet, traced, lattice, settings)
    return _better(
        lambda: _lay_out(page, sheet, traced, lattice, settings),
        lambda: _lay_out(page, sheet, trace_classically(sheet, traced), lattice, settings),
    )


def _better(
    first: Callable[[], tuple[Reading, Details]], second: Callable[[], tuple[Reading, Details]]
) -> tuple[Reading, Details]:
    """The first way to read the page, or a second one where that makes more sense of it.

    A network that misses faint lines takes them for stray ink; then its rows are full of gaps,
    and leads break the laws that they obey in the ink as it is.
    """
    try:
        found = first()
    except Refused:
        return second()
    if _nonsense(found[1]) < DOUBTFUL:
        return found
    return _clearer(found, second)


def _clearer(
    found: tuple[Reading, Details], second: Callable[[], tuple[Reading, Details]]
) -> tuple[Reading, Details]:
    """What was found, or a second reading that makes clearly more sense."""
    try:
        other = second()
    except Refused:
        return found
    return other if _nonsense(other[1]) < _nonsense(found[1]) - CLEARLY else found


def _nonsense(details: Details) -> float:
    """What speaks against a reading: laws broken, rows with gaps, no names."""
    gaps = 1.0 - float(np.mean([row.present for row in details.traced.rows]))
    return _broken(details.placed) + GAP_COST * gaps


def _lay_out(
    page: Page, sheet: Sheet, traced: Traced, lattice: Lattice | None, settings: Settings
) -> tuple[Reading, Details]:
    """Rows into leads: scale, layout, column borders, time axis."""
    if len(traced.rows) == 0:
        raise refuse.no_traces(page.name, "no row of ink from left to right")
    scale = find_scale(traced, sheet.px_per_mm, settings)
    across_mm = () if traced.printed is None else traced.printed.across_mm
    ends, exact = row_ends(traced.rows, sheet.px_per_mm[1], scale.speed_mm_per_s, across_mm)
    traced = pulses_beside(traced, sheet, ends)
    signals = _signals(traced, ends, sheet, scale)
    length_mm = (ends[1] - ends[0]) / sheet.px_per_mm[1]
    settled = settle_scale(traced, sheet.px_per_mm, settings, scale, signals, length_mm)
    if settled.speed_mm_per_s != scale.speed_mm_per_s:
        ends, exact = row_ends(traced.rows, sheet.px_per_mm[1], settled.speed_mm_per_s, across_mm)
    scale = settled
    first, last, placed, traced = _choose(page, traced, ends, sheet, scale)
    traced = replace(traced, rows=traced.rows[first:last])
    traced, ends = _part_columns(traced, placed, ends, exact, sheet, scale, settings)
    details = Details(lattice, sheet, traced, placed, ends)
    pieces = cut_pieces(
        traced.rows, placed, ends, sheet.px_per_mm,
        (scale.speed_mm_per_s, scale.gain_mm_per_mv), settings, sheet.nodes_px is None,
    )  # fmt: skip
    pieces = fill_under_strokes(pieces, traced.hidden, settings.rate_hz)
    signal_mv = stack_leads(pieces, settings)
    return make_reading(page, details, pieces, signal_mv, scale, settings), details


def _choose(
    page: Page, traced: Traced, ends: tuple[float, float], sheet: Sheet, scale: Scale
) -> tuple[int, int, Placed, Traced]:
    """The rows and the layout that fit best, or a refusal.

    Where the first or the last row is lost it is also tried at the other end.
    """
    px_per_s = sheet.px_per_mm[1] * scale.speed_mm_per_s
    length_s = (ends[1] - ends[0]) / px_per_s
    if length_s < SHORTEST_S:
        raise refuse.unknown_layout(page.name, f"rows that last {max(length_s, 0):.1f} s")
    ends_mm = (ends[0] / sheet.px_per_mm[1], ends[1] / sheet.px_per_mm[1])
    if traced.printed is not None and traced.printed.support >= SURELY_NAMED:
        room = columns_of(traced.printed, ends_mm)
        if room > traced.printed.layout.columns:
            raise refuse.unknown_layout(
                page.name,
                f"lead names in {traced.printed.layout.columns} columns of {room}: "
                "other leads than the standard twelve",
            )
    moved = lost_row_elsewhere(traced.rows)
    ways = [traced] if moved is None else [traced, replace(traced, rows=tuple(moved))]
    found = []
    for way in ways:
        printed = Print(
            lead_names(way.words, sheet.px_per_mm),
            tuple(row.row.baseline_px / sheet.px_per_mm[0] for row in way.rows),
            ends_mm,
            way.printed,
        )
        rows = choose_rows(_signals(way, ends, sheet, scale), printed)
        if rows is not None:
            found.append((*rows, way))
    if not found:
        raise refuse.unknown_layout(page.name, f"{len(traced.rows)} rows of traces")
    chosen = min(found, key=lambda way: _broken(way[2]))
    count = len(chosen[3].rows)
    misfit, named = chosen[2].misfit, chosen[2].named
    allowed = float(np.clip(WORST_MISFIT + MORE_FOR_NAMES * named, *LIMITS))
    if misfit is None and named < LEAST_NAMED:
        raise refuse.unknown_layout(
            page.name,
            f"{count} rows in which no leads stand together that could be checked, "
            f"and {max(named, 0.0):.0f} readable lead names",
        )
    if misfit is not None and misfit > allowed:
        raise refuse.unknown_layout(
            page.name,
            f"{count} rows that miss Einthoven's law as {chosen[2].layout.name} "
            f"(misfit {misfit:.2f}, {max(named, 0.0):.0f} lead names at their places)",
        )
    return chosen


def _broken(placed: Placed) -> float:
    """Laws broken, less names at their places."""
    misfit = UNCHECKED if placed.misfit is None else placed.misfit
    return misfit - NAME_COST * min(placed.named, ENOUGH_NAMES)


def _signals(traced: Traced, ends: tuple[float, float], sheet: Sheet, scale: Scale) -> list[Array]:
    """Each whole row in mV at the rate at which physics is checked."""
    px_per_s = sheet.px_per_mm[1] * scale.speed_mm_per_s
    columns = np.arange(ends[0], ends[1] + 1, px_per_s / RATE_HZ)
    return [
        row_signal(row, columns, sheet.px_per_mm[0], scale.gain_mm_per_mv) for row in traced.rows
    ]


def _part_columns(
    traced: Traced,
    placed: Placed,
    ends: tuple[float, float],
    exact: bool,
    sheet: Sheet,
    scale: Scale,
    settings: Settings,
) -> tuple[Traced, tuple[float, float]]:
    """Ends settled by the strokes between columns, and the strokes taken out of the ink."""
    count = placed.layout.columns
    upper = traced.rows[: len(placed.layout.cells)]
    profile = stroke_profile(traced.all_ink, upper, sheet.px_per_mm)
    ten = settings.duration_s * scale.speed_mm_per_s * sheet.px_per_mm[1]
    pulses = sum(row.pulse is not None for row in traced.rows)
    sure = 2 * pulses >= len(traced.rows)
    reach, least = (SURE_REACH_MM, STROKES_FOUND) if sure else (REACH_MM, ALL_STROKES)
    if exact:
        reach, least = EXACT_REACH_MM, ALL_STROKES
    ink_px = (min(row.left_px for row in upper), max(row.right_px for row in upper))
    better, found = refine_ends(profile, ends, count, sheet.px_per_mm[1], ten, reach, exact, ink_px)
    if found > least:
        ends = better
    ends = settle_ends(traced.all_ink, traced.rows, len(upper), ends, count, sheet.px_per_mm, ten)
    width = (ends[1] - ends[0] + 1) / count
    borders = [ends[0] + k * width for k in range(1, count)]

    def expect(rows: Sequence[TracedRow]) -> Array | None:
        return expect_rows(rows, placed, (ends[0], *borders, ends[1]), sheet.px_per_mm, scale)

    def kinship(rows: Sequence[TracedRow]) -> list[Kinship]:
        return rows_kinship(rows, placed, (ends[0], *borders, ends[1]), sheet.px_per_mm, scale)

    return retrace(traced, sheet, borders, len(upper), ends, expect, kinship), ends
