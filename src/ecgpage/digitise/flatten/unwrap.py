"""Whole turns added to phases so that neighbours agree."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]
ROUNDS = 5
SOFT_TURNS = 0.1
"""Steps between neighbours that miss the surface by more than this count less and less."""


def unwrap(phase: Array, quality: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Phases (in turns, known up to whole ones) as one continuous surface.

    The surface is sought whose steps between neighbours are the wrapped steps of the phase, in
    the sense of the least sum of absolute misses (by reweighted least squares); then each cell
    takes the whole turns that bring it nearest to the surface.

    Returns
    -------
    ndarray
        Shape as ``phase``.
    ndarray of bool
        True where a value was found: in the largest connected patch of cells with quality.
    """
    known = _largest_patch(quality > 0)
    count = int(known.sum())
    if count < 2:
        return np.where(known, phase, 0.0), known
    number = np.full(phase.shape, -1)
    number[known] = np.arange(count)
    first, second = _edges(number)
    value, sure = phase[known], quality[known]
    step = value[second] - value[first]
    step -= np.round(step)
    base = np.minimum(sure[first], sure[second])
    surface = _surface(first, second, step, base, count)
    whole = value + np.round(surface - value)
    middle = np.median(whole - surface)
    out = np.zeros_like(phase)
    out[known] = value + np.round(surface + middle - value)
    out[known] -= np.round(np.median(out[known]))
    return out, known


def _edges(number: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of neighbouring cells, across and down."""
    pairs = [
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        np.stack([number[:-1].ravel(), number[1:].ravel()]),
    ]
    both = np.concatenate(pairs, axis=1)
    first, second = both[:, (both >= 0).all(axis=0)]
    return first, second


def _surface(
    first: NDArray[np.intp], second: NDArray[np.intp], step: Array, base: Array, count: int
) -> Array:
    edges = len(step)
    index = np.arange(edges)
    differences = sparse.csr_matrix(
        (np.r_[np.ones(edges), -np.ones(edges)], (np.r_[index, index], np.r_[second, first])),
        shape=(edges, count),
    )
    weight = base.copy()
    surface = np.zeros(count)
    for _ in range(ROUNDS):
        scaled = differences.multiply(weight[:, None]).tocsr()
        normal = (differences.T @ scaled + 1e-6 * sparse.eye(count)).tocsc()
        surface = splu(normal, permc_spec="MMD_AT_PLUS_A").solve(scaled.T @ step)
        miss = np.abs(differences @ surface - step)
        weight = base / np.hypot(miss / SOFT_TURNS, 1.0) ** 1.5
    return np.asarray(surface)


def _largest_patch(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest patch of cells that hang together."""
    count, label = cv2.connectedComponents(known.astype(np.uint8), connectivity=4)
    if count < 3:
        return known
    sizes = np.bincount(label.ravel(), weights=known.ravel().astype(float))
    return np.asarray(label == int(np.argmax(sizes)))
