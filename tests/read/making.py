"""Makes small files of every format, so that tests need no data."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
TWELVE_LEAD = "1.2.840.10008.5.1.4.1.1.9.1.1"
GENERAL_ECG = "1.2.840.10008.5.1.4.1.1.9.1.2"


def picture(rows: int = 240, columns: int = 320) -> NDArray[np.uint8]:
    """Something like a page: white, a pink grid, a dark trace; no two corners alike."""
    image = np.full((rows, columns, 3), 255, np.uint8)
    image[::10] = image[:, ::10] = (255, 180, 180)
    time = np.arange(columns)
    level = (rows / 2 + rows / 5 * np.sin(time / 9)).astype(int)
    image[level, time] = (20, 20, 30)
    image[: rows // 6, : columns // 6] = (30, 60, 200)
    image[-rows // 8 :, -columns // 3 :] = (40, 160, 40)
    return image


def encoded(image: Image.Image | NDArray[Any], kind: str, **options: Any) -> bytes:
    """A picture in a format, as Pillow writes it."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pdf(
    contents: Sequence[bytes],
    *,
    box: str = "0 0 200 100",
    page_words: str = "",
    trailer_words: str = "",
    resources: str = "/Font << /F 2 0 R >>",
    more: Sequence[bytes] = (),
    compress: bool = False,
) -> bytes:
    """A PDF with one page for each content stream; object 1 is the catalogue."""
    first = 4 + len(more)
    pages = [first + 2 * index for index in range(len(contents))]
    kids = " ".join(f"{number} 0 R" for number in pages)
    objects = [
        b"<< /Type /Catalog /Pages 3 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        *more,
    ]
    for number, content in zip(pages, contents, strict=True):
        objects.append(
            f"<< /Type /Page /Parent 3 0 R /MediaBox [{box}] /Resources << {resources} >> "
            f"/Contents {number + 1} 0 R {page_words} >>".encode()
        )
        objects.append(stream(content, compress=compress))
    return _assemble(objects, trailer_words)


def stream(content: bytes, words: str = "", compress: bool = False) -> bytes:
    """A PDF stream object's body."""
    if compress:
        content, words = zlib.compress(content, 9), f"{words} /Filter /FlateDecode"
    return f"<< /Length {len(content)} {words} >>\nstream\n".encode() + content + b"\nendstream"


def _assemble(objects: Sequence[bytes], trailer_words: str) -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        out
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {size} /Root 1 0 R {trailer_words} >>\nstartxref\n{len(out)}\n%%EOF\n"
        ).encode()
    )


def dicom(sop_class: str, syntax: UID = ExplicitVRLittleEndian, **values: Any) -> FileDataset:
    """A DICOM object with a patient in it, whom no reader may pass on."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.PatientName = "Doe^Jane"
    dataset.PatientID = "4711"
    dataset.PatientBirthDate = "19500101"
    dataset.PatientSex = "F"
    dataset.PatientAge = "071Y"
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def packed(dataset: Dataset) -> bytes:
    """The bytes of a DICOM object, whether it is valid or not."""
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def dicom_picture(
    pixels: NDArray[Any], photometric: str = "RGB", bits: int | None = None, **values: Any
) -> FileDataset:
    """A secondary capture; ``pixels`` of shape (rows, columns[, 3]) or (frames, ...)."""
    colours = 3 if pixels.shape[-1] == 3 else 1
    rows, columns = pixels.shape[-3:-1] if colours == 3 else pixels.shape[-2:]
    allocated = pixels.dtype.itemsize * 8
    settings: dict[str, Any] = {
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": colours,
        "PhotometricInterpretation": photometric,
        "BitsAllocated": allocated,
        "BitsStored": bits or allocated,
        "HighBit": (bits or allocated) - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
    }
    if colours == 3:
        settings["PlanarConfiguration"] = 0
    if pixels.ndim == (4 if colours == 3 else 3):
        settings["NumberOfFrames"] = pixels.shape[0]
    data = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    dataset = dicom(SECONDARY_CAPTURE, **settings)
    dataset.add_new("PixelData", "OB" if allocated == 8 else "OW", data + b"\0" * (len(data) % 2))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def channel(code: str, **values: Any) -> Dataset:
    """A channel's definition: lead by its MDC code, 2.5 uV a step."""
    source = Dataset()
    source.CodeValue = code
    source.CodingSchemeDesignator = "MDC"
    source.CodeMeaning = "a lead"
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "uV", "UCUM", "microvolt"
    item = Dataset()
    item.ChannelSourceSequence = [source]
    item.ChannelSensitivity = "2.5"
    item.ChannelSensitivityUnitsSequence = [unit]
    item.ChannelSensitivityCorrectionFactor = "1"
    item.ChannelBaseline = "0"
    item.ChannelSampleSkew = "0"
    item.WaveformBitsStored = 16
    for keyword, value in values.items():
        if value is None:
            delattr(item, keyword)
        else:
            setattr(item, keyword, value)
    return item


MDC_CODES = [f"2:{number}" for number in (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)]
"""I, II, III, aVR, aVL, aVF, V1 ... V6."""


def waveform_group(
    samples: NDArray[np.int16], channels: Sequence[Dataset], rate_hz: float = 500.0, **values: Any
) -> Dataset:
    """A multiplex group; ``samples`` of shape (time, channel)."""
    group = Dataset()
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels = len(channels)
    group.NumberOfWaveformSamples = samples.shape[0]
    group.SamplingFrequency = str(rate_hz)
    group.ChannelDefinitionSequence = list(channels)
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformData = samples.astype("<i2").tobytes()
    for keyword, value in values.items():
        setattr(group, keyword, value)
    return group


def dicom_ecg(*groups: Dataset, sop_class: str = TWELVE_LEAD) -> FileDataset:
    """A waveform object."""
    return dicom(sop_class, Modality="ECG", WaveformSequence=list(groups))
