"""What a rendered page really shows: the signal, the geometry, and the way to the last pixel."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgpage.values.record import Record


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """How the flat sheet became the page: bent, folded, photographed.

    Points are (row, column) in pixels; the centre of the top-left pixel is (0, 0), both on the
    flat sheet and on the page. The map from page to sheet is given at nodes and is linear
    between them; that very map moved the pixels, so it is exact.

    Attributes
    ----------
    nodes_px:
        ndarray, shape (m, n, 2), float32: the place on the flat sheet that is seen at page
        pixel ``((i - 0.5) * step_px - 0.5, (j - 0.5) * step_px - 0.5)``; the nodes reach half a
        step beyond the page.
    step_px:
        Distance of the nodes on the page.
    homography:
        ndarray, shape (3, 3): the flat part of the map, sheet to page, for (column, row, 1).
        What is left after it is bending.
    """

    nodes_px: NDArray[np.float32]
    step_px: int
    homography: NDArray[np.float64]

    def to_sheet(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the page, shape (n, 2), as points of the flat sheet."""
        rows, columns = self.nodes_px.shape[:2]
        at = (np.asarray(points_px, np.float64) + 0.5) / self.step_px + 0.5
        low = np.clip(np.floor(at).astype(int), 0, [max(rows - 2, 0), max(columns - 2, 0)])
        part = at - low
        i, j = low[:, 0], low[:, 1]
        i1, j1 = np.minimum(i + 1, rows - 1), np.minimum(j + 1, columns - 1)
        a, b = part[:, :1], part[:, 1:]
        upper = self.nodes_px[i, j] * (1 - b) + self.nodes_px[i, j1] * b
        lower = self.nodes_px[i1, j] * (1 - b) + self.nodes_px[i1, j1] * b
        return np.asarray(upper * (1 - a) + lower * a, np.float64)

    def to_page(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the flat sheet, shape (n, 2), as points of the page (by fixed-point steps)."""
        wanted = np.asarray(points_px, np.float64)
        back = np.asarray(np.linalg.inv(self.homography), np.float64)
        guess = _project(self.homography, wanted)
        for _ in range(12):
            bend = self.to_sheet(guess) - _project(back, guess)
            step = _project(self.homography, wanted - bend) - guess
            guess = guess + step
            if step.size == 0 or np.abs(step).max() < 1e-3:
                break
        return guess


def _project(
    homography: NDArray[np.float64], points_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    moved = points_px[:, ::-1] @ homography[:, :2].T + homography[:, 2]
    return np.asarray((moved[:, :2] / moved[:, 2:])[:, ::-1])


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One stretch of one lead on the page.

    Attributes
    ----------
    lead:
        Name of the lead.
    row, column:
        Place in the layout, from 0; rhythm strips stand in the rows below, in column 0.
    rhythm:
        True for a rhythm strip.
    start_s, end_s:
        The stretch on the record's time axis.
    times_s, values_mv:
        ndarrays, shape (n,): the samples that are drawn.
    points_px:
        ndarray, shape (n, 2), (row, column) on the final page: the centre of the line at each
        sample. The line runs straight from one to the next on the flat sheet.
    baseline_px:
        ndarray, shape (2, 2): where 0 mV lies at the start and at the end of the stretch.
    box_px:
        (top, left, bottom, right) of the line on the final page.
    name_box_px:
        The same for the printed lead name; None where no name is printed.
    """

    lead: str
    row: int
    column: int
    rhythm: bool
    start_s: float
    end_s: float
    times_s: NDArray[np.float64]
    values_mv: NDArray[np.float64]
    points_px: NDArray[np.float64]
    baseline_px: NDArray[np.float64]
    box_px: tuple[float, float, float, float]
    name_box_px: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Everything that is known about a rendered page.

    Attributes
    ----------
    record:
        What the page shows: NaN where a lead is not on the page, each stretch at its own time.
    whole:
        The record before the page left anything out.
    layout, rhythm, simultaneous:
        For example ``3x4+1``, ``("II",)``, and whether all columns show the same time.
    px_per_mm, speed_mm_per_s, gain_mm_per_mv:
        Scale of the flat sheet; bending and perspective change the first from place to place.
    sheet_shape_px, page_shape_px:
        (rows, columns) of the flat sheet and of the final page.
    corners_px:
        ndarray, shape (4, 2): the sheet's corners on the page, top left, top right, bottom
        right, bottom left; they may lie outside the picture.
    grid_box_px:
        (top, left, bottom, right) of the printed grid on the flat sheet, None without a grid.
    traces, pulse_boxes_px, texts:
        What is drawn, and the printed words with their boxes, all on the final page.
    warp:
        The map between sheet and page; None where they are the same.
    seed, style, world:
        What made the page, so that it can be made again.
    """

    record: Record
    whole: Record
    layout: str
    rhythm: tuple[str, ...]
    simultaneous: bool
    px_per_mm: float
    speed_mm_per_s: float
    gain_mm_per_mv: float
    sheet_shape_px: tuple[int, int]
    page_shape_px: tuple[int, int]
    corners_px: NDArray[np.float64]
    traces: tuple[Trace, ...]
    grid_box_px: tuple[float, float, float, float] | None = None
    pulse_boxes_px: tuple[tuple[float, float, float, float], ...] = ()
    texts: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()
    warp: Warp | None = None
    seed: int = 0
    style: dict[str, object] = field(default_factory=dict)
    world: dict[str, object] = field(default_factory=dict)

    def to_page(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the flat sheet, shape (n, 2), on the final page."""
        points = np.asarray(points_px, np.float64)
        return points if self.warp is None else self.warp.to_page(points)

    def to_sheet(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the final page, shape (n, 2), on the flat sheet."""
        points = np.asarray(points_px, np.float64)
        return points if self.warp is None else self.warp.to_sheet(points)
