"""What a decoder's error means for the person who has the file."""

from __future__ import annotations

import struct
import zlib
from typing import Literal

from PIL import Image

from ecgpage.read.faults import refused
from ecgpage.values import Refused

_EARLY_END = (
    "truncated", "unexpected end", "end of file", "not enough data", "cannot read", "eof",
    "buffer has wrong size", "unpack requires", "end-of-file", "premature", "incomplete",
)  # fmt: skip


def explain(
    error: BaseException, data: bytes, where: str, format_name: str, header: bool = False
) -> Refused:
    """The refusal for an exception of Pillow's while opening (``header``) or decoding."""
    said = str(error) or type(error).__name__
    if format_name == "PNG":
        fault = _png_fault(data)
        if fault is not None:
            return refused(where, *fault)
    if format_name == "WEBP" and len(data) < _riff_length(data):
        return refused(
            where, "truncated-image", f"{len(data)} of {_riff_length(data)} declared bytes"
        )
    if format_name == "TIFF" and _tiff_directory(data) >= len(data):
        return refused(
            where,
            "truncated-image",
            f"TIFF of {len(data)} bytes whose directory would stand at {_tiff_directory(data)}",
        )
    if format_name == "HEIC":
        fault = _heic_fault(data)
        if fault is not None:
            return refused(where, *fault)
    if any(word in said.lower() for word in _EARLY_END):
        return refused(where, "truncated-image", f"{format_name} of {len(data)} bytes: {said}")
    if isinstance(error, MemoryError | Image.DecompressionBombError):
        return refused(where, "too-many-pixels", "more pixels than memory or decoder hold")
    if header:
        return refused(where, "bad-header", f"{format_name}: {said}")
    return refused(where, "damaged-image", f"{format_name}: {said}")


def _png_fault(data: bytes) -> tuple[str, str] | None:
    """Walk the chunks: an early end, a wrong checksum, or None where the chunks are in order."""
    at = 8
    while at < len(data):
        if at + 8 > len(data):
            return "truncated-image", f"PNG of {len(data)} bytes that ends within a chunk's head"
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        name = kind.decode("ascii", "replace")
        if end > len(data):
            return (
                "truncated-image",
                f"PNG of {len(data)} bytes; its {name} chunk needs {end - len(data)} more",
            )
        stored = int.from_bytes(data[end - 4 : end], "big")
        if zlib.crc32(data[at + 4 : end - 4]) != stored:
            return "checksum-error", f"a wrong CRC in the {name} chunk at byte {at}"
        if kind == b"IEND":
            return None
        at = end
    return "truncated-image", f"PNG of {len(data)} bytes without its IEND chunk"


def _riff_length(data: bytes) -> int:
    return int.from_bytes(data[4:8], "little") + 8 if len(data) >= 8 else 12


def _tiff_directory(data: bytes) -> int:
    """Where the first directory stands (TIFF 6.0, section 2; BigTIFF with 8-byte offsets)."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    big = int.from_bytes(data[2:4], order) == 43
    return int.from_bytes(data[8:16] if big else data[4:8], order)


def _heic_fault(data: bytes) -> tuple[str, str] | None:
    """Walk the top boxes (ISO/IEC 14496-12): one that ends behind the file's end is cut off."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if size == 0:
            return None
        if size == 1 and at + 16 <= len(data):
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if at + size > len(data):
            name = kind.decode("ascii", "replace")
            return (
                "truncated-image",
                f"HEIC of {len(data)} bytes; its {name} box needs {at + size - len(data)} more",
            )
        if size < 8:
            return "bad-header", f"a box of {size} bytes"
        at += size
    return None
