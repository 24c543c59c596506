"""Find the rows of traces on a sheet: where ink runs from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of traces: its baseline and extent in sheet pixels, and how full it is.

    ``sure``: printed lead names say that it is there.
    """

    baseline_px: float
    left_px: float
    right_px: float
    fullness: float
    sure: bool = False


def find_rows(cover: NDArray[np.float32], px_per_mm: tuple[float, float]) -> list[Row]:
    """Rows from top to bottom.

    In blocks of 1 mm the ink is counted; a row is a height at which almost every block column
    between the row's ends has ink within a few millimetres.
    """
    blocks = _blocks(cover, px_per_mm)
    reach = 3
    kernel = np.ones((2 * reach + 1, 1), np.uint8)
    near = np.asarray(cv2.dilate(blocks, kernel), dtype=np.uint8)
    fullness, spans = _fullness(near)
    density = _baseline_density(blocks)
    score = fullness * (0.3 + density / (density.max() + 1e-9))
    rows = []
    for at in _peaks(score, fullness):
        left, right = spans[at]
        rows.append(
            Row(
                baseline_px=(at + 0.5) * px_per_mm[0],
                left_px=left * px_per_mm[1],
                right_px=(right + 1) * px_per_mm[1],
                fullness=float(fullness[at]),
            )
        )
    return rows


BESIDE_MM = (-12.0, 26.0)
"""A row's baseline lies this far below (negative: above) the middle of its printed names."""
NEAR_MM = 6.0
NEAR_SHARE = 0.4
"""A row that print speaks of is one that was found if it is no further away, and no further than
this share of the rows' distance."""
FINE_MM = 0.25
"""Step in which rows are laid over the ink."""
AROUND_SHARE = 0.2
MOVED_SHARE = 0.3
"""A baseline leaves its place among evenly spaced ones by this share of the rows' distance at most,
and by the first of these without making that place less likely."""
FAR_SHARE = 1.6
FAR_COST = 0.004
"""Names of close rows stand within this many rows of their own; what each millimetre between a name
and its baseline costs, against the share of ink there."""


def rows_by_names(
    found: Sequence[Row],
    down_mm: Sequence[float],
    px_per_mm: float,
    columns: int,
    cover: NDArray[np.float32] | None = None,
) -> list[Row]:
    """Rows that have printed names, those that were found and those that were not.

    ``down_mm``: where the names of each row stand, from top to bottom. Rows that were found
    tell how far below their names baselines lie; a row without one is put there. Where rows lie
    so close that some were not found, all are laid over the ink of ``cover`` together. What was
    found below the last named row stays, for it may be a rhythm strip; what lies between is
    lettering.
    """
    at = np.array([row.baseline_px / px_per_mm for row in found])
    names = np.asarray(down_mm, np.float64)
    pitch = float(np.median(np.diff(names))) if len(names) > 1 else 2 * NEAR_MM / NEAR_SHARE
    near = min(NEAR_MM, NEAR_SHARE * pitch)
    offset = _usual_offset(at, names)
    left, right = min(r.left_px for r in found), max(r.right_px for r in found)
    right = min(right, columns)
    expected = None if offset is None else names + offset
    lost = expected is None or np.abs(at[:, None] - expected).min(axis=0).max() > near
    if lost and cover is not None and pitch < CLOSE_MM:
        expected = _over_ink(cover, names, px_per_mm, pitch)
        at = np.full(len(found), np.inf)
    if expected is None:
        return list(found)
    rows = []
    for place in expected:
        nearest = int(np.argmin(np.abs(at - place)))
        if abs(at[nearest] - place) <= near and found[nearest] not in rows:
            rows.append(replace(found[nearest], sure=True))
        else:
            rows.append(Row(float(place) * px_per_mm, left, right, 0.5, True))
    last = expected[-1] + near
    below = [row for row in found if row.baseline_px / px_per_mm > last]
    return rows + below


CLOSE_MM = 14.0
"""Rows nearer to each other than this run into each other's blocks."""


