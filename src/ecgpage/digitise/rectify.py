"""Make a flat sheet of a page from its grid: perspective first, then the paper's bends."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.homography import fit_homography
from ecgpage.digitise.lattice import Lattice
from ecgpage.digitise.longwave import sharpen
from ecgpage.digitise.mesh import displacement_mm, fill
from ecgpage.digitise.sheet import Sheet

Array = NDArray[np.float64]
FLAT_TURN_DEG = 0.06
"""Turned by less than this a page is read as it is: over 2.5 s of trace (62 mm) it amounts to
less than a tenth of a millimetre, and an untouched page keeps its sharpness."""
FLAT_BEND_MM = 0.15
STEADY_MISFIT = 0.012
"""Where one projective model explains the tiles' frequencies this well (relative), the page lies
flat and phases may be averaged over several cells."""
FAINT_CLARITY = 7.0
"""A grid whose tile spectra stand out less than this is too faint for local phases; on a straight
page the whole page's spectrum is used instead."""


def rectify(
    image: NDArray[np.uint8], wave: NDArray[np.float32], lattice: Lattice, reduced: float = 1.0
) -> Sheet:
    """A :class:`Sheet` of ``image`` (RGB), whose grid wave and frequencies are given."""
    model, misfit = fit_homography(lattice, wave.shape)
    steady = 3.0 if float(np.median(misfit)) < STEADY_MISFIT else 0.0
    straight = bool(steady) and abs(_turn_deg(model, wave.shape)) < 0.3
    if straight and lattice.clarity < FAINT_CLARITY:
        model = _straight(model, wave)
        return Sheet(image=image, px_per_mm=_scale(model, wave.shape), reduced=reduced)
    density = _density(model, wave.shape)
    shift, weight, box = _bends(wave, model, density, steady)
    model, shift = _absorb(model, shift, weight, box)
    bend = _largest(shift, weight)
    turn = _turn_deg(model, wave.shape)
    skew = abs(model[2, 0]) + abs(model[2, 1])
    if bend < FLAT_BEND_MM and abs(turn) < FLAT_TURN_DEG and skew * max(wave.shape) < 2e-3:
        return Sheet(
            image=image, px_per_mm=_scale(model, wave.shape), rotation_deg=turn, reduced=reduced
        )
    nodes, shape, step, seen = _nodes(model, shift, weight, box, density)
    flat = _warp(image, nodes, shape, step)
    return Sheet(
        image=flat,
        px_per_mm=(density, density),
        nodes_px=nodes,
        step_px=step,
        grid=seen,
        rotation_deg=turn,
        bend_mm=bend,
        reduced=reduced,
    )


def _straight(model: Array, wave: NDArray[np.float32]) -> Array:
    """A model without turn and perspective, its two periods sharpened over the whole page."""
    down, across = _scale(model, wave.shape)
    u = sharpen(wave, 0.2 / across)
    v = sharpen(np.ascontiguousarray(wave.T), 0.2 / down)
    rows, columns = wave.shape
    return np.array([[u, 0.0, -u * columns / 2], [0.0, v, -v * rows / 2], [0.0, 0.0, 1.0]])


def _jacobian(model: Array, row: float, column: float) -> Array:
    p = model @ np.array([column, row, 1.0])
    return np.asarray(
        [[model[0, i] / p[2] - p[0] * model[2, i] / p[2] ** 2 for i in (0, 1)],
         [model[1, i] / p[2] - p[1] * model[2, i] / p[2] ** 2 for i in (0, 1)]]
    )  # fmt: skip


def _scale(model: Array, shape: tuple[int, ...]) -> tuple[float, float]:
    j = _jacobian(model, shape[0] / 2, shape[1] / 2)
    return 0.2 / float(np.linalg.norm(j[1])), 0.2 / float(np.linalg.norm(j[0]))


def _turn_deg(model: Array, shape: tuple[int, ...]) -> float:
    j = _jacobian(model, shape[0] / 2, shape[1] / 2)
    return float(
        np.rad2deg(np.arctan2(-j[0, 1], j[0, 0]) * 0.5 + np.arctan2(j[1, 0], j[1, 1]) * 0.5)
    )


def _density(model: Array, shape: tuple[int, ...]) -> float:
    """Pixels a millimetre of the sheet: about as many as the page has, in fifths of a pixel."""
    down, across = _scale(model, shape)
    return max(3.0, round(5 * max(down, across) * 1.05) / 5)


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


def _bends(
    wave: NDArray[np.float32], model: Array, density: float, steady: float
) -> tuple[Array, Array, tuple[int, int, int, int]]:
    """Displacement (2: across, down; row, column) in mm, its weight, and the box of cells."""
    box = _box(model, wave.shape)
    _, _, columns, rows = box
    cell = round(5 * min(density, 6.0))
    shift = np.zeros((2, rows, columns))
    weight = np.ones((2, rows, columns))
    for _ in range(2):
        step = cell
        nodes = _place(model, shift, box, step / cell)
        flat = _warp(wave, nodes, (rows * cell, columns * cell), step)
        for axis in (0, 1):
            turned = flat if axis == 0 else np.ascontiguousarray(flat.T)
            more, sure = displacement_mm(turned, cell, steady)
            if axis == 1:
                more, sure = more.T, sure.T
            shift[axis] += fill(more, sure)
            weight[axis] = sure
    return shift, weight, box


