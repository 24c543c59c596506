"""Whether two pages show the same recording: their inks laid over one another, tile by tile.

Two pages of one template agree wherever print is the same and disagree wherever the traces run
differently, so the measure is not how much agrees but how little disagrees: the share of tiles
with ink whose correlation reaches :data:`TILE_CORRELATION`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.audit.ink import COLUMNS, SMALL_COLUMNS, SMALL_ROWS, unpack_ink

Map = NDArray[np.float32]

TILE_PX = 32
SEARCH_PX = 2
"""How far a tile may lie from where the alignment puts it, in pixels of the ink map."""
TILE_CONTRAST = 0.04
"""Least standard deviation of a tile's squared ink: fainter tiles are bare paper or grid."""
TILE_CORRELATION = 0.89
TILES_AGREEING = 0.9
"""Two pages are one recording if at least this share of their inked tiles correlate by
:data:`TILE_CORRELATION`. Measured on 376 different pages of one template, each against its three
most similar other pages (1128 pairs, some of one patient): at most 0.67, in the middle 0.36; on 90
pages of another, with a heavy grid (270 pairs): at most 0.37. Copies (50 to 150 %, JPEG quality 30,
both, grey, darker, brighter, gamma 1.8, up to 8 % cut off each side) of the first reached 1.00, of
the second 0.98 where nothing was cut off."""
TILES_REFINED = 0.5
"""From this share on the alignment is refined before the pages are told apart."""
TILES_SHARED = 0.6
"""Least share of inked tiles that have ink on both pages (a blanked header is allowed)."""
ROUGH_CORRELATION = 0.86
ROUGH_CONTRAST = 0.03
ROUGH_TILE = 0.7
"""Aligned small maps that correlate less than 0.86, or of whose tiles of 8 pixels more than a
tenth correlate less than 0.7, are not looked at further. Half of the strangers are; copies had
0.88 and 0.74 at least."""
LEAST_TILES = 8


def same_recording(
    first_small: NDArray[np.uint8],
    second_small: NDArray[np.uint8],
    first_ink: bytes,
    second_ink: bytes,
    crop: tuple[float, float, float, float],
    *,
    early: bool = True,
) -> float:
    """Share of inked tiles on which two pages agree, 0 to 1.

    Parameters
    ----------
    first_small, second_small:
        Small ink maps, shape (96, 128), uint8.
    first_ink, second_ink:
        Ink maps as :func:`ecgpage.audit.ink.pack_ink` gave them.
    crop:
        Shares to cut off the first page (left, right, top, bottom) so that it lies about on
        the second; refined here by the enhanced correlation coefficient (Evangelidis and
        Psarakis, IEEE TPAMI 30 (2008) 1858).
    early:
        Stop, and return 0, as soon as the pages can no longer be twins.
    """
    correlation, place = align(first_small, second_small, crop)
    if place is None:
        return 0.0
    if early and not _worth_a_look(correlation, first_small, second_small, place):
        return 0.0
    first, second = unpack_ink(first_ink), unpack_ink(second_ink)
    needed = TILES_REFINED if early else 0.0
    agreement = _agreement(first, second, place, needed)
    if TILES_REFINED <= agreement < TILES_AGREEING:
        refined = _refine(first, second, place)
        if refined is not None:
            agreement = max(agreement, _agreement(first, second, refined, needed))
    return agreement if agreement >= TILES_AGREEING or not early else 0.0


def _worth_a_look(
    correlation: float, first: NDArray[np.uint8], second: NDArray[np.uint8], place: Map
) -> bool:
    """Whether the small maps, aligned, agree well enough for the ink maps to be unpacked."""
    if correlation < ROUGH_CORRELATION:
        return False
    moved = _warp(np.asarray(first / 255, np.float32), place)
    cut = [_tiles(page, 8) for page in (moved, np.asarray(second / 255, np.float32))]
    one, other = (tiles - tiles.mean(axis=(2, 3), keepdims=True) for tiles in cut)
    spread = [np.sqrt((tiles**2).mean(axis=(2, 3))) for tiles in (one, other)]
    inked = (spread[0] > ROUGH_CONTRAST) & (spread[1] > ROUGH_CONTRAST)
    inked &= _tiles(_warp(np.ones_like(moved), place), 8).min(axis=(2, 3)) > 0
    if inked.sum() < LEAST_TILES:
        return False
    agreement = (one * other).mean(axis=(2, 3))[inked] / (spread[0] * spread[1])[inked]
    return bool(np.quantile(agreement, 0.1) >= ROUGH_TILE)


