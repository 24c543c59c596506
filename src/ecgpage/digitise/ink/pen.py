"""Tell ink from paper and grid: how much of each pixel the pen has covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.paper import with_margin
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.colour import grid_colour, without_colour
from ecgpage.digitise.ink.gridlevel import grid_level
from ecgpage.digitise.ink.network import NetworkCover, NetworkMissing, network_cover
from ecgpage.digitise.ink.sample import pieces_of
from ecgpage.digitise.ink.shading import darkness_planes, full_size, paper_around
from ecgpage.digitise.percentile import percentile
from ecgpage.digitise.strips import in_strips

Image = NDArray[np.float32]
NOTHING, UNSURE, SURE = 0.08, 0.25, 0.7
"""Coverage that means no ink, at which the network takes a pixel for ink at all, and for ink
without doubt."""
RUN, LEAST_SEEN = 0.4, 0.5
"""Classical coverage that makes a run of ink, and the share of the network's sure ink that must
have it, or else the classical way has failed."""
MUCH_STRAY = 0.2
"""Share of classical ink that lies where the network sees none of any kind: up to 0.13 on clean
pages, 0.2 to 0.8 on scans with strong grids or shadows (development pages)."""
SURELY_SEEN, HARDLY_STRAY = 0.6, 0.1
"""What a sample of the page must show at least and at most of them, so that the network need not
see all of it: on 54 development pages (scans, photos, renders) samples were off by 0.18 at most,
but by less than 0.04 where little was stray."""
BENT_MM = 1.0
"""Paper that bends less lies as scanned or copied sheets do."""
HOPELESS = 0.39
"""Noise of paper and grid, as a share of full ink, that the classical way cannot cut off."""
FULL_INK = 99.8
"""Percentile of darkness, over the paper, that is full ink; tried between 99.5 and 99.9 on scans
and photos: lower ones make lines fat and flat."""
CLEAN_LEVEL, CRISP = 0.051, 0.52
"""Noise of paper and grid, and half-inked pixels against inked ones, of pages that are clean."""
PAPER_MM = 6.0
"""Within this distance of any ink there is bare paper; shadows change more slowly."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Coverage by ink.

    ``cover`` (rows, columns) float32, 0 paper or grid, 1 fully inked; ``grid_level`` and
    ``ink_level`` are the darknesses that became 0 and 1; ``clear`` is their distance: small
    where grid and ink can hardly be told apart. ``strokes``: ``cover`` with the strokes
    that part columns, ``words`` with printed words too: the network keeps them apart;
    ``learned``: whether the network has found them; ``classical``: then the ink of the classical
    way where that was found first. ``papers``: brightness of the bare paper in red, green and blue
    (:func:`ecgpage.digitise.ink.shading.paper_around`) where it was asked.
    """

    cover: Image
    grid_level: float
    ink_level: float
    strokes: Image
    words: Image
    learned: bool = False
    classical: Ink | None = None
    papers: tuple[Image, ...] = ()

    @property
    def clear(self) -> float:
        """Distance of ink from grid in darkness."""
        return self.ink_level - self.grid_level


def find_ink(sheet: Sheet, way: str = "auto") -> Ink:
    """Ink of a sheet.

    ``way``: ``classical``, ``network``, ``mixed`` (classical ink where the network sees some), or
    ``auto``: whichever of them suits the sheet, classical where the network cannot be loaded.
    """
    if way == "network":
        return network_ink(sheet, network_cover(sheet))
    papers = paper_around(sheet.image, round(PAPER_MM * max(sheet.px_per_mm)))
    plain = _classical(sheet, papers)
    if way == "mixed":
        return mixed_ink(plain, network_cover(sheet, papers=papers))
    bent = _bent(sheet) and plain.grid_level < HOPELESS
    if way == "classical" or bent or _is_clean(sheet, plain):
        return plain
    try:
        few = replace(sheet, image=pieces_of(sheet.image))
        seen, stray = _compare(pieces_of(plain.cover), network_cover(few))
        if seen > SURELY_SEEN and stray < HARDLY_STRAY:
            return plain
        return _best(sheet, plain, network_cover(sheet, papers=papers))
    except NetworkMissing:
        return plain


def _bent(sheet: Sheet) -> bool:
    """Whether a grid has shown bends.

    Of a bent page without a grid that was made flat the network sees what it saw before: of ten
    development pages (two seeds) two were read 7 and 6 dB better by it, one was not read without.
    """
    return sheet.cells > 0 and sheet.bend_mm > BENT_MM


def _is_clean(sheet: Sheet, plain: Ink) -> bool:
    """Whether a flat page's ink is so crisp that the network need not be asked.

    On 60 development pages (own renders and LUDB, PDF and scanned pages) the network changed
    nothing where this holds.
    """
    if sheet.nodes_px is not None or plain.grid_level > CLEAN_LEVEL:
        return False
    seen = plain.cover[::2, ::2]
    full = int(np.count_nonzero(seen >= 0.5))
    return int(np.count_nonzero(seen > 0.05)) - full < CRISP * full


def _best(sheet: Sheet, plain: Ink, found: NetworkCover) -> Ink:
    """The network alone where the classical way misses most of what the network is sure of.

    Else classical ink, cleaned by the network where much of it is stray and the paper lies
    flat: on clean pages nothing is gained by the network, and a little is lost.
    """
    seen, stray = _compare(plain.cover, found)
    if seen < LEAST_SEEN:
        return replace(network_ink(sheet, found), classical=plain)
    dirty = stray > MUCH_STRAY and not _bent(sheet)
    return mixed_ink(plain, found) if dirty else plain


def _compare(cover: Image, found: NetworkCover) -> tuple[float, float]:
    """Share of the network's sure ink that ``cover`` has, and of its ink that the network lacks."""
    line, _, separator, words = found.layers
    sure = line > int(255 * SURE)  # whole numbers: bytes are compared as they are
    count = np.count_nonzero(sure)
    seen = np.count_nonzero(sure & (cover > RUN)) / count if count else 1.0
    ink = np.maximum(np.maximum(line, separator), words)
    stray = np.asarray(cv2.dilate(ink, np.ones((3, 3), np.uint8))) < ceil(255 * UNSURE)
    amount = cv2.mean(cover, stray.view(np.uint8))[0] * np.count_nonzero(stray)
    return seen, amount / max(cv2.sumElems(cover)[0], 1.0)


