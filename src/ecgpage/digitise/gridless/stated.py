"""What a file states about its resolution, held against the grid that was found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.gridless.no_grid import DPI, MM_PER_INCH
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.values import Page

MISTAKEN = (0.2, 0.4, 0.5, 2.0, 2.5, 5.0)
"""By what factor a period may be mistaken for another: 1, 2, 2.5 and 5 mm."""
SAME_SCALE = 0.02
LEAN_DEG, LEAST_LEAN_DEG = 0.6, 0.2
"""Rows that lean by this in the median, and by that at least, all to one side, do not run along the
grid: 0.1 in the median on 6 photos, 1.2 and 1.3 on two renders of screens whose moire was taken for
a grid."""
OTHER_SCALE = 0.03
LINES_MM, AS_LINES = 5.0, 0.03
"""Rows as far apart as a grid's strong lines, to that share, were themselves taken for these: no
page has its rows so near to each other."""
PIECES, LEAST_ROWS = 8, 3
BLOCK_PX, SAME_BLOCKS = 8, 0.001
"""JPEG rounds blocks of so many pixels each by itself; how nearly a period is theirs then."""


def mistaken_period(page: Page, sheet: Sheet) -> bool:
    """Whether a flat sheet's scale is just such a factor off what the file states."""
    if page.dpi is None or not DPI[0] <= page.dpi <= DPI[1] or sheet.nodes_px is not None:
        return False
    stated = page.dpi / MM_PER_INCH / sheet.reduced
    return all(
        min(abs(scale / stated / factor - 1) for factor in MISTAKEN) < SAME_SCALE
        for scale in sheet.px_per_mm
    )


def only_blocks(page: Page, sheet: Sheet) -> bool:
    """Whether what was taken for the millimetres of a flat sheet are the blocks of a JPEG picture.

    Their borders run exactly along the picture, 8 pixels apart. A fax has 8 pixels a millimetre as
    well, so the file must state another scale.
    """
    if page.dpi is None or not DPI[0] <= page.dpi <= DPI[1] or sheet.nodes_px is not None:
        return False
    stated = page.dpi / MM_PER_INCH / sheet.reduced
    block = BLOCK_PX / sheet.reduced
    return all(
        abs(scale / block - 1) < SAME_BLOCKS and abs(scale / stated - 1) > OTHER_SCALE
        for scale in sheet.px_per_mm
    )


def contradicted(page: Page, sheet: Sheet) -> bool:
    """Whether a grid's scale is another than the file states."""
    if page.dpi is None or not DPI[0] <= page.dpi <= DPI[1]:
        return False
    stated = page.dpi / MM_PER_INCH / sheet.reduced
    return any(abs(scale / stated - 1) >= OTHER_SCALE for scale in _picture_scale(sheet))


def mistaken_grid(page: Page, sheet: Sheet, rows: Sequence[TracedRow]) -> bool:
    """Whether rows do not run along a grid whose scale is not what the file states either.

    Or whether they are its lines.
    """
    if len(rows) < LEAST_ROWS or not contradicted(page, sheet):
        return False
    apart_px = float(np.median(np.diff(sorted(row.row.baseline_px for row in rows))))
    if abs(apart_px / sheet.px_per_mm[0] / LINES_MM - 1) < AS_LINES:
        return True
    lean = np.array([_lean_deg(row, sheet.px_per_mm) for row in rows])
    lean = lean * np.sign(np.median(lean))
    return bool(np.median(lean) > LEAN_DEG and lean.min() > LEAST_LEAN_DEG)


def _picture_scale(sheet: Sheet) -> tuple[float, float]:
    """Pixels of the picture, as it was reduced, in a millimetre of the sheet (down, across)."""
    if sheet.nodes_px is None:
        return sheet.px_per_mm
    steps = [np.linalg.norm(np.diff(sheet.nodes_px, axis=axis), axis=2) for axis in (0, 1)]
    down, across = (float(np.median(step)) / sheet.step_px for step in steps)
    return down * sheet.px_per_mm[0], across * sheet.px_per_mm[1]


def _lean_deg(row: TracedRow, px_per_mm: tuple[float, float]) -> float:
    """How much a row leans, as pairs of stretches well apart say in the median; 0 if unknown."""
    first = int(row.left_px)
    centre = row.line.centre[first : int(row.right_px) + 1]
    seen = np.flatnonzero(np.isfinite(centre))
    if len(seen) < PIECES**2:
        return 0.0
    pieces = np.array_split(seen, PIECES)
    across = np.array([piece.mean() for piece in pieces]) / px_per_mm[1]
    down = np.array([np.median(centre[piece]) for piece in pieces]) / px_per_mm[0]
    i, j = np.triu_indices(PIECES, PIECES // 2 - 1)
    return float(np.rad2deg(np.median((down[j] - down[i]) / (across[j] - across[i]))))
