"""The size that a WebP file declares, read without its decoder."""

from __future__ import annotations


def webp_size(data: bytes) -> tuple[int, int]:
    """Rows and columns from the first chunk (RFC 9649, sections 2.5 to 2.7); (1, 1) if unknown.

    A file without a readable first chunk is left to the decoder to refuse.
    """
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X" and len(body) == 10:
        columns = 1 + int.from_bytes(body[4:7], "little")
        return 1 + int.from_bytes(body[7:10], "little"), columns
    if kind == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits >> 14 & 0x3FFF), 1 + (bits & 0x3FFF)
    if kind == b"VP8 " and len(body) == 10:
        columns = int.from_bytes(body[6:8], "little") & 0x3FFF
        return int.from_bytes(body[8:10], "little") & 0x3FFF, columns
    return 1, 1
