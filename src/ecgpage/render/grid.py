"""Paper and grid: everything on it is a product of one profile down and one across."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ecgpage.render.ink import Box
from ecgpage.render.style import Grid, PageStyle, Rgb

Profile = NDArray[np.float32]
Layer = tuple[Profile, Profile, Rgb]
"""Cover down the rows, cover across the columns (their product is what is inked), and the ink."""


def paper(style: PageStyle) -> NDArray[np.uint8]:
    """A fresh sheet with the style's grid, shape (rows, columns, 3), RGB."""
    return _paper(
        style.shape_px, style.px_per_mm, style.margins_mm, style.paper_mm,
        style.paper_rgb, style.grid_paper_rgb, style.grid,
    ).copy()  # fmt: skip


def grid_box_px(style: PageStyle) -> Box | None:
    """(top, left, bottom, right) of the printed grid; None without a grid."""
    if style.grid.kind == "none":
        return None
    top, left, bottom, right = style.margins_mm
    box_mm = (top, left, style.paper_mm[0] - bottom, style.paper_mm[1] - right)
    return tuple(edge * style.px_per_mm - 0.5 for edge in box_mm)  # type: ignore[return-value]


@lru_cache(maxsize=6)
def _paper(
    shape_px: tuple[int, int],
    px_per_mm: float,
    margins_mm: tuple[float, float, float, float],
    paper_mm: tuple[float, float],
    paper_rgb: Rgb,
    grid_paper_rgb: Rgb | None,
    grid: Grid,
) -> NDArray[np.uint8]:
    rows, columns = shape_px
    sheet = np.empty((rows, columns, 3), np.uint8)
    sheet[:] = np.array(paper_rgb, np.uint8)
    top, left, bottom, right = margins_mm
    span_r = (top, paper_mm[0] - bottom)
    span_c = (left, paper_mm[1] - right)
    inner = (_inside(span_r, rows, px_per_mm), _inside(span_c, columns, px_per_mm))
    if grid_paper_rgb is not None:
        sheet[inner] = np.array(grid_paper_rgb, np.uint8)
    if grid.kind != "none":
        _draw_grid(sheet[inner], grid, px_per_mm, (inner[0].start, inner[1].start), span_r, span_c)
    if grid.frame_rgb is not None:
        _draw_frame(sheet, grid, px_per_mm, span_r, span_c)
    return sheet


def _inside(span_mm: tuple[float, float], size_px: int, px_per_mm: float) -> slice:
    return slice(max(round(span_mm[0] * px_per_mm), 0), min(round(span_mm[1] * px_per_mm), size_px))


def _draw_grid(
    part: NDArray[np.uint8],
    grid: Grid,
    px_per_mm: float,
    start_px: tuple[int, int],
    span_r: tuple[float, float],
    span_c: tuple[float, float],
) -> None:
    rows, columns = part.shape[:2]

    def lines(axis: int, every_mm: float, width_mm: float) -> Profile:
        span = (span_r, span_c)[axis]
        count = int((span[1] - span[0]) / every_mm + 1e-6) + 1
        places_mm = span[0] + np.arange(count, dtype=np.float64) * every_mm
        centres = np.asarray(places_mm * px_per_mm - 0.5 - start_px[axis], np.float64)
        if grid.snap:
            centres = np.asarray(np.round(centres), np.float64)
        return cover(centres, width_mm * px_per_mm, (rows, columns)[axis])

    ones_r, ones_c = np.ones(rows, np.float32), np.ones(columns, np.float32)
    layers: list[Layer] = []
    if grid.minor:
        down, across = lines(0, 1.0, grid.minor_width_mm), lines(1, 1.0, grid.minor_width_mm)
        if grid.kind == "dots":
            layers += [(down, across, grid.minor_rgb)]
        else:
            layers += [(down, ones_c, grid.minor_rgb), (ones_r, across, grid.minor_rgb)]
    major_mm = float(grid.major_every)
    down = lines(0, major_mm, grid.major_width_mm)
    across = lines(1, major_mm, grid.major_width_mm)
    dash_r, dash_c = ones_r, ones_c
    if grid.kind == "dashes":
        dash_r, dash_c = lines(0, 1.0, 0.55), lines(1, 1.0, 0.55)
    layers += [(down, dash_c, grid.major_rgb), (dash_r, across, grid.major_rgb)]
    _lay_layers(part, layers)


