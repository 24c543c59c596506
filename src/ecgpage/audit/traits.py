"""What an audit needs to know of a page, taken in one pass and small enough to keep."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.audit.bands import recording_rows, trace_pieces
from ecgpage.audit.file_traits import FileTraits, file_traits
from ecgpage.audit.ink import ink_map, pack_ink, small_map, without_grid
from ecgpage.values import Page, Refusal

BAND_SIZE = (24, 160)
"""Rows and columns to which header and footer are brought."""


@dataclass(frozen=True, slots=True, eq=False)
class PageTraits:
    """One page, described; picklable, 30 to 60 KiB.

    Attributes
    ----------
    source, width_px, height_px, format, dpi:
        As the page says.
    taken:
        Date and time in the file's metadata, "" where there is none.
    file:
        Facts of the file, None for a page that lies in no file.
    pixel_sha256:
        Over the picture's size and pixels.
    small:
        Small ink map for finding candidates, shape (96, 128), uint8.
    ink_png:
        Ink map for verification, packed.
    contrast:
        Grey levels between the 0.1 % and the 99.9 % quantile.
    trace_share:
        Widths of all pieces that run like a trace, added up, as a share of the page's width.
    grid_strength:
        Height of the strongest repeat in the page's ruled lines, 0 to 1.
    recording:
        First and last row of the recording, as shares of the height.
    header, footer:
        Grey levels above and below the recording, shape (24, 160), uint8; None without.
    lines:
        Whether a long ruled line lies in each of 64 row bins, then 64 column bins, 0 or 1.
    colours:
        Commonest red, green and blue of the paper, then of its coloured print, 0 to 1; -1
        where nothing is coloured.
    faults:
        What the reader holds against the page.
    thumbnail_jpeg:
        For reports, 320 pixels wide.
    """

    source: str
    width_px: int
    height_px: int
    format: str
    dpi: float | None
    taken: str
    file: FileTraits | None
    pixel_sha256: str
    small: NDArray[np.uint8]
    ink_png: bytes
    contrast: float
    trace_share: float
    grid_strength: float
    recording: tuple[float, float]
    header: NDArray[np.uint8] | None
    footer: NDArray[np.uint8] | None
    lines: NDArray[np.float32]
    colours: NDArray[np.float32]
    faults: tuple[Refusal, ...]
    thumbnail_jpeg: bytes


def describe(page: Page, faults: tuple[Refusal, ...] = ()) -> PageTraits:
    """Describe one page; pure and picklable, so that a batch can map it.

    Parameters
    ----------
    page:
        The page as read. If its source is a file, the file's facts are taken too.
    faults:
        What the reader holds against the page (blank, tiny, incomplete).
    """
    image = page.image
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    ink = ink_map(grey)
    trace = without_grid(ink)
    top, bottom = recording_rows(image, ink)
    low, high = np.percentile(grey[::2, ::2], [0.1, 99.9])
    source = Path(page.source)
    return PageTraits(
        source=page.source,
        width_px=image.shape[1],
        height_px=image.shape[0],
        format=page.format,
        dpi=page.dpi,
        taken=_taken(page),
        file=file_traits(page.source) if source.is_file() else None,
        pixel_sha256=_pixel_sha256(image),
        small=small_map(trace),
        ink_png=pack_ink(trace),
        contrast=float(high - low),
        trace_share=float(trace_pieces(ink)[:, 3].sum() / ink.shape[1]),
        grid_strength=_grid_strength(grey),
        recording=(top, bottom),
        header=_band(grey, 0.0, top),
        footer=_band(grey, bottom, 1.0),
        lines=_ruled_lines(ink),
        colours=_colours(image),
        faults=faults,
        thumbnail_jpeg=_thumbnail(image),
    )


def traits_row(traits: PageTraits) -> dict[str, Any]:
    """What a table of an archive's pages says of one; no picture, ink or name."""
    return {
        "width_px": traits.width_px,
        "height_px": traits.height_px,
        "format": traits.format,
        "dpi": traits.dpi,
        "taken": traits.taken or None,
        "pixel_sha256": traits.pixel_sha256,
        "contrast": traits.contrast,
        "trace_share": traits.trace_share,
        "grid_strength": traits.grid_strength,
        "recording_top": float(traits.recording[0]),
        "recording_bottom": float(traits.recording[1]),
        "faults": [fault.code for fault in traits.faults],
    }


def _taken(page: Page) -> str:
    for name, value in page.metadata.items():
        if "datetime" in name.lower().replace("_", "").replace(" ", ""):
            return value
    return ""


def _pixel_sha256(image: NDArray[np.uint8]) -> str:
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def _band(grey: NDArray[np.uint8], start: float, stop: float) -> NDArray[np.uint8] | None:
    """Rows between two shares of the height, brought to one size; None if under 1.5 %."""
    rows = grey.shape[0]
    band = grey[round(start * rows) : round(stop * rows)]
    if band.shape[0] < max(0.015 * rows, 2):
        return None
    size = (BAND_SIZE[1], BAND_SIZE[0])
    return np.asarray(cv2.resize(band, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _ruled_lines(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lines longer than 40 % of the width or 30 % of the height: frame, rules, separators."""
    dark = (ink > 0.35).astype(np.uint8)
    rows, columns = dark.shape
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, int(0.4 * columns)), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((int(0.3 * rows), 1), np.uint8))
    by_row = across.mean(axis=1).reshape(64, -1).max(axis=1)
    by_column = down.mean(axis=0).reshape(64, -1).max(axis=1)
    return (np.concatenate([by_row, by_column]) > 0.2).astype(np.float32)


def _colours(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Commonest levels of the paper and of what is coloured on it, away from dark ink.

    Commonest levels, not means: how much of the grid a trace hides must not show in them.
    """
    few = image[::2, ::2]
    grey = cv2.cvtColor(few, cv2.COLOR_RGB2GRAY)
    dark = (grey < np.median(grey) - 60).astype(np.uint8)
    light = few[cv2.dilate(dark, np.ones((9, 9), np.uint8)) == 0]
    coloured = light[np.ptp(light, axis=1) > 12] if len(light) else light
    parts = (light, coloured if len(coloured) > 0.01 * len(light) else light[:0])
    levels = [
        float(np.bincount(part[:, c] // 4, minlength=64).argmax()) / 63 if len(part) else -1.0
        for part in parts
        for c in range(3)
    ]
    return np.array(levels, dtype=np.float32)


def _grid_strength(grey: NDArray[np.uint8]) -> float:
    """The best repeat of 4 to 80 pixels in the mean row and column of the page's middle."""
    rows, columns = grey.shape
    middle = 255.0 - grey[rows // 4 : 3 * rows // 4, columns // 8 : 7 * columns // 8]
    best = 0.0
    for axis in (0, 1):
        few = middle[::3] if axis == 0 else middle[:, ::3]
        profile = np.median(few, axis=axis)
        profile = profile - cv2.blur(profile[:, None], (1, 81))[:, 0]
        power = float((profile**2).sum())
        if power < 1e-3 * len(profile) or len(profile) < 200:
            continue
        spectrum = np.abs(np.fft.rfft(profile, 2 * len(profile))) ** 2
        repeat = np.fft.irfft(spectrum)[:80] / power
        first_dip = int(np.argmax(repeat < 0.1))
        if first_dip:
            best = max(best, float(repeat[max(first_dip, 4) :].max()))
    return best


def _thumbnail(image: NDArray[np.uint8]) -> bytes:
    width = min(320, image.shape[1])
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 70])[1])
