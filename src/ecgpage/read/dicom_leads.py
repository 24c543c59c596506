"""Which lead a DICOM channel is."""

from __future__ import annotations

import re
from typing import Any

_BY_NUMBER = {
    1: "I", 2: "II", 3: "V1", 4: "V2", 5: "V3", 6: "V4", 7: "V5", 8: "V6",
    61: "III", 62: "aVR", 63: "aVL", 64: "aVF",
}  # fmt: skip
"""Lead numbers of ISO/IEEE 11073-10101 (MDC 2:n) and SCP-ECG (5.6.3-9-n); DICOM PS3.16 CID 3001."""

_BY_NAME = {
    name.upper(): name
    for name in ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
}


def lead_of(channel: Any) -> str | None:
    """The standard name of a channel's lead, None where it is none of the twelve.

    The code of the channel's source decides; without a known one its meaning or label does,
    such as ``Lead aVR`` or ``V1``.
    """
    for source in channel.get("ChannelSourceSequence") or ():
        lead = _from_code(str(source.get("CodeValue", ""))) or _from_words(
            str(source.get("CodeMeaning", ""))
        )
        if lead:
            return lead
    return _from_words(str(channel.get("ChannelLabel", "")))


def _from_code(code: str) -> str | None:
    match = re.fullmatch(r"(?:MDC[ _]?)?2:(\d+)|5\.6\.3-9-(\d+)", code.strip())
    if not match:
        return None
    return _BY_NUMBER.get(int(match[1] or match[2]))


def _from_words(words: str) -> str | None:
    match = re.fullmatch(r"(?:LEAD|ECG)?\s*([A-Z0-9]+)(?:\s*\(.*\))?", words.strip().upper())
    return _BY_NAME.get(match[1]) if match else None