def _agreement(first: Map, second: Map, place: Map, needed: float) -> float:
    """Share of inked tiles that correlate; 0 as soon as it can no longer reach ``needed``."""
    warped, inside = _laid_over(first, place)
    soft_first, soft_second = _soften(warped), _soften(second)
    spots, either = _inked_tiles(soft_first, soft_second, inside)
    if len(spots) < LEAST_TILES or len(spots) < TILES_SHARED * either:
        return 0.0
    bad = 0
    for row, column in spots:
        if _tile_correlation(soft_first, soft_second, row, column) < TILE_CORRELATION:
            bad += 1
            if bad > len(spots) * (1 - needed):
                return 0.0
    return 1 - bad / len(spots)


def _refine(first: Map, second: Map, place: Map) -> Map | None:
    """The alignment taken up again on the ink maps at half their size; None if it is lost."""
    size = (COLUMNS // 2, second.shape[0] // 2)
    halves = [cv2.resize(page**2, size, interpolation=cv2.INTER_AREA) for page in (second, first)]
    shift = 2 * place[:, 2] + 0.5 * (1 - place[:, :2].sum(axis=1))
    guess = np.column_stack([place[:, :2], shift]).astype(np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-5)
    mask = np.ones(size[::-1], np.uint8)
    try:
        _, found = cv2.findTransformECC(
            halves[0], halves[1], guess, cv2.MOTION_AFFINE, stop, mask, 5
        )
    except cv2.error:
        return None
    better = np.asarray(found, dtype=np.float32)
    better[:, 2] = (better[:, 2] - 0.5 * (1 - better[:, :2].sum(axis=1))) / 2
    return better


def align(
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    crop: tuple[float, float, float, float],
) -> tuple[float, Map | None]:
    """Correlation of two small maps once aligned, and where the second lies on the first.

    The place is an affine matrix, shape (2, 3), in pixels of the small maps; None where the
    iteration found no alignment.
    """
    left, right, top, bottom = crop
    guess = np.array(
        [
            [1 - left - right, 0, left * SMALL_COLUMNS],
            [0, 1 - top - bottom, top * SMALL_ROWS],
        ],
        np.float32,
    )
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-4)
    try:
        correlation, place = cv2.findTransformECC(
            second.astype(np.float32),
            first.astype(np.float32),
            guess,
            cv2.MOTION_AFFINE,
            stop,
            np.ones_like(second),
            3,
        )
    except cv2.error:
        return 0.0, None
    return float(correlation), np.asarray(place, dtype=np.float32)


def _laid_over(ink: Map, place: Map) -> tuple[Map, Map]:
    """The first page moved onto the second, and 1 where it has pixels at all."""
    scale = COLUMNS / SMALL_COLUMNS
    full = place.copy()
    full[:, 2] = place[:, 2] * scale + (scale - 1) / 2 * (1 - place[:, :2].sum(axis=1))
    return _warp(ink, full), _warp(np.ones_like(ink), full)


def _warp(page: Map, place: Map) -> Map:
    size = (page.shape[1], page.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(page, place, size, flags=flags), dtype=np.float32)


def _soften(ink: Map) -> Map:
    """Squared ink, which holds faint grid down, blurred by one pixel."""
    return np.asarray(cv2.GaussianBlur(ink**2, (0, 0), 1.0), dtype=np.float32)


def _inked_tiles(first: Map, second: Map, inside: Map) -> tuple[list[tuple[int, int]], int]:
    """Corners of the tiles with ink on both pages, in mixed order; how many have it on either."""
    whole = _tiles(inside, TILE_PX).min(axis=(2, 3)) > 0
    dark = [_tiles(page, TILE_PX).std(axis=(2, 3)) > TILE_CONTRAST for page in (first, second)]
    both = np.argwhere(whole & dark[0] & dark[1]) * TILE_PX + SEARCH_PX
    mixed = np.random.default_rng(0).permutation(len(both))
    corners = [(int(row), int(column)) for row, column in both[mixed]]
    return corners, int((whole & (dark[0] | dark[1])).sum())


def _tiles(page: Map, size: int) -> Map:
    """The page less a margin of the search, cut into tiles: shape (row, column, size, size)."""
    margin = SEARCH_PX
    inner = page[margin : page.shape[0] - margin, margin : page.shape[1] - margin]
    rows, columns = inner.shape[0] // size, inner.shape[1] // size
    cut = inner[: rows * size, : columns * size].reshape(rows, size, columns, size)
    return cut.swapaxes(1, 2)


def _tile_correlation(first: Map, second: Map, row: int, column: int) -> float:
    tile = first[row : row + TILE_PX, column : column + TILE_PX]
    around = second[
        row - SEARCH_PX : row + TILE_PX + SEARCH_PX,
        column - SEARCH_PX : column + TILE_PX + SEARCH_PX,
    ]
    return float(cv2.matchTemplate(around, tile, cv2.TM_CCOEFF_NORMED).max())
