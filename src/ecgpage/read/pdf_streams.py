"""A guard against PDF drawing streams that inflate out of all proportion."""

from __future__ import annotations

import base64
import re
import zlib

_STREAM = re.compile(rb"stream\r?\n")
_LOOK_BACK = 2048


def find_bomb(data: bytes, limit: int) -> str:
    """Describe the first compressed stream that inflates beyond ``limit`` bytes, or ``""``.

    Embedded pictures are left to the check of their declared size. The file's text is searched
    for streams, so that the check works before PDFium touches the file; what is nested in
    object streams is inflated with them.
    """
    for match in _STREAM.finditer(data):
        if data[max(match.start() - 3, 0) : match.start()] == b"end":
            continue
        start = match.end()
        end = data.find(b"endstream", start)
        head = data[max(match.start() - _LOOK_BACK, 0) : match.start()]
        head = head[head.rfind(b" obj") :]
        if b"FlateDecode" not in head or re.search(rb"/Subtype\s*/Image", head):
            continue
        packed = data[start : end if end > 0 else len(data)]
        if b"ASCII85Decode" in head:
            packed = _unpack_ascii85(packed)
        if _inflates_beyond(packed, limit):
            return f"{len(packed)} bytes at byte {start} that inflate to more than {limit}"
    return ""


def _unpack_ascii85(packed: bytes) -> bytes:
    try:
        return base64.a85decode(packed.strip().removesuffix(b"~>"))
    except ValueError:
        return b""


def _inflates_beyond(packed: bytes, limit: int) -> bool:
    # Deflate reaches at most 1032 : 1, so that small streams need no trial.
    if len(packed) * 1032 <= limit:
        return False
    try:
        unpacker = zlib.decompressobj()
        return len(unpacker.decompress(packed, limit + 1)) > limit
    except zlib.error:
        return False
