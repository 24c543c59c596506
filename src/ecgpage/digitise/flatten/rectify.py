"""Make a flat sheet of a page from its grid: perspective first, then the paper's bends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.at_once import at_once
from ecgpage.digitise.flatten.flatness import flat_px_per_mm
from ecgpage.digitise.flatten.gridwave import reduction, without_ink
from ecgpage.digitise.flatten.homography import fit_homography
from ecgpage.digitise.flatten.lattice import Lattice
from ecgpage.digitise.flatten.mesh import Shift, coarse, displacement, fill, remainder, sharper
from ecgpage.digitise.flatten.nodes import at_pixels
from ecgpage.digitise.flatten.paper import COARSE_PX_PER_MM, paper_mask
from ecgpage.digitise.flatten.patches import joined, largest_patch, other_patches
from ecgpage.digitise.flatten.sheet import Sheet

Array = NDArray[np.float64]
FLAT_TURN_DEG = 0.12
"""What is turned by more is not looked at as flat; tiles know the turn to a few hundredths."""
FLAT_MISS_MM = 0.15
"""A page that is off by no more than this from a straight one is read as it is, and keeps its
sharpness: over 2.5 s of trace it amounts to less than a tenth of a millimetre."""
FLAT_BEND_MM = 0.15
STEADY_BEND_MM = 0.25
"""Displacements below this (0.95 quantile) are what faint lines and ink feign."""
STEADY_MISFIT = 0.012
"""Where one projective model explains the tiles' frequencies this well (relative), the page lies
flat and phases may be averaged over several cells."""
FOLDED_MM = 0.6
"""Displacements (0.95 quantile) from which on such a page has a fold all the same: on flat ones
with little grid they were 0.5 at most, on 8 folded development pages 0.8 and more."""
FOLLOWED = 0.6
"""Share of the cells seen several together that must be seen one by one, or a rhythm of the pixels
was taken for the grid: on a scan with one it was 0.03, on those 8 pages 0.78 and more."""
COARSE = 2
REMAINDERS = 2
MOST_PX_PER_MM = 5.0
"""The coarse shape is sought this often, and lines are measured again this often once they lie near
their places, on a sheet of at most this many pixels a millimetre."""
MOST_TIMES = 8.0
"""A flat sheet has at most so many times the pixels of its picture: a page seen at 60 degrees has
twice as many. What needs more was fitted to no grid."""
BASE_CELLS = 2.0
"""Standard deviation of the window over which displacements are smoothed before lines are sought
anew where they say, without the ink, in cells."""


def rectify(
    image: NDArray[np.uint8], wave: NDArray[np.float32], lattice: Lattice, reduced: float = 1.0
) -> Sheet:
    """A :class:`Sheet` of ``image`` (RGB), whose grid wave and frequencies are given."""
    model, misfit = fit_homography(lattice, wave.shape)
    factor = reduction(image, wave)
    steady = 3.0 if float(np.median(misfit)) < STEADY_MISFIT else 0.0
    if steady and abs(_turn_deg(model, wave.shape)) < FLAT_TURN_DEG:
        flat = flat_px_per_mm(wave, _scale(model, wave.shape))
        if flat is not None:
            return _as_it_is(image, (flat[0] * factor, flat[1] * factor), reduced)
    shift, weight, box = _bends(image, wave, model, steady)
    plane, rest = _absorb(model, shift, weight, box)
    bend = _largest(rest, weight)
    cells, clear = _seen_cells(weight)
    if steady and bend >= FOLDED_MM:
        further = _followed(image, wave, model, (shift, weight), box)
        if _seen_cells(further[1])[0] > FOLLOWED * cells:
            steady, (shift, weight) = 0.0, further
            plane, rest = _absorb(model, shift, weight, box)
            bend = _largest(rest, weight)
            cells, clear = _seen_cells(weight)
    if steady and bend >= FLAT_BEND_MM:
        bend = min(bend, _largest(rest - np.round(rest), weight))
    if bend < (STEADY_BEND_MM if steady else FLAT_BEND_MM):
        model, shift = plane, np.zeros_like(shift)
        straight = _straight(model, weight, box)
        if straight is not None:
            rough = _scale(straight, wave.shape)
            fine = flat_px_per_mm(wave, rough) or rough
            return Sheet(
                image=image, px_per_mm=(fine[0] * factor, fine[1] * factor), reduced=reduced,
                cells=cells, clear=clear,
            )  # fmt: skip
    turn = _turn_deg(plane, wave.shape)
    scale = _scale(plane, wave.shape, factor)
    density = sheet_density(scale)
    grid = _paper_cells(image, model, shift, weight, box, factor)
    nodes, shape, step, (seen, sure) = _nodes(model, shift, (grid, weight), box, density)
    if shape[0] * shape[1] > MOST_TIMES * image.shape[0] * image.shape[1]:
        return Sheet(image=image, px_per_mm=_scale(model, wave.shape, factor), cells=0)
    nodes = ((nodes + 0.5) * factor - 0.5).astype(np.float32)
    sheet_image = warp(image, nodes, shape, step)
    pictured = _pictured(nodes, step / density, shape, image.shape, density)
    return Sheet(
        image=sheet_image,
        px_per_mm=(density, density),
        nodes_px=nodes,
        step_px=step,
        grid=seen,
        paper=paper_mask(sheet_image, density, seen, sure, pictured, steady),
        rotation_deg=turn,
        bend_mm=bend,
        reduced=reduced,
        cells=cells,
        clear=clear,
        consistent=not steady or bend < STEADY_BEND_MM,
    )


def _as_it_is(image: NDArray[np.uint8], scale: tuple[float, float], reduced: float) -> Sheet:
    """A page all of which is grid in step."""
    rows, columns = image.shape[:2]
    cells = int(rows / scale[0] / 5) * int(columns / scale[1] / 5)
    return Sheet(image=image, px_per_mm=scale, reduced=reduced, cells=cells)


def _seen_cells(weight: Array) -> tuple[int, float]:
    """How many cells the largest patch of grid has, and in which share of them it stood out."""
    patch = largest_patch(weight)
    both = np.minimum(weight[0], weight[1]) > 0
    return int(patch.sum()), float(both[patch].mean()) if patch.any() else 0.0


def _straight(model: Array, weight: Array, box: tuple[int, int, int, int]) -> Array | None:
    """The model without turn and perspective, None where it would miss the grid it was seen on."""
    seen = np.minimum(weight[0], weight[1]) > 0.25
    rows, columns = np.nonzero(seen)
    if rows.size < 12:
        return None
    u, v = columns + box[0] + 0.5, rows + box[1] + 0.5
    x, y, w = np.linalg.inv(model) @ np.stack([u, v, np.ones(len(u))])
    x, y = x / w, y / w
    a, left = np.polyfit(x, u, 1)
    b, top = np.polyfit(y, v, 1)
    miss_mm = 5 * np.maximum(np.abs(a * x + left - u), np.abs(b * y + top - v))
    if float(np.percentile(miss_mm, 95)) > FLAT_MISS_MM:
        return None
    return np.array([[a, 0.0, left], [0.0, b, top], [0.0, 0.0, 1.0]])


def _jacobian(model: Array, row: float, column: float) -> Array:
    p = model @ np.array([column, row, 1.0])
    return np.asarray(
        [[model[0, i] / p[2] - p[0] * model[2, i] / p[2] ** 2 for i in (0, 1)],
         [model[1, i] / p[2] - p[1] * model[2, i] / p[2] ** 2 for i in (0, 1)]]
    )  # fmt: skip


def _scale(model: Array, shape: tuple[int, ...], factor: int = 1) -> tuple[float, float]:
    """Pixels in a millimetre, down and across, at the centre; ``factor`` enlarges them."""
    j = _jacobian(model, shape[0] / 2, shape[1] / 2)
    down, across = np.linalg.norm(j[1]), np.linalg.norm(j[0])
    return 0.2 * factor / float(down), 0.2 * factor / float(across)


def _turn_deg(model: Array, shape: tuple[int, ...]) -> float:
    j = _jacobian(model, shape[0] / 2, shape[1] / 2)
    return float(
        np.rad2deg(np.arctan2(-j[0, 1], j[0, 0]) * 0.5 + np.arctan2(j[1, 0], j[1, 1]) * 0.5)
    )


def sheet_density(px_per_mm: tuple[float, float]) -> float:
    """Pixels a millimetre of the sheet: about as many as the page has, in fifths of a pixel."""
    return max(3.0, round(5 * max(px_per_mm) * 1.05) / 5)


def _box(model: Array, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Whole 5 mm cells that cover the page: left, top, columns, rows."""
    y = np.linspace(0, shape[0] - 1, 9)
    x = np.linspace(0, shape[1] - 1, 9)
    xx, yy = np.meshgrid(x, y)
    p = model @ np.stack([xx.ravel(), yy.ravel(), np.ones(81)])
    ahead = p[2] > 0.3
    u, v = p[0, ahead] / p[2, ahead], p[1, ahead] / p[2, ahead]
    left, top = int(np.floor(u.min())), int(np.floor(v.min()))
    columns = min(int(np.ceil(u.max())) - left, 130)
    rows = min(int(np.ceil(v.max())) - top, 130)
    return left, top, columns, rows