def network_ink(sheet: Sheet, found: NetworkCover) -> Ink:
    """Ink as the network sees it: the surer it is of all that it took for ink, the clearer."""
    inside, around = _inside(sheet, found.layers.shape[1:])
    line, strokes = found.line, found.separator
    words = np.maximum(np.maximum(line, strokes), found.print)
    cover = line
    if inside is not None:
        cover, strokes = line * inside, strokes * inside
    seen = cover[::2, ::2][cover[::2, ::2] > UNSURE]
    strokes = np.maximum(cover, strokes)
    return Ink(
        cover=cover,
        grid_level=0.0,
        ink_level=float(np.mean(seen > SURE)) if seen.size else 0.0,
        strokes=strokes,
        words=words if around is None else words * around,
        learned=True,
    )


def mixed_ink(plain: Ink, found: NetworkCover) -> Ink:
    """Classical ink where the network sees a line or a stroke between columns.

    Darkness tells to a fraction of a pixel where a line runs, the network that it is one.
    """
    ink = np.maximum(found.layers[0], found.layers[2])
    near = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    share = np.clip((np.arange(256) / 255 - NOTHING) / (UNSURE - NOTHING), 0.0, 1.0)
    cover = np.asarray(cv2.LUT(near, share.astype(np.float32)), np.float32)
    np.multiply(cover, plain.cover, out=cover)
    return replace(plain, cover=cover, learned=True, classical=plain)


