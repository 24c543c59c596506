"""The ECG waveforms of a DICOM object as records in millivolts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.waveforms.numpy_handler import multiplex_array

from ecgpage.read.dicom_leads import lead_of
from ecgpage.read.faults import refused
from ecgpage.values import LEADS, Record, Refused

_TWELVE_LEAD = "1.2.840.10008.5.1.4.1.1.9.1.1"

_MV_PER_UNIT = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "µV": 1e-3, "μV": 1e-3, "nV": 1e-6}
"""UCUM codes of DICOM PS3.16 CID 3082 and the ways in which devices write them."""


def read_waveforms(dataset: Any, source: str, notes: dict[str, str]) -> Iterator[Record | Refused]:
    """Yield one record for each recorded multiplex group; derived groups are passed over.

    The samples become millivolts by DICOM PS3.3 C.10.9: (sample x sensitivity x correction
    factor + baseline) in the channel's unit. Samples at the padding value are NaN. A 12-lead
    object has all twelve leads, NaN with a reason where one was not recorded.

    Raises
    ------
    Refused
        ``dicom-no-channels``, where nothing was recorded.
    """
    groups = [
        (index, group)
        for index, group in enumerate(dataset.WaveformSequence)
        if str(group.get("WaveformOriginality", "ORIGINAL")) != "DERIVED"
    ]
    if not groups:
        raise refused(source, "dicom-no-channels", "no recorded multiplex group")
    for index, group in groups:
        try:
            yield _record(dataset, index, group, source, notes)
        except Refused as error:
            yield error


def _record(dataset: Any, index: int, group: Any, source: str, notes: dict[str, str]) -> Record:
    where = source if index == 0 else f"{source}#{index + 1}"
    channels = list(group.get("ChannelDefinitionSequence") or ())
    if not channels or not int(group.get("NumberOfWaveformChannels") or 0):
        raise refused(where, "dicom-no-channels", "0 channels")
    rate_hz = _rate(group, where)
    samples = _samples(dataset, index, group, where)
    found: dict[str, NDArray[np.float64]] = {}
    for channel, values in zip(channels, samples, strict=True):
        lead = lead_of(channel)
        if lead is None:
            continue
        if lead in found:
            raise refused(where, "dicom-twin-lead", f"lead {lead} twice")
        found[lead] = _millivolts(channel, values, group, lead, where)
    if not found:
        raise refused(where, "dicom-no-leads", f"{len(channels)} channels of other kinds")
    leads = LEADS if str(dataset.get("SOPClassUID")) == _TWELVE_LEAD else _in_order(found)
    missing = {lead: "not recorded in the file" for lead in leads if lead not in found}
    nothing = np.full(samples.shape[1], np.nan)
    signal_mv = np.stack([found.get(lead, nothing) for lead in leads])
    padded = {
        lead: "some samples are padding"
        for lead in leads
        if lead in found and np.isnan(found[lead]).any()
    }
    name = Path(source).stem + ("" if index == 0 else f"-{index + 1}")
    return Record(signal_mv, rate_hz, leads, name, reasons={**missing, **padded}, notes=notes)


def _in_order(found: dict[str, Any]) -> tuple[str, ...]:
    standard = [lead for lead in LEADS if lead in found]
    return (*standard, *(lead for lead in found if lead not in LEADS))


def _rate(group: Any, where: str) -> float:
    try:
        rate_hz = float(group.SamplingFrequency)
    except (AttributeError, TypeError, ValueError) as error:
        raise refused(where, "dicom-bad-rate", "none") from error
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise refused(where, "dicom-bad-rate", f"{rate_hz:g} Hz")
    return rate_hz


def _samples(dataset: Any, index: int, group: Any, where: str) -> NDArray[np.float64]:
    """Raw samples, shape (channel, time)."""
    declared = (
        int(group.NumberOfWaveformChannels)
        * int(group.get("NumberOfWaveformSamples") or 0)
        * int(group.get("WaveformBitsAllocated") or 0)
        // 8
    )
    have = len(group.get("WaveformData") or b"")
    if declared == 0 or have < declared:
        raise refused(where, "dicom-bad-waveform", f"{have} bytes; the header declares {declared}")
    if len(group.ChannelDefinitionSequence) != int(group.NumberOfWaveformChannels):
        raise refused(
            where, "dicom-bad-waveform",
            f"{len(group.ChannelDefinitionSequence)} channel definitions for "
            f"{group.NumberOfWaveformChannels} channels",
        )  # fmt: skip
    try:
        raw = multiplex_array(dataset, index, as_raw=True)
    except (ValueError, KeyError, AttributeError, NotImplementedError) as error:
        raise refused(where, "dicom-bad-waveform", f"{type(error).__name__}: {error}") from error
    return np.asarray(raw, np.float64).T


def _millivolts(
    channel: Any, raw: NDArray[np.float64], group: Any, lead: str, where: str
) -> NDArray[np.float64]:
    sensitivity = channel.get("ChannelSensitivity")
    units = channel.get("ChannelSensitivityUnitsSequence")
    unit = str(units[0].get("CodeValue", "")) if units else ""
    if sensitivity is None or not math.isfinite(float(sensitivity)) or float(sensitivity) == 0:
        raise refused(where, "dicom-no-unit", f"lead {lead} without a sensitivity")
    if unit not in _MV_PER_UNIT:
        raise refused(where, "dicom-no-unit", f"lead {lead} in '{unit or 'no unit'}'")
    factor = channel.get("ChannelSensitivityCorrectionFactor")
    factor = 1.0 if factor is None else float(factor)
    baseline = channel.get("ChannelBaseline")
    baseline = 0.0 if baseline is None else float(baseline)
    volts = raw * float(sensitivity) * factor + baseline
    padding = _padding(group)
    if padding is not None:
        volts = np.where(raw == padding, np.nan, volts)
    return np.asarray(volts * _MV_PER_UNIT[unit], np.float64)


def _padding(group: Any) -> float | None:
    """The padding value; pydicom hands it over as bytes or as a number."""
    value = group.get("WaveformPaddingValue")
    if value is None or value == b"":
        return None
    if isinstance(value, bytes):
        signed = str(group.get("WaveformSampleInterpretation", "SS")).startswith("S")
        return float(int.from_bytes(value, "little", signed=signed))
    return float(value)