MIDDLES = ((1.0, 0.5), (0.5, 1.0))
"""Where in its cell each shift holds, in cells (across, down): in the middle of the piece of line
that it was measured on."""


def _bends(
    image: NDArray[np.uint8], wave: NDArray[np.float32], model: Array, steady: float
) -> tuple[Array, Array, tuple[int, int, int, int]]:
    """Displacement (2: across, down; row, column) in mm, its weight, and the box of cells."""
    box = _box(model, wave.shape)
    mm = np.zeros((2, box[3], box[2]))
    if steady:
        steadily = partial(displacement, steady_cells=steady)
        return *_measure(wave, model, mm, box, steadily), box
    for _ in range(COARSE):
        mm, _ = _measure(wave, model, mm, box, coarse)
    mm, weight = _measure(wave, model, mm, box, displacement)
    wave = without_ink(image, wave, _on_lines(model, mm, weight, box))
    mm = np.stack([fill(m, w, BASE_CELLS) for m, w in zip(mm, weight, strict=True)])
    for _ in range(COARSE):  # where rows of ink had led the coarse shape astray
        mm, _ = _measure(wave, model, mm, box, coarse)
    mm, weight = _measure(wave, model, mm, box, displacement)
    for _ in range(REMAINDERS):
        mm, weight = _measure(wave, model, mm, box, remainder)
    return mm, weight, box


