"""The lines that a PDF page draws."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from ecgpage.read.pdf_geometry import IDENTITY, Matrix, PageGeometry, multiply
from ecgpage.values import Stroke

_DEEPEST = 15
_CURVE_STEPS = 8
"""Straight pieces in place of one Bezier curve."""

Placed = tuple[Any, Matrix]


def find_strokes(page: pdfium.PdfPage, geometry: PageGeometry) -> tuple[Stroke, ...]:
    """Every path of a page as polylines, in the order in which they are drawn.

    A stroked path gives its line's width and colour. A filled one gives its outline with
    ``width_px`` 0 and the fill's colour, so that grids and traces that a program draws as thin
    areas are not lost. Curves become straight pieces; each subpath is a stroke of its own.
    Clipping, dashes and transparency are not looked at, except that what is wholly transparent
    is left out.
    """
    found: list[Stroke] = []
    for handle, within in _objects(page):
        if pdfium_c.FPDFPageObj_GetType(handle) == pdfium_c.FPDF_PAGEOBJ_PATH:
            found.extend(_strokes_of(handle, within, geometry))
    return tuple(found)


def count_objects(page: pdfium.PdfPage, enough: int) -> int:
    """How many objects a page draws, counted no further than ``enough`` + 1."""
    top = int(pdfium_c.FPDFPage_CountObjects(page))
    if top > enough:
        return top
    count = 0
    for _ in _objects(page):
        count += 1
        if count > enough:
            break
    return count


def largest_image(page: pdfium.PdfPage) -> tuple[int, int]:
    """Rows and columns of the page's largest embedded picture, (0, 0) without any."""
    largest = (0, 0)
    columns, rows = ctypes.c_uint(), ctypes.c_uint()
    for handle, _ in _objects(page):
        if pdfium_c.FPDFPageObj_GetType(handle) != pdfium_c.FPDF_PAGEOBJ_IMAGE:
            continue
        if not pdfium_c.FPDFImageObj_GetImagePixelSize(handle, columns, rows):
            continue
        if rows.value * columns.value > largest[0] * largest[1]:
            largest = (rows.value, columns.value)
    return largest


def _objects(page: pdfium.PdfPage) -> Iterator[Placed]:
    """The page's objects with the matrix that they are placed by; forms are entered."""
    for index in range(pdfium_c.FPDFPage_CountObjects(page)):
        yield from _within(pdfium_c.FPDFPage_GetObject(page, index), IDENTITY, 0)


def _within(handle: Any, outer: Matrix, depth: int) -> Iterator[Placed]:
    placed = multiply(_matrix(handle), outer)
    if pdfium_c.FPDFPageObj_GetType(handle) != pdfium_c.FPDF_PAGEOBJ_FORM:
        yield handle, placed
        return
    if depth >= _DEEPEST:
        return
    for index in range(pdfium_c.FPDFFormObj_CountObjects(handle)):
        yield from _within(pdfium_c.FPDFFormObj_GetObject(handle, index), placed, depth + 1)


def _matrix(handle: Any) -> Matrix:
    raw = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(handle, raw):
        return IDENTITY
    return (raw.a, raw.b, raw.c, raw.d, raw.e, raw.f)


def _strokes_of(handle: Any, within: Matrix, geometry: PageGeometry) -> Iterator[Stroke]:
    fill, stroked = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(handle, fill, stroked):
        return
    if stroked.value:
        colour = _colour(pdfium_c.FPDFPageObj_GetStrokeColor, handle)
        width = ctypes.c_float()
        pdfium_c.FPDFPageObj_GetStrokeWidth(handle, width)
        width_px = geometry.width_px(width.value, within)
    elif fill.value:
        colour, width_px = _colour(pdfium_c.FPDFPageObj_GetFillColor, handle), 0.0
    else:
        return
    if colour is None:
        return
    for points in _subpaths(handle):
        if len(points) > 1:
            yield Stroke(geometry.to_pixels(np.array(points), within), width_px, colour)


def _colour(get: Any, handle: Any) -> tuple[int, int, int] | None:
    """RGB, or None where the object is wholly transparent."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not get(handle, red, green, blue, alpha):
        return (0, 0, 0)
    return None if alpha.value == 0 else (red.value, green.value, blue.value)


def _subpaths(handle: Any) -> Iterator[list[tuple[float, float]]]:
    """The path's points in its own coordinates, one list for each subpath."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    control: list[tuple[float, float]] = []
    for index in range(pdfium_c.FPDFPath_CountSegments(handle)):
        segment = pdfium_c.FPDFPath_GetPathSegment(handle, index)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            if points:
                yield points
            points = [(x.value, y.value)]
        elif kind == pdfium_c.FPDF_SEGMENT_BEZIERTO:
            control.append((x.value, y.value))
            if len(control) == 3:
                points.extend(_curve(points[-1] if points else control[0], control))
                control = []
        else:
            points.append((x.value, y.value))
        if pdfium_c.FPDFPathSegment_GetClose(segment) and points and points[-1] != points[0]:
            points.append(points[0])
    if points:
        yield points


def _curve(
    start: tuple[float, float], control: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Points on a cubic Bezier curve, without its start."""
    t: NDArray[np.float64] = np.linspace(0, 1, _CURVE_STEPS + 1)[1:, None]
    p0, p1, p2, p3 = (np.array(point) for point in (start, *control))
    curve = (1 - t) ** 3 * p0 + 3 * t * (1 - t) ** 2 * p1 + 3 * t**2 * (1 - t) * p2 + t**3 * p3
    return [(float(x), float(y)) for x, y in curve]
