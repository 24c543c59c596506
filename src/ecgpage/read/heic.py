"""Checks of a HEIC file's boxes that its decoder leaves out."""

from __future__ import annotations

import re

_ENTRY = re.compile(rb"infe")
_WORDS = re.compile(rb"[\x20-\x7e\x00]*")


def find_odd_item(data: bytes) -> str:
    """Describe an item whose type or name is no plain text, or ``""``.

    The binding makes text of an item's type and content type without asking whether they are
    text, and ends the whole process where they are not (pi-heif 1.4.0). An item information
    entry is: size, ``infe``, version and flags, item number (2 bytes, 4 from version 3),
    protection index, item type, and null-ended strings (ISO/IEC 14496-12, 8.11.6).
    """
    for match in _ENTRY.finditer(data):
        size = int.from_bytes(data[match.start() - 4 : match.start()], "big")
        version = data[match.end() : match.end() + 1]
        start = match.end() + (10 if version == b"\x03" else 8)
        words = data[start : max(match.start() - 4 + size, start + 4)]
        if not _WORDS.fullmatch(words):
            return f"an item of type {words[:4]!r} at byte {start}"
    return ""
