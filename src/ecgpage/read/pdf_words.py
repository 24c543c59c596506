"""The words that a PDF page prints, with their places."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ecgpage.read.pdf_geometry import IDENTITY, PageGeometry
from ecgpage.values import PrintedText

Box = tuple[float, float, float, float]


def find_words(page: pdfium.PdfPage, geometry: PageGeometry) -> tuple[PrintedText, ...]:
    """Words in reading order with (top, left, bottom, right) in pixels of the page's image."""
    text_page = page.get_textpage()
    try:
        words: list[PrintedText] = []
        letters, boxes = "", list[Box]()
        for letter, box in _letters(text_page):
            if letter.isspace():
                words.extend(_word(letters, boxes, geometry))
                letters, boxes = "", []
            else:
                letters += letter
                boxes.append(box)
        words.extend(_word(letters, boxes, geometry))
        return tuple(words)
    finally:
        text_page.close()


def _letters(text_page: pdfium.PdfTextPage) -> Iterator[tuple[str, Box]]:
    """Each character with its box (left, bottom, right, top) in points."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(text_page.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(text_page, index)
        if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000:
            continue
        boxed = pdfium_c.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
        if not boxed and not chr(code).isspace():
            continue
        yield chr(code), (left.value, bottom.value, right.value, top.value)


def _word(letters: str, boxes: list[Box], geometry: PageGeometry) -> Iterator[PrintedText]:
    if not letters:
        return
    lows, highs = np.array(boxes)[:, :2].min(axis=0), np.array(boxes)[:, 2:].max(axis=0)
    corners = geometry.to_pixels(np.stack((lows, highs)), IDENTITY)
    top, left = corners.min(axis=0)
    bottom, right = corners.max(axis=0)
    yield PrintedText(letters, (float(top), float(left), float(bottom), float(right)))
