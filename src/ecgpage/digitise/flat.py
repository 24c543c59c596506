"""From a page to its flat sheet: the grid found, the perspective and the bends taken out."""

from __future__ import annotations

from ecgpage.digitise import refuse
from ecgpage.digitise.gridless import sheet_without_grid
from ecgpage.digitise.gridwave import grid_wave
from ecgpage.digitise.lattice import Lattice, find_lattice
from ecgpage.digitise.prepare import reduce
from ecgpage.digitise.rectify import rectify
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.sheet import Sheet
from ecgpage.values import Page

LEAST_CLARITY = 0.3
LEAST_PX_PER_MM = 2.0
LEAST_CELLS = 100
"""Squares of 5 mm in which the grid must be seen: 25 cm^2 of paper."""


def flat_sheet(page: Page, settings: Settings) -> tuple[Sheet, Lattice | None]:
    """The page as a flat sheet, and its grid; raises a refusal where nothing gives the scale."""
    image, reduced = reduce(page.image, settings.longest_side_px)
    if min(image.shape[:2]) < 128:
        raise refuse.too_small(page.name, f"{image.shape[1]} x {image.shape[0]} pixels")
    wave = grid_wave(image)
    lattice = find_lattice(wave)
    plain = sheet_without_grid(page, image, reduced, lattice)
    if plain is not None:
        return plain, lattice
    if lattice is None or lattice.clarity < LEAST_CLARITY:
        raise refuse.no_grid(page.name, "a picture in which no lines repeat")
    sheet = rectify(image, wave, lattice, reduced)
    if sheet.grid is not None and sheet.grid.sum() < LEAST_CELLS:
        raise refuse.no_grid(page.name, "a pattern that repeats in a few places only")
    if min(sheet.px_per_mm) < LEAST_PX_PER_MM:
        raise refuse.too_small(page.name, f"{min(sheet.px_per_mm):.1f} pixels a millimetre")
    return sheet, lattice
