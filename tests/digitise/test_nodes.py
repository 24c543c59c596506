"""Values between the nodes of a net."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage.digitise.flatten.nodes import at_pixels, at_points


@pytest.mark.parametrize("step", [1, 7, 20, 33])
def test_a_tilted_plane_stays_a_plane_at_every_pixel(step: int) -> None:
    rows, columns = np.mgrid[0:6, 0:9] * step
    nodes = np.stack([3 * rows - columns, 0.1 * rows + 2 * columns], axis=-1).astype(np.float32)
    shape = (5 * step, 8 * step)
    row, column = np.mgrid[: shape[0], : shape[1]]
    first, second = at_pixels(nodes, shape, step)
    np.testing.assert_allclose(first, 3 * row - column, atol=1e-3)
    np.testing.assert_allclose(second, 0.1 * row + 2 * column, atol=1e-3)


def test_points_and_pixels_agree_and_the_last_node_holds_beyond_the_net() -> None:
    nodes = np.random.default_rng(0).normal(size=(4, 5, 2)).astype(np.float32)
    planes = at_pixels(nodes, (20, 26), 5)
    points = np.argwhere(np.ones((20, 26)))
    found = at_points(nodes, points / 5)
    np.testing.assert_allclose(found, np.stack(planes, axis=-1).reshape(-1, 2), atol=1e-5)
    np.testing.assert_allclose(found[-1], nodes[-1, -1], atol=1e-6)