def _followed(
    image: NDArray[np.uint8],
    wave: NDArray[np.float32],
    model: Array,
    seen: tuple[Array, Array],
    box: tuple[int, int, int, int],
) -> tuple[Array, Array]:
    """Displacement and weight, cell by cell, from those that were seen over several cells.

    A mean over several cells rounds a fold off, and beyond it lines may fall out of step so fast
    that it shows none.
    """
    mm, weight = seen
    wave = without_ink(image, wave, _on_lines(model, mm, weight, box))
    for measure in (displacement, displacement, remainder, remainder):
        mm, weight = _measure(wave, model, mm, box, measure)
    return sharper(seen[0], mm), weight


def _measure(
    wave: NDArray[np.float32],
    model: Array,
    mm: Array,
    box: tuple[int, int, int, int],
    measure: Callable[[NDArray[np.float32], int], Shift],
) -> tuple[Array, Array]:
    """Displacements with what is measured on the sheet that those so far make, and weights."""
    left, top, columns, rows = box
    cell = round(5 * min(max(_scale(model, wave.shape)), MOST_PX_PER_MM))
    nodes = _place(model, mm, (left, top, columns + 1, rows + 1), 1.0)
    flat = warp(wave, nodes, ((rows + 1) * cell, (columns + 1) * cell), cell)
    half = cell // 2

    def downwards() -> Shift:
        turned = np.ascontiguousarray(flat.T)
        return measure(turned[: columns * cell, half : half + rows * cell], cell)

    across, down = at_once(
        lambda: measure(flat[: rows * cell, half : half + columns * cell], cell), downwards
    )
    return mm + np.stack([across.mm, down.mm.T]), np.stack([across.weight, down.weight.T])


