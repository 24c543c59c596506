"""Where the sheet is paper and where it is the table that the paper lies on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.at_once import at_once
from ecgpage.digitise.flatten.gridded import gridded

Image = NDArray[np.float32]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LINES_MM = 1.3
"""Lines thinner than this, dark or bright, do not count as a colour of their own."""
SURE = 0.75
"""Share of the usual clearness from which on a cell's grid is no chance."""
WITHIN_CELLS = 2
"""What lies so many cells within the sure grid is paper without looking."""
STAIN_MM2 = 60.0
"""Where so much within the grid has another colour, it is looked whether the grid is seen on it."""
BEYOND_CELLS = 2
"""So far beyond the grid that was seen the paper's colour decides alone: the last cells are often
missed, and tall complexes reach out of a printed grid."""
AROUND_MM = 15.0
"""The paper's colour is that of the sure paper about so far around."""
DARKER = 0.6
COLOURED = 0.14
"""Natural logarithms: how much darker or brighter (all channels), and how much redder or bluer than
the paper (red over blue, green over the others), a table is at least. Light that falls on folds and
shadows change the brightness more slowly or less."""
ALONG_MM = 4
SLIVER = 0.4
"""Over so much to both sides the last millimetre of a picture is darker than the paper, as a
natural logarithm, where a table shows; a trace that runs along it makes it 0.3 darker."""
COARSE_PX_PER_MM = 4.0
MARGIN_MM = 25
"""Density, about, at which margins are looked for, and how wide they are at most."""
AROUND = np.ones((3, 3), np.uint8)


