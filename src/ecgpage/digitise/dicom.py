"""A record as a DICOM 12-lead ECG waveform object (DICOM PS3.3, A.34.3)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ecgpage.values import Record

STEPS_PER_MV = 1000
PADDING = -32768
TWELVE_LEAD_ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
MDC_CODES = {
    "I": "2:1", "II": "2:2", "III": "2:61", "aVR": "2:62", "aVL": "2:63", "aVF": "2:64",
    "V1": "2:3", "V2": "2:4", "V3": "2:5", "V4": "2:6", "V5": "2:7", "V6": "2:8",
}  # fmt: skip
"""Code values of the leads in the scheme MDC (DICOM PS3.16, context group 3001)."""


def write_dicom(record: Record, path: Path) -> None:
    """Write the record with 1 microvolt a step; what was not seen has the padding value.

    The object names no patient; its date is the day of writing.
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    meta: Any = FileMetaDataset()
    meta.MediaStorageSOPClassUID = TWELVE_LEAD_ECG
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    now = datetime.now()
    data.SOPClassUID, data.SOPInstanceUID = TWELVE_LEAD_ECG, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.Modality, data.Manufacturer = "ECG", "ecgpage"
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "", "", "", ""
    data.StudyDate = data.ContentDate = now.strftime("%Y%m%d")
    data.StudyTime = data.ContentTime = now.strftime("%H%M%S")
    data.AcquisitionDateTime = now.strftime("%Y%m%d%H%M%S")
    data.StudyID, data.AccessionNumber, data.ReferringPhysicianName = "", "", ""
    data.SeriesNumber = data.InstanceNumber = 1
    data.WaveformSequence = [_waveform(record)]
    data.save_as(path, enforce_file_format=True)


def _waveform(record: Record) -> Any:
    from pydicom.dataset import Dataset

    steps = np.clip(np.round(np.nan_to_num(record.signal_mv) * STEPS_PER_MV), -32767, 32767)
    steps = np.where(np.isfinite(record.signal_mv), steps, PADDING).astype("<i2")
    item = Dataset()
    item.WaveformOriginality = "DERIVED"
    item.NumberOfWaveformChannels = len(record.leads)
    item.NumberOfWaveformSamples = record.signal_mv.shape[1]
    item.SamplingFrequency = str(record.rate_hz)
    item.ChannelDefinitionSequence = [_channel(lead) for lead in record.leads]
    item.WaveformBitsAllocated = 16
    item.WaveformSampleInterpretation = "SS"
    item.add_new(0x5400100A, "OW", np.array([PADDING], "<i2").tobytes())
    item.add_new(0x54001010, "OW", np.ascontiguousarray(steps.T).tobytes())
    return item


def _channel(lead: str) -> Any:
    from pydicom.dataset import Dataset

    source, unit, channel = Dataset(), Dataset(), Dataset()
    source.CodeValue, source.CodingSchemeDesignator = MDC_CODES[lead], "MDC"
    source.CodeMeaning = f"Lead {lead}"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "uV", "UCUM", "microvolt"
    channel.ChannelSourceSequence = [source]
    channel.ChannelSensitivity = "1"
    channel.ChannelSensitivityUnitsSequence = [unit]
    channel.ChannelSensitivityCorrectionFactor = "1"
    channel.ChannelBaseline = "0"
    channel.ChannelSampleSkew = "0"
    channel.WaveformBitsStored = 16
    return channel
