"""A net of nodes over a sheet, linear between them, and how it bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Net:
    """Nodes ``node_mm`` apart, (down, across) of them; values between them are linear."""

    first_mm: tuple[float, float]
    shape: tuple[int, int]
    node_mm: float

    def at(self, across_mm: Array, down_mm: Array) -> sparse.csr_matrix:
        """Weights of the nodes (columns) at each point (rows)."""
        rows, columns = self.shape
        a = np.clip((across_mm - self.first_mm[0]) / self.node_mm, 0, columns - 1.001)
        b = np.clip((down_mm - self.first_mm[1]) / self.node_mm, 0, rows - 1.001)
        i, j = a.astype(int), b.astype(int)
        a, b = a - i, b - j
        node = j * columns + i
        where = np.stack([node, node + 1, node + columns, node + columns + 1], axis=1)
        share = np.stack([(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b], axis=1)
        point = np.repeat(np.arange(len(a)), 4)
        return sparse.csr_matrix(
            (share.ravel(), (point, where.ravel())), shape=(len(a), rows * columns)
        )

    def bends(self) -> sparse.csr_matrix:
        """Second differences of the nodes: across, down, and both."""
        rows, columns = self.shape
        across, down = _second(columns), _second(rows)
        return sparse.vstack(
            [sparse.kron(sparse.eye(rows), across), sparse.kron(down, sparse.eye(columns)),
             sparse.kron(_first(rows), _first(columns))]
        ).tocsr()  # fmt: skip


def _first(count: int) -> sparse.csr_matrix:
    return sparse.diags([-1.0, 1.0], [0, 1], shape=(count - 1, count)).tocsr()


def _second(count: int) -> sparse.csr_matrix:
    return sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(count - 2, count)).tocsr()