def _lay_layers(part: NDArray[np.uint8], layers: list[Layer]) -> None:
    """Ink layers that are products of profiles on plain paper.

    A row's look depends on the layers' cover at that row alone, so each different row is
    worked out once (cover rounded to 1/64) and copied.
    """
    covers = np.stack([np.round(down * 64).astype(np.uint8) for down, _, _ in layers], axis=1)
    kinds, which = np.unique(covers, axis=0, return_inverse=True)
    looks = np.repeat(part[:1].astype(np.float32), len(kinds), axis=0)
    for k, (_, across, rgb) in enumerate(layers):
        touched = np.flatnonzero(kinds[:, k])
        weight = (kinds[touched, k, None] / np.float32(64) * across[None, :])[..., None]
        looks[touched] += (np.array(rgb, np.float32) - looks[touched]) * weight
    part[:] = (looks + 0.5).astype(np.uint8)[which.ravel()]


def cover(centres_px: NDArray[np.float64], width_px: float, size_px: int) -> Profile:
    """How much of each pixel lines of one width cover along one axis, 0 to 1."""
    out = np.zeros(size_px, np.float32)
    half = width_px / 2
    first = np.floor(centres_px - half + 0.5).astype(int)
    for k in range(int(np.ceil(width_px)) + 2):
        pixel = first + k
        part = np.minimum(pixel + 0.5, centres_px + half) - np.maximum(
            pixel - 0.5, centres_px - half
        )
        inside = (pixel >= 0) & (pixel < size_px) & (part > 0)
        np.add.at(out, pixel[inside], part[inside].astype(np.float32))
    return np.minimum(out, 1.0)


def _blend(part: NDArray[np.uint8], down: Profile, across: Profile, rgb: Rgb) -> None:
    """Ink the product of two profiles; works on the fewer of the touched rows or columns."""
    ink = np.array(rgb, np.float32)
    if np.count_nonzero(down) > np.count_nonzero(across):
        touched = np.flatnonzero(across)
        weight = (down[:, None] * across[touched][None, :])[..., None]
        under = part[:, touched].astype(np.float32)
        part[:, touched] = (under + (ink - under) * weight + 0.5).astype(np.uint8)
        return
    touched = np.flatnonzero(down)
    weight = (down[touched][:, None] * across[None, :])[..., None]
    under = part[touched].astype(np.float32)
    part[touched] = (under + (ink - under) * weight + 0.5).astype(np.uint8)


def _draw_frame(
    sheet: NDArray[np.uint8],
    grid: Grid,
    px_per_mm: float,
    span_r: tuple[float, float],
    span_c: tuple[float, float],
) -> None:
    rows, columns = sheet.shape[:2]
    half = grid.frame_width_mm / 2
    rgb = grid.frame_rgb or (0, 0, 0)

    def profile(edges_mm: tuple[float, float], width_mm: float, size: int) -> Profile:
        centres = np.array(edges_mm) * px_per_mm - 0.5
        return cover(centres, max(width_mm * px_per_mm, 1.0), size)

    def whole(span: tuple[float, float], size: int) -> Profile:
        centre = np.array([(span[0] + span[1]) / 2 * px_per_mm - 0.5])
        return cover(centre, (span[1] - span[0] + 2 * half) * px_per_mm, size)

    _blend(sheet, profile(span_r, grid.frame_width_mm, rows), whole(span_c, columns), rgb)
    _blend(sheet, whole(span_r, rows), profile(span_c, grid.frame_width_mm, columns), rgb)
