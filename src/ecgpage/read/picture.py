"""PNG, JPEG, BMP, TIFF, WebP, GIF and HEIC to pages."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ecgpage.read import jpeg
from ecgpage.read.colour import to_rgb, turn_upright
from ecgpage.read.damage import explain
from ecgpage.read.faults import refused
from ecgpage.read.heic import find_odd_item
from ecgpage.read.limits import Limits
from ecgpage.read.tags import dpi_of, metadata_of, orientation_of
from ecgpage.read.webp import webp_size
from ecgpage.values import Page, Refused

Size = tuple[int, int]

_OPENERS: dict[str, Callable[..., Image.Image]] = {
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "TIFF": TiffImageFile,
    "WEBP": WebPImageFile,
}
# The format's own class, not Image.open: the content has decided, no other plugin is tried, and
# the size is checked here against Limits and not against Pillow's process-wide constant.

_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, struct.error,
    OverflowError, ZeroDivisionError, MemoryError, AttributeError, RuntimeError,
    NotImplementedError, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's parsers and decoders raise on damaged files (its own test suite lists these)."""


def read_picture(
    data: bytes,
    source: str,
    format_name: str,
    limits: Limits,
    at_least: Size | None = None,
    first: int = 0,
) -> Iterator[Page | Refused]:
    """Yield the pages of a picture file; a page that cannot be read is yielded as its refusal.

    Only TIFF has more than one. ``at_least`` (rows, columns) lets JPEG decode at 1/2, 1/4 or
    1/8 of its size as long as the result is not smaller. ``first`` is the number of the page
    to begin with, from 0.
    """
    if format_name == "WEBP":
        _check_size(webp_size(data), source, limits)  # its decoder makes room when it is opened
    image = _open(data, source, format_name)
    frames = _count_frames(image, data, source, format_name)
    if frames > 1:
        raise refused(source, "animated", f"{frames} frames")
    if first > 0 and format_name != "TIFF":
        return
    for index in range(first, limits.pages + 1):
        where = source if index == 0 else f"{source}#{index + 1}"
        if index > 0 and not _next_page(image, index, where):
            return
        if index == limits.pages:
            raise refused(source, "too-many-pages", f"more than {limits.pages} pages")
        try:
            yield _page(image, data, source, where, index, format_name, limits, at_least)
        except Refused as error:
            yield error
        if format_name != "TIFF":
            return


def count_tiff(data: bytes) -> int:
    """How many pages a TIFF file has; 1 where its chain of pages is damaged."""
    try:
        with Image.open(BytesIO(data), formats=("TIFF",)) as image:
            return int(getattr(image, "n_frames", 1))
    except Exception:  # noqa: BLE001 - what is wrong is told when the page is read
        return 1


def _open(data: bytes, source: str, format_name: str) -> Image.Image:
    """Parse the header; nothing is decoded yet."""
    odd = find_odd_item(data) if format_name == "HEIC" else ""
    if odd:
        raise refused(source, "bad-header", odd)
    opener = _heif_opener() if format_name == "HEIC" else _OPENERS[format_name]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is refused here with reasons
            return opener(BytesIO(data))
    except _ERRORS as error:
        raise explain(error, data, source, format_name, header=True) from error


def _count_frames(image: Image.Image, data: bytes, source: str, format_name: str) -> int:
    """How many pictures an animation has; 1 for the formats that cannot be one."""
    if format_name not in ("GIF", "WEBP", "PNG"):
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except _ERRORS as error:
        raise explain(error, data, source, format_name, header=True) from error


def _heif_opener() -> Callable[..., Image.Image]:
    from pi_heif import HeifImageFile

    opener: Callable[..., Image.Image] = HeifImageFile
    return opener


def _next_page(image: Image.Image, index: int, where: str) -> bool:
    try:
        image.seek(index)
    except EOFError:
        return False
    except _ERRORS as error:
        raise refused(where, "damaged-image", f"the page's header: {error}") from error
    return True


def _page(
    image: Image.Image,
    data: bytes,
    source: str,
    where: str,
    index: int,
    format_name: str,
    limits: Limits,
    at_least: Size | None,
) -> Page:
    _check_size((image.size[1], image.size[0]), where, limits)
    try:
        # Decoding first: Pillow reads the whole of some files to find their EXIF, and tells of
        # damage only once. A JPEG's EXIF stands in its head.
        if format_name != "JPEG":
            image.load()
        metadata = metadata_of(image)
        dpi = dpi_of(image)
        if format_name == "JPEG":
            orientation = orientation_of(image)
            pixels = jpeg.decode(image, data, metadata, limits, at_least, orientation)
        else:
            # TIFF and HEIC decoders turn the picture themselves and forget the tag.
            orientation = 1 if format_name in ("TIFF", "HEIC") else orientation_of(image)
            pixels = to_rgb(image, where)
    except _ERRORS as error:
        raise explain(error, data, where, format_name) from error
    pixels = turn_upright(pixels, orientation)
    return Page(pixels, source, index, format_name, dpi, metadata)


def _check_size(size: Size, where: str, limits: Limits) -> None:
    rows, columns = size
    if rows * columns > limits.pixels:
        raise refused(
            where, "too-many-pixels",
            f"{rows} x {columns} = {rows * columns} pixels; the limit is {limits.pixels}",
        )  # fmt: skip
    if rows * columns == 0:
        raise refused(where, "zero-size", f"{rows} x {columns} pixels")
