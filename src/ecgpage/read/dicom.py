"""DICOM to pages and records: pictures, encapsulated PDFs and ECG waveforms."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pydicom

from ecgpage.read.dicom_end import find_early_end
from ecgpage.read.dicom_pixels import read_frames
from ecgpage.read.dicom_waveform import read_waveforms
from ecgpage.read.faults import refused
from ecgpage.read.limits import Limits
from ecgpage.values import Page, Record, Refused

_KEPT = {
    "Modality": "modality",
    "Manufacturer": "make",
    "ManufacturerModelName": "model",
    "SoftwareVersions": "software",
    "PhotometricInterpretation": "mode",
    "PatientAge": "age",
    "PatientSex": "sex",
}
"""What is kept of the header: no name, no identifier, no date of birth, no institution."""

# pydicom's log quotes the header, which names the patient; what matters is refused with reasons.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

Found = Page | Record | Refused


def read_dicom(data: bytes, source: str, dpi: float, limits: Limits) -> Iterator[Found]:
    """Yield the frames, the encapsulated PDF's pages or the ECG records of a DICOM object.

    Raises
    ------
    Refused
        Where the object cannot be parsed or holds none of these.
    """
    dataset = _parse(data, source)
    try:
        early = find_early_end(data, dataset)
        if early:
            raise refused(source, "truncated-dicom", early)
        yield from _quietly(_content(dataset, source, dpi, limits))
    except Refused:
        raise
    except Exception as error:  # values are parsed when touched, and any of them may be damaged
        raise refused(source, "damaged-dicom", type(error).__name__) from error


def count_dicom(data: bytes, source: str) -> int:
    """How many frames, pages or recordings a DICOM object has.

    Raises
    ------
    Refused
        Where it cannot be parsed.
    """
    dataset = _parse(data, source)
    try:
        if "WaveformSequence" in dataset:
            return sum(1 for _ in _quietly(read_waveforms(dataset, source, {})))
        if "EncapsulatedDocument" in dataset:
            from ecgpage.read.pdf import count_pdf

            return count_pdf(bytes(dataset.EncapsulatedDocument).rstrip(b"\x00"), source)
        return int(dataset.get("NumberOfFrames") or 1)
    except Refused:
        raise
    except Exception as error:  # values are parsed when touched, and any of them may be damaged
        raise refused(source, "damaged-dicom", type(error).__name__) from error


def _quietly(found: Iterator[Found]) -> Iterator[Found]:
    """Step through without pydicom's warnings: they quote the header, which names the patient."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            thing = next(found, None)
        if thing is None:
            return
        yield thing


def _content(dataset: Any, source: str, dpi: float, limits: Limits) -> Iterator[Found]:
    notes = _notes(dataset)
    if "WaveformSequence" in dataset:
        yield from read_waveforms(dataset, source, notes)
    elif "EncapsulatedDocument" in dataset:
        yield from _encapsulated(dataset, source, dpi, limits)
    elif any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        yield from read_frames(dataset, source, notes, limits)
    else:
        raise refused(source, "dicom-without-page", _kind(dataset))


def _parse(data: bytes, source: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters is refused here with reasons
            dataset = pydicom.dcmread(BytesIO(data), force=data[128:132] != b"DICM")
    except EOFError as error:
        raise refused(source, "truncated-dicom", f"{len(data)} bytes: {error}") from error
    except Exception as error:  # pydicom lets many kinds through
        raise refused(source, "damaged-dicom", type(error).__name__) from error
    if not len(dataset):
        raise refused(source, "truncated-dicom", f"{len(data)} bytes without any data element")
    return dataset


def _kind(dataset: Any) -> str:
    uid = dataset.get("SOPClassUID")
    return f"an object of class {uid.name}" if uid else "an object without a class"


def _notes(dataset: Any) -> dict[str, str]:
    kept = {}
    for keyword, name in _KEPT.items():
        value = dataset.get(keyword)
        if value not in (None, ""):
            kept[name] = str(value)
    return kept


def _encapsulated(
    dataset: Any, source: str, dpi: float, limits: Limits
) -> Iterator[Page | Refused]:
    from ecgpage.read.pdf import read_pdf

    document = bytes(dataset.EncapsulatedDocument)
    if b"%PDF-" not in document[:1024]:
        kind = dataset.get("MIMETypeOfEncapsulatedDocument", "no stated type")
        raise refused(source, "dicom-without-page", f"an encapsulated document of {kind}")
    # An odd length is padded with a zero byte, which is not part of the PDF.
    yield from read_pdf(document.rstrip(b"\x00"), source, dpi, limits)