def _on_lines(
    model: Array, mm: Array, weight: Array, box: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    """Page places (n, 2) on the cells' upright edges, where both lines were seen."""
    nodes = _place(model, mm, box, 0.2)
    seen = np.minimum(weight[0], weight[1]) > 0.25
    edges = nodes[: 5 * box[3], 5 : 5 * box[2] + 1 : 5].reshape(box[3], 5, box[2], 2)
    return np.asarray(edges.swapaxes(1, 2)[seen].reshape(-1, 2), dtype=np.float32)


def _place(
    model: Array, shift: Array, box: tuple[int, int, int, int], step: float
) -> NDArray[np.float32]:
    """Page places (row, column) of sheet nodes ``step`` cells apart, the bends taken in."""
    left, top, columns, rows = box
    count_r, count_c = int(np.ceil(rows / step)) + 1, int(np.ceil(columns / step)) + 1
    v = np.arange(count_r) * step
    u = np.arange(count_c) * step
    uu, vv = np.meshgrid(u, v)
    du, dv = (
        cv2.remap(
            field.astype(np.float32), (uu - c).astype(np.float32), (vv - r).astype(np.float32),
            cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
        )
        for field, (c, r) in zip(shift, MIDDLES, strict=True)
    )  # fmt: skip
    p = np.linalg.inv(model) @ np.stack(
        [(uu + left + du / 5).ravel(), (vv + top + dv / 5).ravel(), np.ones(uu.size)]
    )
    return np.stack([p[1] / p[2], p[0] / p[2]], axis=1).reshape(*uu.shape, 2).astype(np.float32)


def warp(
    picture: NDArray[Any], nodes: NDArray[np.float32], shape: tuple[int, int], step: int
) -> NDArray[Any]:
    """The picture seen from a sheet whose nodes lie ``step`` pixels apart."""
    row, column = at_pixels(nodes, shape, step)
    border = (255, 255, 255) if picture.ndim == 3 else 0
    return np.asarray(
        cv2.remap(
            picture,
            column,
            row,
            cv2.INTER_CUBIC if picture.ndim == 3 else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=border,
        )
    )


def _pictured(
    nodes: NDArray[np.float32],
    step_mm: float,
    shape: tuple[int, int],
    picture: tuple[int, ...],
    px_per_mm: float,
) -> NDArray[np.bool_]:
    """Which millimetres of the sheet lie in the picture, (down, across)."""
    rows, columns = (max(1, round(size / px_per_mm)) for size in shape)
    r, c = np.mgrid[0:rows, 0:columns].astype(np.float32)
    places = cv2.remap(
        nodes, (c + 0.5) / step_mm, (r + 0.5) / step_mm, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(((places > -0.5) & (places < np.array(picture[:2]) - 0.5)).all(axis=2))


def _absorb(
    model: Array, shift: Array, weight: Array, box: tuple[int, int, int, int]
) -> tuple[Array, Array]:
    """The model with what is projective in the displacement, and what is left of the shift (mm).

    What is left is given in the middle of the cells.
    """
    left, top, columns, rows = box
    uu, vv = np.meshgrid(np.arange(columns) + left + 0.5, np.arange(rows) + top + 0.5)
    c, r = (uu - left).astype(np.float32), (vv - top).astype(np.float32)
    middle = [
        cv2.remap(
            s.astype(np.float32), c - np.float32(at[0]), r - np.float32(at[1]), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for s, at in zip(shift, MIDDLES, strict=True)
    ]  # fmt: skip
    pick = np.minimum(weight[0], weight[1]) > 0.25
    if pick.sum() < 12:
        return model, np.stack(middle)
    moved = np.stack([uu + middle[0] / 5, vv + middle[1] / 5])
    step = max(1, int(pick.sum()) // 600)
    source, target = moved[:, pick].T[::step], np.stack([uu, vv])[:, pick].T[::step]
    fit: Any = cv2.findHomography(source, target, cv2.RANSAC, 0.04)[0]
    if fit is None:
        return model, np.stack(middle)
    u, v, w = fit @ np.stack([moved[0].ravel(), moved[1].ravel(), np.ones(uu.size)])
    rest = np.stack([u / w, v / w]).reshape(2, rows, columns) - np.stack([uu, vv])
    return fit @ model, 5 * rest


def _largest(shift: Array, weight: Array) -> float:
    pick = np.minimum(weight[0], weight[1]) > 0.25
    if not pick.any():
        return 0.0
    return float(np.percentile(np.abs(shift[:, pick]), 95))


def _paper_cells(
    image: NDArray[np.uint8],
    model: Array,
    shift: Array,
    weight: Array,
    box: tuple[int, int, int, int],
    factor: int,
) -> NDArray[np.bool_]:
    """Cells with a grid that lie on one piece of paper."""
    patch, others = largest_patch(weight), other_patches(weight)
    if not others:
        return patch
    nodes = (_place(model, shift, box, 1.0) + 0.5) * factor - 0.5
    cell = round(5 * COARSE_PX_PER_MM)
    flat = warp(image, nodes.astype(np.float32), (box[3] * cell, box[2] * cell), cell)
    return joined(flat, COARSE_PX_PER_MM, patch, others)


def _nodes(
    model: Array,
    shift: Array,
    grid: tuple[NDArray[np.bool_], Array],
    box: tuple[int, int, int, int],
    density: float,
) -> tuple[NDArray[np.float32], tuple[int, int], int, tuple[NDArray[np.bool_], Array]]:
    """Nodes of the final sheet, cut to the grid, and where and how clearly that was seen."""
    seen, weight = grid
    rows, columns = np.nonzero(seen)
    if rows.size == 0:
        rows, columns = np.array([0, box[3] - 1]), np.array([0, box[2] - 1])
    r0, r1 = max(0, rows.min() - 1), min(box[3], rows.max() + 2)
    c0, c1 = max(0, columns.min() - 1), min(box[2], columns.max() + 2)
    cut = (box[0] + int(c0), box[1] + int(r0), int(c1 - c0), int(r1 - r0))
    cell = round(5 * density)
    step = max(1, cell // 2)
    nodes = _place(model, shift[:, r0:r1, c0:c1], cut, step / cell)
    clear = np.minimum(weight[0], weight[1])
    return nodes, (cut[3] * cell, cut[2] * cell), step, (seen[r0:r1, c0:c1], clear[r0:r1, c0:c1])