def paper_mask(
    image: NDArray[np.uint8],
    px_per_mm: float,
    seen: Mask,
    clear: Array,
    pictured: Mask,
    steady_cells: float = 0.0,
) -> Mask:
    """True on paper, one value for each millimetre of the sheet, (down, across).

    ``seen``: the patch in which the grid was seen, evenly over the sheet; ``clear``: how
    clearly, 0 to 1; ``pictured``: what of the sheet lies in the picture, a value for each
    millimetre; ``steady_cells``: over how many cells the clearness was smoothed (standard
    deviation). Around the convex hull of the patch that is table which hangs together with the
    sheet's border, is not sure to carry a grid and has another colour than the paper beside it.
    A stain has another colour too, but shows the grid.
    """
    rows, columns = pictured.shape
    hull = _hull(seen.astype(np.uint8))
    hull = np.asarray(cv2.dilate(hull, np.ones((2 * BEYOND_CELLS + 1,) * 2, np.uint8)), np.uint8)
    inside = cv2.resize(hull, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    inside &= pictured
    sure = _core(seen, clear, WITHIN_CELLS + round(2 * steady_cells))
    core = cv2.resize(sure, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    if not core.any():
        return np.asarray(inside)
    look = _look(image, px_per_mm, (columns, rows))
    paper = _alike(look, core, inside)
    within = cv2.erode(_hull(seen.astype(np.uint8)), np.ones((5, 5), np.uint8), borderValue=0)
    deep = cv2.resize(within, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    if np.count_nonzero(deep & ~paper) < STAIN_MM2:
        return paper
    shown = gridded(image, px_per_mm, sure > 0).astype(np.uint8)
    shown = np.asarray(cv2.erode(shown, np.ones((3, 3), np.uint8), borderValue=0), np.uint8)
    core |= cv2.resize(shown, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    return _alike(look, core, inside)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """Colours without thin lines (:func:`_colour`), and how bright green is, each millimetre."""

    colour: Image
    grey: NDArray[np.uint8]


def _look(image: NDArray[np.uint8], px_per_mm: float, size: tuple[int, int]) -> _Look:
    """How a sheet of so many millimetres looks."""

    def grey() -> NDArray[np.uint8]:
        green = cv2.extractChannel(image, 1)
        return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), np.uint8)

    return _Look(*at_once(lambda: _colour(image, px_per_mm, size), grey))


def _alike(look: _Look, core: Mask, inside: Mask) -> Mask:
    """True on paper, as by :func:`paper_mask`, where ``core`` surely is paper (values each mm)."""
    differs = _differs(look.colour, core) & ~core
    outside, beside = _outside(differs | ~inside)
    table = np.asarray(cv2.dilate((outside & differs).view(np.uint8), AROUND)) > 0
    rim = beside & ~outside & ~table
    return np.asarray(~beside | (rim & ~_slivers(look.grey, core, rim)))


def alike(image: NDArray[np.uint8], px_per_mm: float, core: Mask) -> Mask:
    """True on what hangs together with ``core``, which surely is paper (each mm), by its colour."""
    colour = _colour(image, px_per_mm, (core.shape[1], core.shape[0]))
    return np.asarray(~_outside(_differs(colour, core) & ~core)[1])


def _outside(other: Mask) -> tuple[Mask, Mask]:
    """What hangs together with the sheet's border, and the same grown by a millimetre."""
    _, label = cv2.connectedComponents(np.pad(other, 1, constant_values=True).view(np.uint8))
    outside = np.asarray((label == label[0, 0])[1:-1, 1:-1])
    return outside, np.asarray(cv2.dilate(outside.view(np.uint8), AROUND)) > 0


def with_margin(image: NDArray[np.uint8], px_per_mm: tuple[float, float], paper: Mask) -> Mask:
    """The paper with what lies around it and has its colour: margins without a grid.

    Speed and gain are often printed there. ``paper``: as :func:`paper_mask` makes it.
    """
    whole = max(1, round(max(px_per_mm) / COARSE_PX_PER_MM))
    rows, columns = (length // whole for length in image.shape[:2])
    cut = image[: rows * whole, : columns * whole]
    small = np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    size = 2 * MARGIN_MM + 1
    near = cv2.dilate(paper.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    return paper | (alike(small, max(px_per_mm) / whole, paper) & near)


def _core(seen: Mask, clear: Array, within_cells: int) -> NDArray[np.uint8]:
    """1 in cells that surely are paper: well within the hull of the clear grid."""
    if not seen.any():
        return seen.astype(np.uint8)
    usual = float(np.median(clear[seen]))
    found = (cv2.blur(clear, (3, 3)) > SURE * usual).astype(np.uint8)
    closed = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    sure = np.asarray(opened, np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(sure, connectivity=4)
    if count > 2:
        sure = (label == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    size = 2 * within_cells + 1
    within = cv2.erode(_hull(sure), np.ones((size, size), np.uint8), borderValue=0)
    return np.asarray(within, np.uint8)


def _hull(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 within the convex hull of the cells that are not 0."""
    out = np.zeros_like(cells)
    if cells.any():
        corners = cv2.convexHull(np.argwhere(cells)[:, ::-1].astype(np.int32))
        cv2.fillConvexPoly(out, corners, (1,))
    return out


def _colour(image: NDArray[np.uint8], px_per_mm: float, size: tuple[int, int]) -> Image:
    """Log of the colours without thin lines, one value a millimetre, (down, across, 3)."""
    width = max(3, round(LINES_MM * px_per_mm)) | 1
    kernel = np.ones((width, width), np.uint8)
    middle, around = len(image) // 2, 2 * width

    def bare(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
        closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, kernel)
        return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel), np.uint8)

    upper, lower = at_once(
        lambda: bare(image[: middle + around])[:middle],
        lambda: bare(image[max(middle - around, 0) :])[-(len(image) - middle) :],
    )
    small = cv2.resize(np.vstack([upper, lower]), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.log(np.maximum(small, 8).astype(np.float32)), np.float32)


def _slivers(grey: NDArray[np.uint8], core: Mask, rim: Mask) -> Mask:
    """Where the picture's rim is dark for some way along: a table too narrow for its colour."""
    log = np.log(np.maximum(grey, 8).astype(np.float32))
    weight = rim.astype(np.float32)
    size = (2 * ALONG_MM + 1,) * 2
    mean = cv2.blur(log * weight, size) / np.maximum(cv2.blur(weight, size), 1e-6)
    return np.asarray(mean < float(np.median(log[core])) - SLIVER)


def _differs(colour: Image, core: Mask) -> Mask:
    """Where the colour is not that of the sure paper around."""
    weight = core.astype(np.float32)
    paper = np.zeros_like(colour)
    open_ = np.ones(core.shape, bool)
    sigma = AROUND_MM / 2
    while open_.any() and sigma < 2 * max(core.shape):
        below = _blurred(weight, sigma)
        top = _blurred(colour * weight[..., None], sigma)
        ready = open_ & (below > 1e-3)
        paper[ready] = top[ready] / below[ready, None]
        open_ &= ~ready
        sigma *= 2
    ratio = colour - paper
    red, green, blue = cv2.split(ratio)
    bright = (red + green + blue) / 3
    tinted = np.maximum(np.abs(red - blue), np.abs(green - (red + blue) / 2))
    return np.asarray((bright / DARKER) ** 2 + (tinted / COLOURED) ** 2 > 1.0)


def _blurred(picture: Image, sigma: float) -> Image:
    """The picture blurred; far, on one reduced so far that it is blurred no further than usual."""
    step = int(sigma * 2 / AROUND_MM)
    small = picture
    if step > 1:
        size = tuple(max(1, round(length / step)) for length in picture.shape[1::-1])
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    out = cv2.GaussianBlur(small, (0, 0), sigma / step)
    if step > 1:
        out = cv2.resize(out, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(out, np.float32)
