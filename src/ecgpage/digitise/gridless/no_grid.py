"""Pages printed without a grid: the file's resolution gives the scale, the ink what is straight."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.paper import alike
from ecgpage.digitise.flatten.rectify import sheet_density, warp
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless.straighten import View, find_view
from ecgpage.digitise.ink.network import NetworkMissing, network_cover
from ecgpage.digitise.ink.shading import darkness
from ecgpage.values import Page

Array = NDArray[np.float64]
Image = NDArray[np.float32]

DPI = (90.0, 1200.0)
"""Resolutions that a file states on purpose; 72 and below is what programs write unasked."""
MM_PER_INCH = 25.4
INK_PX_PER_MM = 6.0
"""Density at which ink is looked at: enough for lines of a quarter of a millimetre."""
PAPER_MM = 6.0
DARK = 0.35
INK = 0.4
STRAIGHT_DEG = 0.35
"""What is turned by less, and not in perspective, is read as it is: the turn is known to 0.1 or
0.2 degrees (8 development renders), and sought in steps of 0.1, on none of which this lies."""
AROUND_MM = 20.0
"""So much around the ink is kept."""
STEP_MM = 2.5


def sheet_without_grid(page: Page, image: NDArray[np.uint8], reduced: float) -> Sheet | None:
    """The page made straight by its ink; None where its file states no resolution."""
    if page.dpi is None or not DPI[0] <= page.dpi <= DPI[1]:
        return None
    scale = page.dpi / MM_PER_INCH / reduced
    as_it_is = Sheet(image=image, px_per_mm=(scale, scale), reduced=reduced)
    ink = _ink(image, scale)
    view = find_view(ink, INK_PX_PER_MM)
    if view is None:
        return as_it_is
    box = _box(view, ink)
    if abs(np.rad2deg(view.turn)) < STRAIGHT_DEG and not view.tilted:
        return as_it_is
    density = sheet_density((scale, scale))
    step = round(STEP_MM * density)
    nodes = _nodes(view, box, step / density, image.shape, scale)
    shape = _shape(box, density)
    sheet = warp(image, nodes, shape, step)
    return Sheet(
        image=sheet,
        px_per_mm=(density, density),
        nodes_px=nodes,
        step_px=step,
        paper=alike(sheet, density, _around(view, box, ink)),
        rotation_deg=float(np.rad2deg(view.turn)),
        reduced=reduced,
    )


def _ink(image: NDArray[np.uint8], px_per_mm: float) -> Image:
    """Ink of any kind, 0 to 1, at INK_PX_PER_MM."""
    factor = INK_PX_PER_MM / px_per_mm
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=how), np.uint8)
    try:
        found = network_cover(Sheet(image=small, px_per_mm=(INK_PX_PER_MM, INK_PX_PER_MM)))
        ink = np.maximum(np.maximum(found.line, found.separator), found.print)
        return np.asarray(ink, np.float32)
    except NetworkMissing:
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        dark = darkness(grey, round(PAPER_MM * INK_PX_PER_MM))
        return np.asarray(np.clip(dark / DARK - 0.5, 0.0, 1.0), np.float32)


def _box(view: View, ink: Image) -> tuple[float, float, float, float]:
    """Left, top, right, bottom (mm from the picture's centre) of the sheet around its ink."""
    u, v = _inked(view, ink)
    (left, right), (top, bottom) = np.percentile(u, [0.2, 99.8]), np.percentile(v, [0.2, 99.8])
    return left - AROUND_MM, top - AROUND_MM, right + AROUND_MM, bottom + AROUND_MM


def _shape(box: tuple[float, float, float, float], px_per_mm: float) -> tuple[int, int]:
    return round((box[3] - box[1]) * px_per_mm), round((box[2] - box[0]) * px_per_mm)


def _nodes(
    view: View,
    box: tuple[float, float, float, float],
    step_mm: float,
    shape: tuple[int, ...],
    px_per_mm: float,
) -> NDArray[np.float32]:
    """Places (row, column) in the picture of sheet nodes ``step_mm`` apart."""
    left, top, right, bottom = box
    v = top + step_mm * np.arange(int(np.ceil((bottom - top) / step_mm)) + 2)
    u = left + step_mm * np.arange(int(np.ceil((right - left) / step_mm)) + 2)
    uu, vv = np.meshgrid(u, v)
    x, y = view.to_picture(uu, vv)
    places = np.stack([y * px_per_mm + shape[0] / 2, x * px_per_mm + shape[1] / 2], axis=-1) - 0.5
    return np.asarray(places, dtype=np.float32)


def _around(view: View, box: tuple[float, float, float, float], ink: Image) -> NDArray[np.bool_]:
    """True in the millimetres of the sheet within the convex hull of most of the ink: paper."""
    out = np.zeros(_shape(box, 1.0), np.uint8)
    u, v = _inked(view, ink)
    near = np.stack([u - box[0], v - box[1]], axis=1)
    low, high = np.percentile(near, [0.5, 99.5], axis=0)
    near = near[((near >= low) & (near <= high)).all(axis=1)]
    cv2.fillConvexPoly(out, cv2.convexHull(near.astype(np.int32)), (1,))
    return out > 0


def _inked(view: View, ink: Image) -> tuple[Array, Array]:
    """Places of ink on the sheet (right, down; mm from the picture's centre)."""
    rows, columns = np.nonzero(ink > INK)
    y = (rows - ink.shape[0] / 2 + 0.5) / INK_PX_PER_MM
    x = (columns - ink.shape[1] / 2 + 0.5) / INK_PX_PER_MM
    return view.to_sheet(x, y)
