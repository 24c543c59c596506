"""A bent page without a grid made flat by its traced rows, and given its length by their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.nodes import at_points
from ecgpage.digitise.flatten.rectify import warp
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless.edges import paper_edges
from ecgpage.digitise.gridless.landmarks import (
    LEAST_ROWS,
    NO_EDGES,
    ROWS_OF_ONE_LEAD,
    Marks,
    find_landmarks,
)
from ecgpage.digitise.gridless.no_grid import MM_PER_INCH, STEP_MM
from ecgpage.digitise.gridless.relief import Relief, find_relief
from ecgpage.digitise.gridless.uprights import QUARTERS, Uprights, find_uprights
from ecgpage.digitise.ink.network import NetworkCover, NetworkMissing, network_cover
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.trace import Traced
from ecgpage.values import Page

Array = NDArray[np.float64]

USUAL_MM = (125.0, 250.0, 500.0)
"""Rows of 5 or 10 s at 25 mm/s, and of 10 s at 50 mm/s."""
NEAR = 0.05
"""Rows that are as long as that within this share are as long as that: a bent page stands nearer
to the camera than the table for which its file's resolution holds."""
TOGETHER_MM = 0.5
"""Rows start, and end, at one place up to this."""
CAP = 0.2
"""Ink reaches this share of the pen's width beyond a line's end."""
WORTH_MM = 0.1
"""Bends smaller than this (root mean square) are no more than what the rows' own drift feigns."""
NAMED = 5.0
"""Lead names (sum of scores) that say how many columns there are."""
INVERSE_STEPS = 6


def relieved(page: Page, image: NDArray[np.uint8], sheet: Sheet, traced: Traced) -> Sheet | None:
    """The sheet without its bends; None where none are found.

    ``image``: the picture that the sheet's nodes lie on. ``traced``: what was read from the sheet
    as it is.
    """
    seen = tuple(row for row in traced.rows if np.isfinite(row.line.centre).any())
    if page.dpi is None or len(seen) < LEAST_ROWS:
        return None
    traced = replace(traced, rows=seen)  # a row that print alone speaks of says nothing
    turned = sheet.nodes_px is not None
    sheet = sheet if turned else _with_nodes(sheet)
    px_per_mm = page.dpi / MM_PER_INCH / sheet.reduced
    edges = _edges(image, px_per_mm, sheet, traced.rows)
    parts = _parts(traced)
    columns = parts[0] if parts else 1 if len(traced.rows) >= ROWS_OF_ONE_LEAD else None
    uprights = find_uprights(traced.rows, sheet.px_per_mm, _seen(sheet), traced.words, columns)
    marks = find_landmarks(traced.rows, sheet.px_per_mm, edges, parts, uprights, turned)
    if marks is None:
        return None
    relief = find_relief(marks)
    left, top, right, bottom = marks.box_mm
    x, y = np.meshgrid(np.linspace(left, right, 15), np.linspace(top, bottom, 9))
    moved = np.stack(relief.moved(x.ravel(), y.ravel()))
    bend = float(np.sqrt((moved - moved.mean(axis=1, keepdims=True)).var(axis=1).sum()))
    if bend < WORTH_MM:
        return None
    pen_mm = float(np.median([row.line.thickness for row in traced.rows])) / sheet.px_per_mm[1]
    larger = _usual(pen_mm, uprights, relief) if relief.bent else 1.0
    return _flattened(sheet, image, relief, larger, bend)


