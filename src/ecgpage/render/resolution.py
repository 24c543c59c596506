"""State a picture's resolution in the file, as scanners and programs that print pages do."""

from __future__ import annotations

import struct
import zlib

INCH_M = 0.0254
PNG_HEADER = 33
"""Bytes before the first chunk that may follow IHDR (PNG specification, third edition, 11.2.1)."""
JFIF_UNIT = 13
"""Where a JFIF file states unit and density (ITU-T T.871, 10.1), directly behind its start."""


def with_resolution(code: bytes, dpi: float) -> bytes:
    """The bytes of a PNG or JFIF picture with its resolution stated; others as they are."""
    if code[:8] == b"\x89PNG\r\n\x1a\n":
        a_metre = round(dpi / INCH_M)
        body = b"pHYs" + struct.pack(">IIB", a_metre, a_metre, 1)
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return code[:PNG_HEADER] + chunk + code[PNG_HEADER:]
    if code[6:11] == b"JFIF\0":
        density = struct.pack(">BHH", 1, round(dpi), round(dpi))
        return code[:JFIF_UNIT] + density + code[JFIF_UNIT + len(density) :]
    return code