def classical_ink(sheet: Sheet) -> Ink:
    """Ink by colour, repetition and darkness.

    The grid's colour is taken out first, then what repeats as the grid does; what is left and
    dark enough is ink.
    """
    return _classical(sheet, paper_around(sheet.image, round(PAPER_MM * max(sheet.px_per_mm))))


def _classical(sheet: Sheet, papers: Sequence[Image]) -> Ink:
    """Classical ink of a sheet whose bare paper is given."""
    inside, around = _inside(sheet, sheet.image.shape)
    dark = _dark(sheet.image, papers, inside)
    high = _full_ink(dark, inside)
    level = grid_level(dark, sheet.px_per_mm)

    def raise_above_grid(rows: slice) -> None:
        above, grid = dark[rows], level.of(rows)
        np.subtract(above, grid, out=above)
        room = np.subtract(np.float32(high), grid, out=grid)
        above /= np.maximum(room, np.float32(0.25 * high), out=room)

    in_strips(len(dark), raise_above_grid)
    floor = _noise(dark, inside)

    def cut_noise(rows: slice) -> None:
        cover = dark[rows]
        np.subtract(cover, np.float32(floor), out=cover)
        cover *= np.float32(1.0 / (0.95 - floor))
        np.clip(cover, 0.0, 1.0, out=cover)

    in_strips(len(dark), cut_noise)
    words = cover = dark
    if inside is not None and around is not None:
        words, cover = cover * around, np.multiply(cover, inside, out=cover)
    return Ink(
        cover=cover, grid_level=floor, ink_level=high, strokes=cover, words=words,
        papers=tuple(papers),
    )  # fmt: skip


def _dark(image: NDArray[np.uint8], papers: Sequence[Image], inside: Image | None) -> Image:
    """Darkness of each pixel against the paper around, without the grid's colour."""
    bare = full_size(papers, image.shape)
    few = np.s_[::3, ::3]
    sample = darkness_planes(
        np.ascontiguousarray(image[few]), [np.ascontiguousarray(paper[few]) for paper in bare]
    )
    colour = grid_colour(sample, None if inside is None else inside[few] > 0)
    out = np.empty(image.shape[:2], np.float32)

    def strip(rows: slice) -> None:
        planes = darkness_planes(image[rows], [paper[rows] for paper in bare])
        out[rows] = without_colour(planes, colour)

    in_strips(len(out), strip)
    return out


def _inside(sheet: Sheet, shape: tuple[int, ...]) -> tuple[Image | None, Image | None]:
    """1 on the paper, 0 on the table around it; and with the paper's own margin, for words."""
    if sheet.paper is None:
        return None, None
    size = (shape[1], shape[0])
    masks = sheet.paper, with_margin(sheet.image, sheet.px_per_mm, sheet.paper)
    paper, wide = (
        cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_NEAREST) for mask in masks
    )
    return np.asarray(paper, np.float32), np.asarray(wide, np.float32)


def _full_ink(dark: Image, inside: Image | None) -> float:
    """Darkness of full ink: what the darkest few pixels of lines reach.

    The ink of an ECG page covers one to five per cent of it, most of it the pale sides of lines.
    """
    sample = dark[::2, ::2] if inside is None else dark[::2, ::2][inside[::2, ::2] > 0]
    return max(percentile(sample, FULL_INK), 0.08)


def _noise(above: Image, inside: Image | None) -> float:
    """Share of full ink that paper and grid reach by noise: between 0.05 and 0.4.

    The 0.9 quantile of all pixels lies in paper and grid; twice that is rarely passed by them.
    """
    sample = above[::3, ::3] if inside is None else above[::3, ::3][inside[::3, ::3] > 0]
    return float(np.clip(np.float32(2.0 * percentile(sample, 90)), 0.05, 0.4))