def _with_nodes(sheet: Sheet) -> Sheet:
    """The sheet that is the picture itself, with nodes on it."""
    step = round(STEP_MM * sheet.px_per_mm[0])
    at = [step * np.arange(size // step + 2) for size in sheet.image.shape[:2]]
    nodes = np.stack(np.meshgrid(*at, indexing="ij"), axis=-1).astype(np.float32)
    return replace(sheet, nodes_px=nodes, step_px=step)


def _seen(sheet: Sheet) -> NetworkCover | None:
    """What the network sees on the sheet; None where it is missing."""
    try:
        return network_cover(sheet)
    except NetworkMissing:
        return None


def _parts(traced: Traced) -> list[int] | None:
    """How many leads each row has, where printed names say so."""
    printed = traced.printed
    if printed is None or printed.support < NAMED or len(traced.rows) < len(printed.down_mm):
        return None
    upper = len(printed.down_mm)
    return [printed.layout.columns] * upper + [1] * (len(traced.rows) - upper)


def _edges(
    image: NDArray[np.uint8], px_per_mm: float, sheet: Sheet, rows: Sequence[TracedRow]
) -> Marks:
    """The paper's edges, on the sheet."""
    assert sheet.nodes_px is not None
    found = []
    for row in rows:
        columns = np.arange(int(row.left_px), int(row.right_px), 10)
        heights = row.line.centre[columns]
        found.append(np.stack([heights, columns.astype(float)], axis=1)[np.isfinite(heights)])
    if not any(map(len, found)):
        return NO_EDGES
    on_picture = at_points(sheet.nodes_px, np.concatenate(found) / sheet.step_px)
    core = np.zeros([int(size / px_per_mm) for size in image.shape[:2]], np.uint8)
    hull = cv2.convexHull((on_picture[:, ::-1] / px_per_mm).astype(np.int32))
    cv2.fillConvexPoly(core, hull, (1,))
    edges = paper_edges(image, px_per_mm, core > 0)
    if not len(edges.side):
        return NO_EDGES
    down, across = np.indices(sheet.nodes_px.shape[:2]).reshape(2, -1) * sheet.step_px
    places = np.stack([across, down], axis=1) / sheet.px_per_mm[0]
    flat, _ = cv2.findHomography(sheet.nodes_px.reshape(-1, 2)[:, ::-1].astype(float), places, 0)
    at = cv2.perspectiveTransform(edges.places_px[None, :, ::-1], flat)[0]
    return Marks(edges.side, at[:, 0], at[:, 1])


def _usual(pen_mm: float, uprights: Uprights, relief: Relief) -> float:
    """How much larger the sheet must be for rows of a usual length; 1 where none is near."""
    ends = []
    for line in (0, QUARTERS):
        mine = (uprights.line == line) & ~uprights.named
        if not mine.any():
            return 1.0
        across, down = uprights.across_mm[mine], uprights.down_mm[mine]
        ends.append(_agreed(across + relief.moved(across, down)[0]))
    length = ends[1] - ends[0] - 2 * CAP * pen_mm
    usual = min(USUAL_MM, key=lambda u: abs(length / u - 1.0))
    return usual / length if abs(length / usual - 1.0) < NEAR else 1.0


def _agreed(places: Array) -> float:
    """The place at which at least half of all are; NaN where they are not."""
    near = np.abs(places[:, None] - places) < TOGETHER_MM
    best = int(near.sum(axis=1).argmax())
    return float(np.median(places[near[best]])) if 2 * near[best].sum() >= len(places) else np.nan


def _flattened(
    sheet: Sheet, image: NDArray[np.uint8], relief: Relief, larger: float, bend_mm: float
) -> Sheet:
    """The sheet drawn anew where the relief says that it was printed."""
    assert sheet.nodes_px is not None
    rows, columns = sheet.image.shape[:2]
    density, step = sheet.px_per_mm[0], sheet.step_px
    counts = [int(np.ceil(size * larger / step)) + 1 for size in (rows, columns)]
    v, u = np.meshgrid(*(np.arange(count) * step / density for count in counts), indexing="ij")
    u, v = u.ravel() / larger, v.ravel() / larger
    x, y = u, v
    for _ in range(INVERSE_STEPS):
        across, down = relief.moved(x, y)
        x, y = u - across, v - down
    places = at_points(sheet.nodes_px, np.stack([y, x], axis=1) * density / step)
    nodes = np.asarray(places.reshape(*counts, 2), np.float32)
    shape = (round(rows * larger), round(columns * larger))
    paper = sheet.paper
    if paper is not None:
        old = np.stack([y, x], axis=1).reshape(*counts, 2)
        paper = _paper(paper, np.asarray(old, np.float32), shape, density, step / density)
    return replace(
        sheet,
        image=warp(image, nodes, shape, step),
        nodes_px=nodes,
        paper=paper,
        bend_mm=bend_mm,
        rotation_deg=sheet.rotation_deg - float(np.rad2deg(relief.view[0])),
    )


def _paper(
    paper: NDArray[np.bool_],
    place_mm: NDArray[np.float32],
    shape: tuple[int, int],
    px_per_mm: float,
    step_mm: float,
) -> NDArray[np.bool_]:
    """Where the new sheet is paper, one value a millimetre; ``place_mm``: its nodes on the old."""
    rows, columns = (max(1, round(size / px_per_mm)) for size in shape)
    r, c = np.indices((rows, columns), np.float32) + np.float32(0.5)
    at = cv2.remap(
        place_mm, c / step_mm, r / step_mm, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    found = cv2.remap(
        paper.astype(np.uint8), at[..., 1] - 0.5, at[..., 0] - 0.5, cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(found > 0)
