"""The frames of a DICOM image object as pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_windowing
from pydicom.pixels.utils import iter_pixels

from ecgpage.read.faults import refused
from ecgpage.read.limits import Limits
from ecgpage.values import Page, Refused

_GREY = ("MONOCHROME1", "MONOCHROME2")
_KNOWN = (*_GREY, "RGB", "PALETTE COLOR")


def read_frames(
    dataset: Any, source: str, notes: dict[str, str], limits: Limits
) -> Iterator[Page | Refused]:
    """Yield each frame as a page.

    Grey values pass the modality and window steps of DICOM PS3.3 C.11 where the header has
    them; without a window the declared bit depth is scaled to 8 bits. MONOCHROME1 is inverted.

    Raises
    ------
    Refused
        ``dicom-photometric``, ``dicom-transfer-syntax``, ``dicom-bad-pixels``,
        ``too-many-pixels``, ``too-many-pages`` or ``zero-size``.
    """
    _check(dataset, source, limits)
    dpi = _dpi(dataset)
    try:
        for index, frame in enumerate(iter_pixels(dataset)):
            image = _to_rgb(frame, dataset)
            yield Page(image, source, index, "DICOM", dpi, notes)
    except (NotImplementedError, RuntimeError) as error:
        raise _decoder_fault(dataset, source, error) from error
    except (ValueError, KeyError, AttributeError, IndexError, TypeError, OSError) as error:
        raise refused(source, "dicom-bad-pixels", f"{type(error).__name__}: {error}") from error


def _check(dataset: Any, source: str, limits: Limits) -> None:
    """Everything that the header declares, before anything is decoded."""
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if rows * columns == 0:
        raise refused(source, "zero-size", f"{rows} x {columns} pixels")
    if rows * columns > limits.pixels:
        raise refused(
            source, "too-many-pixels",
            f"{rows} x {columns} = {rows * columns} pixels; the limit is {limits.pixels}",
        )  # fmt: skip
    if frames > limits.pages:
        raise refused(
            source, "too-many-pages", f"{frames} frames; the limit is {limits.pages} pages"
        )
    colour = str(dataset.get("PhotometricInterpretation", "none"))
    if colour not in _KNOWN and not colour.startswith("YBR"):
        raise refused(source, "dicom-photometric", colour)


def _decoder_fault(dataset: Any, source: str, error: Exception) -> Refused:
    syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
    if syntax is None or not _has_decoder(syntax):
        name = "none stated" if syntax is None else f"{syntax.name} ({syntax})"
        return refused(source, "dicom-transfer-syntax", name)
    return refused(source, "dicom-bad-pixels", f"{type(error).__name__}: {error}")


def _has_decoder(syntax: Any) -> bool:
    from pydicom.pixels.decoders.base import get_decoder

    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def _to_rgb(frame: NDArray[Any], dataset: Any) -> NDArray[np.uint8]:
    colour = str(dataset.PhotometricInterpretation)
    if colour in _GREY:
        grey = _grey(frame, dataset)
        return np.repeat((255 - grey if colour == "MONOCHROME1" else grey)[:, :, None], 3, axis=2)
    if colour == "PALETTE COLOR":
        return _scale(np.asarray(apply_color_lut(frame, dataset)), 16)
    return _scale(frame, int(dataset.BitsStored))


def _grey(frame: NDArray[Any], dataset: Any) -> NDArray[np.uint8]:
    """Modality and window steps; the whole declared range where there is no window."""
    bits = int(dataset.get("BitsStored", 8))
    if "WindowCenter" in dataset and "WindowWidth" in dataset:
        windowed = np.asarray(apply_windowing(apply_modality_lut(frame, dataset), dataset), float)
        low, high = _output_range(dataset, bits)
        eight_bit = np.clip(np.rint((windowed - low) * 255 / (high - low)), 0, 255)
        return np.asarray(eight_bit, np.uint8)
    if int(dataset.get("PixelRepresentation", 0)) == 1:
        frame = frame.astype(np.int64) + 2 ** (bits - 1)
    return _scale(frame, bits)


def _output_range(dataset: Any, bits: int) -> tuple[float, float]:
    """The range that windowing maps to: the stored range after the modality step."""
    signed = int(dataset.get("PixelRepresentation", 0)) == 1
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    slope = float(dataset.get("RescaleSlope", 1) or 1)
    shift = float(dataset.get("RescaleIntercept", 0) or 0)
    ends = sorted((low * slope + shift, high * slope + shift))
    return ends[0], ends[1]


def _scale(values: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    if bits == 8 and values.dtype == np.uint8:
        return np.array(values)
    top = 2**bits - 1
    return np.asarray(np.clip(np.rint(values.astype(float) * 255 / top), 0, 255), np.uint8)


def _dpi(dataset: Any) -> float | None:
    """From the spacing of rows and columns in mm, where one is stated."""
    for keyword in ("PixelSpacing", "NominalScannedPixelSpacing", "ImagerPixelSpacing"):
        spacing = dataset.get(keyword)
        if spacing and float(spacing[0]) > 0:
            return 25.4 / float(spacing[0])
    return None
