"""JPEG pixels, as fast as the library allows and at a reduced size where that is enough."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from ecgpage.read.colour import to_rgb
from ecgpage.read.limits import Limits

_END = b"\xff\xd9"
_RGB: int | None = getattr(cv2, "IMREAD_COLOR_RGB", None)
"""Saves the turn from BGR; only in newer releases of OpenCV, and not for reduced sizes."""

_FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def decode(
    image: Image.Image,
    data: bytes,
    metadata: dict[str, str],
    limits: Limits,
    at_least: tuple[int, int] | None,
    orientation: int,
) -> NDArray[np.uint8]:
    """Decode an opened JPEG to RGB, not yet turned upright.

    A file that ends with its end marker goes through OpenCV, which decodes a page in a third
    of Pillow's time. Anything else (cut off, with bytes behind its end, CMYK) goes through
    Pillow, which notices what is missing.

    Returns
    -------
    ndarray, shape (rows, columns, 3), uint8

    Raises
    ------
    OSError
        As Pillow does where the data end early.
    """
    rows, columns = image.size[1], image.size[0]
    if orientation in (5, 6, 7, 8) and at_least is not None:
        at_least = (at_least[1], at_least[0])
    factor = _reduction((rows, columns), at_least)
    if image.mode in ("L", "RGB") and data.endswith(_END):
        fast = _decode_fast(data, factor)
        if fast is not None:
            return fast
    return _decode_carefully(image, data, metadata, limits, factor)


def _reduction(size: tuple[int, int], at_least: tuple[int, int] | None) -> int:
    """Largest of 8, 4, 2 and 1 that leaves at least the wanted size."""
    if at_least is None:
        return 1
    for factor in (8, 4, 2):
        if all(have // factor >= want for have, want in zip(size, at_least, strict=True)):
            return factor
    return 1


def _decode_fast(data: bytes, factor: int) -> NDArray[np.uint8] | None:
    flags = _FLAGS[factor] | cv2.IMREAD_IGNORE_ORIENTATION
    packed = np.frombuffer(data, np.uint8)
    if factor == 1 and _RGB is not None:
        decoded = cv2.imdecode(packed, _RGB | cv2.IMREAD_IGNORE_ORIENTATION)
        return None if decoded is None else np.asarray(decoded, np.uint8)
    decoded = cv2.imdecode(packed, flags)
    if decoded is None:
        return None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=decoded), np.uint8)


def _decode_carefully(
    image: Image.Image, data: bytes, metadata: dict[str, str], limits: Limits, factor: int
) -> NDArray[np.uint8]:
    columns, rows = image.size
    try:
        image.draft(image.mode, (columns // factor, rows // factor))
        image.load()
    except OSError as error:
        if not limits.accept_truncated or "truncated" not in str(error):
            raise
        # With an end marker appended the library fills what is missing with grey.
        image = JpegImageFile(BytesIO(data + _END))
        image.draft(image.mode, (columns // factor, rows // factor))
        image.load()
        metadata["truncated"] = "the file ends early; missing rows are grey"
    return to_rgb(image, "")