def _usual_offset(at: Array, names: Array) -> float | None:
    """How far below its name a row's baseline usually lies, told by the rows that were found."""
    apart = at[:, None] - names[None, :]
    usual = apart[(apart > BESIDE_MM[0]) & (apart < BESIDE_MM[1])]
    if usual.size == 0:
        return None
    support = (np.abs(usual[:, None] - usual[None, :]) < NEAR_MM / 2).sum(axis=1)
    centre = usual[int(np.argmax(support - 0.02 * np.abs(usual)))]
    return float(np.median(usual[np.abs(usual - centre) < NEAR_MM / 2]))


def _over_ink(cover: NDArray[np.float32], names: Array, px_per_mm: float, pitch: float) -> Array:
    """Baselines in mm at one distance from their names, where most rows have much level ink.

    Each is then moved to the height near it that has the most.
    """
    share = (cover > 0.5).mean(axis=1).astype(np.float32)[:, None]
    count = int(cover.shape[0] / px_per_mm / FINE_MM)
    fine = cv2.resize(share, (1, count), interpolation=cv2.INTER_AREA)[:, 0].astype(np.float64)
    fine = np.convolve(fine, np.array([0.25, 0.5, 1.0, 0.5, 0.25]) / 2.5, mode="same")
    places = (np.arange(count) + 0.5) * FINE_MM
    reach = FAR_SHARE * pitch
    offsets = np.arange(max(-reach, BESIDE_MM[0]), min(reach, BESIDE_MM[1]), FINE_MM)
    level = np.interp(names[None, :] + offsets[:, None], places, fine, left=0.0, right=0.0)
    usual = float(np.median(level.max(axis=0))) + 1e-9
    around = 2 * round(AROUND_SHARE * pitch / FINE_MM) + 1
    top = np.interp(
        names[None, :] + offsets[:, None], places, maximum_filter1d(fine, around), left=0.0,
        right=0.0,
    )  # fmt: skip
    score = (np.minimum(top, usual) + 0.2 * np.minimum(level, usual)).mean(axis=1) / usual
    score -= FAR_COST * np.abs(offsets)
    expected = names + offsets[int(np.argmax(score))]
    moves = np.arange(-MOVED_SHARE * pitch, MOVED_SHARE * pitch + 1e-6, FINE_MM)
    there = np.interp(expected[:, None] + moves, places, fine, left=0.0, right=0.0)
    there = there / usual - 0.5 * (moves / pitch) ** 2
    return np.asarray(expected + moves[there.argmax(axis=1)], dtype=np.float64)


def _blocks(cover: NDArray[np.float32], px_per_mm: tuple[float, float]) -> NDArray[np.uint8]:
    ink = cv2.threshold(cover, 0.5, 1.0, cv2.THRESH_BINARY)[1]
    rows = int(cover.shape[0] / px_per_mm[0])
    columns = int(cover.shape[1] / px_per_mm[1])
    share = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    return (share * px_per_mm[0] * px_per_mm[1] > 0.8).astype(np.uint8)


def _fullness(near: NDArray[np.uint8]) -> tuple[Array, list[tuple[int, int]]]:
    """Share of block columns with ink near each height, within the ends of its long run."""
    closed = cv2.morphologyEx(near, cv2.MORPH_CLOSE, np.ones((1, 13), np.uint8))
    out = np.zeros(near.shape[0])
    spans = []
    for i, line in enumerate(closed):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
        starts, ends = edges[::2], edges[1::2]
        if starts.size == 0:
            spans.append((0, 0))
            continue
        longest = int(np.argmax(ends - starts))
        a, b = int(starts[longest]), int(ends[longest]) - 1
        spans.append((a, b))
        out[i] = near[i, a : b + 1].sum() / near.shape[1]
    return out, spans


def _baseline_density(blocks: NDArray[np.uint8]) -> Array:
    share = blocks.sum(axis=1).astype(np.float64)
    return np.convolve(share, [0.25, 0.5, 1.0, 0.5, 0.25], mode="same")


def _peaks(score: Array, fullness: Array, distance: int = 9) -> list[int]:
    """Heights of rows: peaks of the score, far enough apart, nearly as full as the fullest."""
    enough = 0.6 * float(fullness.max())
    order = np.argsort(-score)
    chosen: list[int] = []
    for at in order:
        if fullness[at] < max(enough, 0.25):
            continue
        if all(abs(at - other) >= distance for other in chosen):
            chosen.append(int(at))
    return sorted(chosen)
