"""What a file may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Guards against files that would exhaust the machine.

    Each is checked on what the file declares, before anything is decoded.

    Attributes
    ----------
    pixels:
        Largest rows x columns of one page. 120 million is an A3 page scanned at 750 dpi, and
        360 MB as RGB.
    pages:
        Most pages in one file.
    bytes:
        Largest file.
    objects:
        Most drawn objects on one PDF page (a full ECG report with its grid has hundreds to
        some thousands).
    inflated_bytes:
        Most bytes that one compressed drawing stream of a PDF may inflate to.
    accept_truncated:
        Read a JPEG or PDF that ends early as far as it goes, and say so in
        ``Page.metadata["truncated"]``, instead of refusing it. Missing rows of a JPEG are grey.
    """

    pixels: int = 120_000_000
    pages: int = 500
    bytes: int = 500_000_000
    objects: int = 200_000
    inflated_bytes: int = 64_000_000
    accept_truncated: bool = False
