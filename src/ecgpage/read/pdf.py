"""PDF to pages: drawn at a stated resolution, with the lines and words they are made of."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from ecgpage.read.faults import refused
from ecgpage.read.limits import Limits
from ecgpage.read.pdf_geometry import PageGeometry
from ecgpage.read.pdf_paths import count_objects, find_strokes, largest_image
from ecgpage.read.pdf_streams import find_bomb
from ecgpage.read.pdf_words import find_words
from ecgpage.values import Page, Refused

_LOCK = threading.RLock()
"""PDFium is not safe to call from several threads of one process."""

_TAIL = 2048


def read_pdf(
    data: bytes, source: str, dpi: float, limits: Limits, first: int = 0
) -> Iterator[Page | Refused]:
    """Yield the pages of a PDF; a page that cannot be read is yielded as its refusal.

    ``first`` is the number of the page to begin with, from 0. Each page's ``strokes`` and
    ``texts`` are in pixels of its image.

    Raises
    ------
    Refused
        Where the document as a whole cannot be read.
    """
    truncated = b"%%EOF" not in data[-_TAIL:]
    if truncated and not limits.accept_truncated:
        raise refused(source, "truncated-pdf", f"{len(data)} bytes without %%EOF at their end")
    bomb = find_bomb(data, limits.inflated_bytes)
    if bomb:
        raise refused(source, "inflates-too-far", bomb)
    with _LOCK:
        document = _open(data, source)
        count = len(document)
    try:
        if count == 0:
            raise refused(source, "no-pages", "a PDF of 0 pages")
        if count > limits.pages:
            raise refused(source, "too-many-pages", f"{count} pages; the limit is {limits.pages}")
        for index in range(first, count):
            try:
                with _LOCK:
                    page = _page(document, source, index, dpi, limits, truncated)
                yield page
            except Refused as error:
                yield error
    finally:
        with _LOCK:
            document.close()


def count_pdf(data: bytes, source: str) -> int:
    """How many pages a PDF has.

    Raises
    ------
    Refused
        Where it cannot be opened.
    """
    with _LOCK:
        document = _open(data, source)
        try:
            return len(document)
        finally:
            document.close()


def _open(data: bytes, source: str) -> pdfium.PdfDocument:
    # PDFium keeps the code of an earlier failure where this one has none of its own, as for a
    # document without pages; a path that cannot exist sets a code that a document never gives.
    pdfium_c.FPDF_LoadDocument(b"/dev/null/none", None)
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_FILE:
            raise refused(source, "no-pages", "a PDF of 0 pages") from error
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise refused(source, "encrypted-pdf", "an encrypted PDF") from error
        raise refused(source, "damaged-pdf", str(error)) from error


def _page(
    document: pdfium.PdfDocument,
    source: str,
    index: int,
    dpi: float,
    limits: Limits,
    truncated: bool,
) -> Page:
    where = source if index == 0 else f"{source}#{index + 1}"
    try:
        page = document[index]
    except pdfium.PdfiumError as error:
        raise refused(where, "damaged-pdf-page", str(error)) from error
    try:
        geometry = _geometry(page, where, dpi, limits)
        _check_content(page, where, limits)
        image = _draw(page, where, dpi)
        width_pt, height_pt = page.get_size()
        metadata = {"page_width_pt": f"{width_pt:.2f}", "page_height_pt": f"{height_pt:.2f}"}
        if truncated:
            metadata["truncated"] = "the file ends early"
        return Page(
            image, source, index, "PDF", dpi, metadata,
            strokes=find_strokes(page, geometry), texts=find_words(page, geometry),
        )  # fmt: skip
    finally:
        page.close()


def _geometry(page: pdfium.PdfPage, where: str, dpi: float, limits: Limits) -> PageGeometry:
    width_pt, height_pt = page.get_size()
    if not (math.isfinite(width_pt) and math.isfinite(height_pt) and min(width_pt, height_pt) > 0):
        raise refused(where, "zero-size", f"a page of {width_pt:g} x {height_pt:g} points")
    rows, columns = math.ceil(height_pt * dpi / 72), math.ceil(width_pt * dpi / 72)
    if rows * columns > limits.pixels:
        raise refused(
            where, "too-many-pixels",
            f"{rows} x {columns} = {rows * columns} pixels at {dpi:g} dpi; "
            f"the limit is {limits.pixels}",
        )  # fmt: skip
    return PageGeometry.of(page.get_bbox(), page.get_rotation(), rows, columns)


def _check_content(page: pdfium.PdfPage, where: str, limits: Limits) -> None:
    count = count_objects(page, limits.objects)
    if count > limits.objects:
        raise refused(where, "too-many-objects", f"more than {limits.objects} objects")
    rows, columns = largest_image(page)
    if rows * columns > limits.pixels:
        raise refused(
            where, "too-many-pixels",
            f"an embedded picture of {rows} x {columns} = {rows * columns} pixels; "
            f"the limit is {limits.pixels}",
        )  # fmt: skip


def _draw(page: pdfium.PdfPage, where: str, dpi: float) -> NDArray[np.uint8]:
    try:
        bitmap = page.render(scale=dpi / 72, rev_byteorder=True)
    except (pdfium.PdfiumError, RuntimeError) as error:
        raise refused(where, "damaged-pdf-page", str(error)) from error
    try:
        return np.array(bitmap.to_numpy()[:, :, :3])
    finally:
        bitmap.close()
