"""From a page to its flat sheet: the grid found, the perspective and the bends taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise import refuse
from ecgpage.digitise.flatten.gridwave import grid_wave
from ecgpage.digitise.flatten.lattice import Lattice, find_lattice
from ecgpage.digitise.flatten.rectify import rectify
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless.no_grid import sheet_without_grid
from ecgpage.digitise.gridless.relieve import relieved
from ecgpage.digitise.gridless.stated import (
    contradicted,
    mistaken_grid,
    mistaken_period,
    only_blocks,
)
from ecgpage.digitise.prepare import reduce
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.trace import Traced
from ecgpage.values import Page

LEAST_PX_PER_MM = 2.0
LEAST_WAVE_PX_PER_MM = 4.2
"""Where the reduced picture of a bent page has fewer pixels a millimetre than this, the thin lines
of its grid are better seen in the whole one: 12 of 49 hard development renders were off by 0.2 mm
(0.95 quantile) from the reduced picture, 8 from the whole one."""
LESS_CLEAR = 0.1
"""The whole picture's grid is left alone where it is less clear by this than the reduced one's."""
LEAST_CELLS = 100
LEAST_CLEAR = 0.68
"""Squares of 5 mm in which the grid must be seen (25 cm^2 of paper), and the share of them in which
both families of lines must stand out. On 60 renders with a grid the share was 0.71 to 1, on 20
without, where text and traces feigned one, 0.3 to 0.7."""
LEAST_LENGTH_MM = 110.0
"""Twelve leads do not fit on less paper: 2.5 s at 25 mm/s make 63 mm, and they stand two by two at
least. Where rows and beats feign a grid it makes a page of some centimetres."""


def flat_sheet(page: Page, settings: Settings) -> tuple[Sheet, Lattice | None]:
    """The page as a flat sheet, and its grid; raises a refusal where nothing gives the scale."""
    image, reduced = reduce(page.image, settings.longest_side_px)
    if min(image.shape[:2]) < 128:
        raise refuse.too_small(page.name, f"{image.shape[1]} x {image.shape[0]} pixels")
    wave = grid_wave(image)
    lattice = find_lattice(wave)
    sheet = None if lattice is None else _grid_sheet(image, wave, lattice, reduced)
    one_period = lattice is not None and lattice.kinds == 1
    if sheet is None or (one_period and (mistaken_period(page, sheet) or only_blocks(page, sheet))):
        sheet = sheet_without_grid(page, image, reduced)
    if sheet is None:
        raise refuse.no_grid(page.name, "a picture in which no lines repeat over 25 cm^2")
    if min(sheet.px_per_mm) < LEAST_PX_PER_MM:
        raise refuse.too_small(page.name, f"{min(sheet.px_per_mm):.1f} pixels a millimetre")
    return sheet, lattice


def sheet_as_stated(page: Page, settings: Settings) -> Sheet | None:
    """The page without regard to its grid, at the resolution that its file states, if it does.

    For pages on which the sheet that the grid gave makes no sense: a faded or copied grid can lead
    astray where the traces themselves lie level.
    """
    image, reduced = reduce(page.image, settings.longest_side_px)
    return sheet_without_grid(page, image, reduced)


def sheet_instead(page: Page, sheet: Sheet, settings: Settings) -> Sheet | None:
    """The page as its file states it where the grid says another scale; None where both agree."""
    return sheet_as_stated(page, settings) if contradicted(page, sheet) else None


def sheet_of_no_grid(page: Page, sheet: Sheet, traced: Traced, settings: Settings) -> Sheet | None:
    """The page without its grid where the rows traced on it say that it is none; else None."""
    if not sheet.cells or not mistaken_grid(page, sheet, traced.rows):
        return None
    return sheet_as_stated(page, settings)


def sheet_without_bends(
    page: Page, sheet: Sheet, traced: Traced, settings: Settings
) -> Sheet | None:
    """A sheet that no grid made flat, flattened by the rows traced on it; None where it is flat."""
    if sheet.cells:
        return None
    image, _ = reduce(page.image, settings.longest_side_px)
    return relieved(page, image, sheet, traced)


def _grid_sheet(
    image: NDArray[np.uint8], wave: NDArray[np.float32], lattice: Lattice, reduced: float
) -> Sheet | None:
    """The sheet that the grid gives, None where no grid is clearly seen.

    Where all tiles of the page say that it lies flat, and its cells that it does not, a rhythm of
    the pixels was taken for the grid; then the unreduced picture is looked at, as it is where no
    grid is seen in the reduced one, or few pixels a millimetre are left.
    """
    sheet = rectify(image, wave, lattice, reduced)
    thin = sheet.nodes_px is not None and sheet.px_per_mm[0] < 2 * LEAST_WAVE_PX_PER_MM
    if wave.shape != image.shape[:2] and (thin or not sheet.consistent or not _seen(sheet)):
        whole = grid_wave(image, reduce=False)
        better = find_lattice(whole)
        if better is not None:
            other = rectify(image, whole, better, reduced)
            sheet = other if _preferred(other, sheet) else sheet
    return sheet if _seen(sheet) else None


def _preferred(other: Sheet, sheet: Sheet) -> bool:
    """Whether the grid in the whole picture is as good as that in the reduced one."""
    if not _seen(sheet) or not sheet.consistent:
        return True
    return _seen(other) and other.clear > sheet.clear - LESS_CLEAR


def _seen(sheet: Sheet) -> bool:
    """Whether the grid is seen on enough paper, in most of it, and makes no page of a stamp."""
    longest = max(n / px for n, px in zip(sheet.image.shape[:2], sheet.px_per_mm, strict=True))
    return sheet.cells >= LEAST_CELLS and sheet.clear >= LEAST_CLEAR and longest >= LEAST_LENGTH_MM
