"""What of a sheet is paper: beyond the grid that was seen, on stains, up to the picture's edge."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.flatten.gridded import gridded
from ecgpage.digitise.flatten.paper import paper_mask

PX = 6
CELL = 5 * PX
ROWS, COLUMNS = 24, 40


def sheet() -> np.ndarray:
    """A grid with 5 mm lines on the edges of cells."""
    image = np.full((ROWS * CELL, COLUMNS * CELL, 3), 240.0)
    for k in range(0, 5 * ROWS):
        image[k * PX : k * PX + 1] *= 0.75 if k % 5 == 0 else 0.9
    for k in range(0, 5 * COLUMNS):
        image[:, k * PX : k * PX + 1] *= 0.75 if k % 5 == 0 else 0.9
    return image


def table(height: int, width: int) -> np.ndarray:
    """Brown and grainy."""
    grain = np.random.default_rng(1).normal(1.0, 0.1, (height, width, 1))
    return np.clip(np.array([150.0, 108.0, 74.0]) * grain, 0, 255)


def stained(image: np.ndarray) -> np.ndarray:
    """A brown blot from the upper edge downwards, cells 10 to 17 across and 0 to 7 down."""
    image = image.copy()
    image[: 7 * CELL, 10 * CELL : 17 * CELL] *= np.array([0.75, 0.62, 0.45])
    return image


def all_seen() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells seen, how clearly, and the millimetres that lie in the picture."""
    seen = np.ones((ROWS, COLUMNS), bool)
    return seen, seen.astype(float), np.ones((5 * ROWS, 5 * COLUMNS), bool)


def test_a_stain_shows_the_grid_and_the_table_does_not() -> None:
    image = stained(sheet())
    image[:, 32 * CELL :] = table(ROWS * CELL, 8 * CELL)
    core = np.zeros((ROWS, COLUMNS), bool)
    core[10:20, 3:28] = True
    shown = gridded(image.astype(np.uint8), PX, core)
    assert shown[1:6, 11:16].all()
    assert not shown[:, 34:].any()


def test_a_stain_at_the_edge_is_paper() -> None:
    seen, clear, pictured = all_seen()
    paper = paper_mask(stained(sheet()).astype(np.uint8), PX, seen, clear, pictured, 3.0)
    assert paper[5:40, 50:85].mean() > 0.9


def test_paper_goes_on_beyond_the_grid_that_was_seen_and_the_table_does_not() -> None:
    seen, clear, pictured = all_seen()
    seen[-2:] = seen[:, -2:] = False
    clear[~seen] = 0.0
    image = sheet()
    image[:, -2 * CELL :] = table(ROWS * CELL, 2 * CELL)
    paper = paper_mask(image.astype(np.uint8), PX, seen, clear, pictured)
    assert paper[-10:-1, 20:180].all()
    assert not paper[:, -8:].any()


def test_paper_reaches_the_edge_of_the_picture_and_a_sliver_of_table_does_not_count() -> None:
    seen, clear, pictured = all_seen()
    pictured[:5] = False
    image = sheet()
    image[:CELL] = 255
    image[5 * PX : 6 * PX, 100 * PX :] = 20
    paper = paper_mask(image.astype(np.uint8), PX, seen, clear, pictured)
    assert paper[5, 5:90].all()
    assert not paper[5, 110:-5].any()
    assert not paper[:5].any()
