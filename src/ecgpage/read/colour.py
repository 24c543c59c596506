"""Any picture mode to upright 8-bit RGB."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ecgpage.read.faults import refused

_SIXTEEN_BIT = frozenset(("I;16", "I;16L", "I;16B", "I;16N", "I"))
_WITH_ALPHA = frozenset(("LA", "La", "PA", "RGBA", "RGBa"))


def to_rgb(image: Image.Image, where: str) -> NDArray[np.uint8]:
    """Turn a decoded picture into RGB.

    Transparency is laid on white. 16-bit grey is scaled linearly over the range of its
    declared depth (65535, or 4095 for 12 bits); 16-bit colour keeps its upper byte. CMYK is
    converted without a colour profile, which is enough to tell ink from grid.

    Returns
    -------
    ndarray, shape (rows, columns, 3), uint8

    Raises
    ------
    Refused
        ``unsupported-depth``.
    ValueError
        For a colour model that Pillow cannot convert.
    """
    if image.mode in _SIXTEEN_BIT:
        return _grey_to_rgb(_scale_integers(image, where))
    if image.mode == "F":
        return _grey_to_rgb(_scale_floats(image, where))
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        return _flatten(image)
    if image.mode == "L":
        return _grey_to_rgb(np.asarray(image))
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _grey_to_rgb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _flatten(image: Image.Image) -> NDArray[np.uint8]:
    """Lay a picture with transparency on white."""
    rgba = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    return np.array(Image.alpha_composite(white, rgba).convert("RGB"))


def _scale_integers(image: Image.Image, where: str) -> NDArray[np.uint8]:
    values = np.asarray(image)
    top = _declared_top(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > top:
        raise refused(where, "unsupported-depth", f"whole numbers from {low} to {high}")
    grey = np.asarray(np.rint(values.astype(np.float32) * np.float32(255.0 / top)), np.uint8)
    return np.invert(grey) if _white_is_zero(image) else grey


def _declared_top(image: Image.Image) -> int:
    """Largest value of the declared depth: TIFF says how many bits are in use."""
    bits = _tiff_tag(image, 258, 16)
    return 4095 if bits == 12 else 65535


def _white_is_zero(image: Image.Image) -> bool:
    """TIFF's photometric interpretation 0, which Pillow leaves as it is at 16 bits."""
    return _tiff_tag(image, 262, 1) == 0


def _tiff_tag(image: Image.Image, tag: int, default: int) -> int:
    tags = getattr(image, "tag_v2", None)
    value = tags.get(tag, default) if tags is not None else default
    return int(value[0] if isinstance(value, tuple) else value)


def _scale_floats(image: Image.Image, where: str) -> NDArray[np.uint8]:
    values = np.asarray(image)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        raise refused(where, "unsupported-depth", f"floats from {low:g} to {high:g}")
    return np.asarray(np.rint(values * 255), np.uint8)


def turn_upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Apply an EXIF orientation (1 to 8; anything else leaves the picture as it is).

    Orientation values: CIPA DC-008 (Exif 2.32), tag 274.
    """
    if orientation in (5, 6, 7, 8):
        image = np.asarray(cv2.transpose(image), np.uint8)
    flip = _FLIPS.get(orientation)
    return np.ascontiguousarray(image if flip is None else cv2.flip(image, flip), np.uint8)


_FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}
"""OpenCV's flip codes, after a transposition for 5 to 8: 0 rows, 1 columns, -1 both."""