def _place(
    model: Array, shift: Array, box: tuple[int, int, int, int], step: float
) -> NDArray[np.float32]:
    """Page places (row, column) of sheet nodes ``step`` cells apart, the bends taken in."""
    left, top, columns, rows = box
    count_r, count_c = int(np.ceil(rows / step)) + 1, int(np.ceil(columns / step)) + 1
    v = np.arange(count_r) * step
    u = np.arange(count_c) * step
    uu, vv = np.meshgrid(u, v)
    at_c, at_r = (uu - 0.5).astype(np.float32), (vv - 0.5).astype(np.float32)
    du, dv = (
        cv2.remap(
            s.astype(np.float32), at_c, at_r, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for s in shift
    )
    p = np.linalg.inv(model) @ np.stack(
        [(uu + left + du / 5).ravel(), (vv + top + dv / 5).ravel(), np.ones(uu.size)]
    )
    return np.stack([p[1] / p[2], p[0] / p[2]], axis=1).reshape(*uu.shape, 2).astype(np.float32)


def _warp(
    picture: NDArray[Any], nodes: NDArray[np.float32], shape: tuple[int, int], step: int
) -> NDArray[Any]:
    """The picture seen from a sheet whose nodes lie ``step`` pixels apart."""
    rows, columns = shape
    c, r = np.meshgrid(
        np.arange(columns, dtype=np.float32) / step, np.arange(rows, dtype=np.float32) / step
    )
    if step > 1:
        places = cv2.remap(nodes, c, r, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        places = nodes
    border = (255, 255, 255) if picture.ndim == 3 else 0
    return np.asarray(
        cv2.remap(
            picture,
            np.ascontiguousarray(places[..., 1]),
            np.ascontiguousarray(places[..., 0]),
            cv2.INTER_CUBIC if picture.ndim == 3 else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=border,
        )
    )


def _absorb(
    model: Array, shift: Array, weight: Array, box: tuple[int, int, int, int]
) -> tuple[Array, Array]:
    """Take what is projective in the displacement into the model; the rest stays."""
    left, top, columns, rows = box
    uu, vv = np.meshgrid(np.arange(columns) + left + 0.5, np.arange(rows) + top + 0.5)
    sure = np.minimum(weight[0], weight[1])
    pick = sure > 0.25
    if pick.sum() < 12:
        return model, shift
    source = np.stack([uu + shift[0] / 5, vv + shift[1] / 5], axis=-1)[pick]
    target = np.stack([uu, vv], axis=-1)[pick]
    fit, _ = cv2.findHomography(source, target, cv2.RANSAC, 0.04)
    if fit is None:
        return model, shift
    back = np.linalg.inv(fit) @ np.stack([uu.ravel(), vv.ravel(), np.ones(uu.size)])
    old = np.stack([back[0] / back[2], back[1] / back[2]]).reshape(2, rows, columns)
    now = np.stack([uu, vv]) + shift / 5
    here = fit @ np.stack([now[0].ravel(), now[1].ravel(), np.ones(uu.size)])
    left_over = np.stack([here[0] / here[2], here[1] / here[2]]).reshape(2, rows, columns)
    del old
    rest = 5 * (left_over - np.stack([uu, vv]))
    return fit @ model, rest


def _largest(shift: Array, weight: Array) -> float:
    pick = np.minimum(weight[0], weight[1]) > 0.25
    if not pick.any():
        return 0.0
    return float(np.percentile(np.abs(shift[:, pick]), 95))


def _nodes(
    model: Array,
    shift: Array,
    weight: Array,
    box: tuple[int, int, int, int],
    density: float,
) -> tuple[NDArray[np.float32], tuple[int, int], int, NDArray[np.bool_]]:
    """Nodes of the final sheet, cut to where the grid was seen."""
    seen = cv2.blur(np.minimum(weight[0], weight[1]).astype(np.float32), (3, 3)) > 0.15
    rows, columns = np.nonzero(seen)
    if rows.size == 0:
        rows, columns = np.array([0, box[3] - 1]), np.array([0, box[2] - 1])
    r0, r1 = max(0, rows.min() - 1), min(box[3], rows.max() + 2)
    c0, c1 = max(0, columns.min() - 1), min(box[2], columns.max() + 2)
    cut = (box[0] + int(c0), box[1] + int(r0), int(c1 - c0), int(r1 - r0))
    cell = round(5 * density)
    step = max(1, cell // 2)
    nodes = _place(model, shift[:, r0:r1, c0:c1], cut, step / cell)
    return nodes, (cut[3] * cell, cut[2] * cell), step, seen[r0:r1, c0:c1]
