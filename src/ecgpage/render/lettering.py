"""Words as masks, in fonts that the installed packages bring."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ecgpage.render.ink import Box, lay_ink
from ecgpage.render.style import Rgb

FONT_FILES: dict[str, str] = {
    "sans": "DejaVuSans.ttf",
    "sans-bold": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono-bold": "DejaVuSansMono-Bold.ttf",
    "times": "STIXGeneral.ttf",
    "roman": "cmr10.ttf",
    "plotter": "cmss10.ttf",
}
"""Fonts that ship with Matplotlib (DejaVu, STIX, Computer Modern); read as files only."""


@lru_cache(maxsize=1)
def _font_folder() -> Path | None:
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return folder if folder.is_dir() else None


@lru_cache(maxsize=64)
def _font(family: str, size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    folder = _font_folder()
    if folder is None:
        return ImageFont.load_default(size_px)
    return ImageFont.truetype(str(folder / FONT_FILES[family]), size_px)


@lru_cache(maxsize=4096)
def text_mask(text: str, family: str, capital_px: float) -> tuple[NDArray[np.uint8], int]:
    """One line of text as cover 0-255, cropped to its ink; capitals are ``capital_px`` high.

    Also returns how many of its rows lie at or above the line that the letters stand on.
    """
    font = _font(family, max(6, round(capital_px / 0.72)))
    left, top, right, bottom = (int(v) for v in font.getbbox(text, anchor="ls"))
    picture = Image.new("L", (max(right - left, 1) + 2, max(bottom - top, 1) + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font, anchor="ls")
    mask, above = np.asarray(picture), 1 - top
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return np.zeros((1, 1), np.uint8), 1
    crop = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(crop), above - int(rows[0])


def write(
    sheet: NDArray[np.uint8],
    text: str,
    at_px: tuple[float, float],
    *,
    family: str,
    capital_px: float,
    rgb: Rgb,
    anchor: str = "left",
    strength: float = 1.0,
) -> Box:
    """Write one line whose letters stand on row ``at_px[0]``; returns the box of its ink.

    ``anchor`` says which end of the line stands at column ``at_px[1]``: left, middle, right.
    """
    mask, above = text_mask(text, family, round(capital_px * 4) / 4)
    rows, columns = mask.shape
    shift = {"left": 0.0, "middle": columns / 2, "right": float(columns)}[anchor]
    top, left = round(at_px[0]) - above + 1, round(at_px[1] - shift)
    lay_ink(sheet, mask, top, left, rgb, strength)
    return float(top), float(left), float(top + rows - 1), float(left + columns - 1)
