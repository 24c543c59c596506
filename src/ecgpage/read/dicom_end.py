"""Whether a DICOM file ends before what it declares."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pydicom.filereader import data_element_generator
from pydicom.uid import DeflatedExplicitVRLittleEndian

_UNDEFINED = 0xFFFFFFFF
_META_START = 132


def find_early_end(data: bytes, dataset: Any) -> str:
    """Describe where a file breaks off, or ``""``.

    pydicom passes over an early end: it leaves out or shortens the element that is cut. Here
    the elements of the top level are walked once more, without being parsed, and their lengths
    are held against the file's.
    """
    meta = getattr(dataset, "file_meta", None)
    if meta is None or meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        return ""
    length = meta.get("FileMetaInformationGroupLength")
    if length is None:
        return ""
    start = _META_START + 12 + int(length)
    file = BytesIO(data)
    file.seek(start)
    end = start
    implicit, little = dataset.original_encoding
    try:
        for element in data_element_generator(file, implicit, little):
            declared = getattr(element, "length", _UNDEFINED)
            missing = 0 if declared == _UNDEFINED else declared - len(element.value or b"")
            if missing > 0:
                return f"{len(data)} bytes; element {element.tag} needs {missing} more"
            end = file.tell()
    except (EOFError, OSError):
        return f"{len(data)} bytes; the element behind byte {end} does not end"
    return f"{len(data)} bytes; the last element is cut at byte {end}" if end < len(data) else ""
