"""Patches of a faded grid belong together where they lie on one piece of paper."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.flatten.patches import joined, largest_patch, other_patches

PX_PER_MM = 4.0
CELL = round(5 * PX_PER_MM)


def two_patches() -> np.ndarray:
    """Weights of 20 x 40 cells: a grid on columns 1 to 10 and 16 to 38, none between."""
    weight = np.zeros((2, 20, 40))
    weight[:, 1:19, 1:11] = weight[:, 1:19, 16:39] = 1.0
    return weight


def test_the_largest_patch_comes_first_and_specks_count_for_nothing() -> None:
    weight = two_patches()
    weight[:, 9, 13] = 1.0
    patch = largest_patch(weight)
    assert patch[5, 30]
    assert not patch[:, :12].any()
    (other,) = other_patches(weight)
    assert other[5, 5]
    assert not other[:, 14:].any()


def test_a_patch_beyond_a_faded_band_joins_on_paper_and_not_on_the_table() -> None:
    weight = two_patches()
    patch, others = largest_patch(weight), other_patches(weight)
    paper = np.full((20 * CELL, 40 * CELL, 3), 235, np.uint8)
    assert joined(paper, PX_PER_MM, patch, others)[5, 5]
    table = paper.copy()
    table[:, : 13 * CELL] = (150, 108, 74)
    found = joined(table, PX_PER_MM, patch, others)
    assert not found[:, :12].any()
    assert (found == patch).all()
