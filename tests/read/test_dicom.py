"""DICOM pictures, encapsulated PDFs and electrocardiograms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from ecgpage.read import Limits, find_files, read_file, read_page
from ecgpage.values import LEADS, Page, Record, Refusal, Refused

from . import making

GREY = np.arange(64 * 80, dtype=np.uint16).reshape(64, 80)


def wrote(folder: Path, dataset: Dataset) -> Path:
    path = folder / "object.dcm"
    path.write_bytes(making.packed(dataset))
    return path


def test_colour_secondary_capture(tmp_path: Path) -> None:
    image = making.picture(64, 80)
    dataset = making.dicom_picture(image, PixelSpacing=["0.127", "0.127"])
    page = read_page(wrote(tmp_path, dataset))
    np.testing.assert_array_equal(page.image, image)
    assert page.dpi == pytest.approx(200)
    assert page.format == "DICOM"


def test_no_name_and_no_identifier_is_kept(tmp_path: Path) -> None:
    page = read_page(wrote(tmp_path, making.dicom_picture(making.picture(64, 80))))
    assert page.metadata == {"mode": "RGB", "age": "071Y", "sex": "F"}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_other_transfer_syntaxes(syntax: str, tmp_path: Path) -> None:
    dataset = making.dicom_picture(making.picture(64, 80))
    dataset.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(read_page(wrote(tmp_path, dataset)).image, making.picture(64, 80))


def test_monochrome1_is_the_negative_of_monochrome2(tmp_path: Path) -> None:
    grey = (GREY % 256).astype(np.uint8)
    plain = read_page(wrote(tmp_path, making.dicom_picture(grey, "MONOCHROME2"))).image
    inverse = read_page(wrote(tmp_path, making.dicom_picture(grey, "MONOCHROME1"))).image
    np.testing.assert_array_equal(plain[..., 0], grey)
    np.testing.assert_array_equal(inverse, 255 - plain)


def test_twelve_stored_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    deep = (GREY % 4096).astype(np.uint16)
    image = read_page(wrote(tmp_path, making.dicom_picture(deep, "MONOCHROME2", bits=12))).image
    np.testing.assert_array_equal(image[..., 0], np.rint(deep / 4095 * 255))


def test_a_window_is_applied(tmp_path: Path) -> None:
    dataset = making.dicom_picture(
        GREY, "MONOCHROME2", WindowCenter="1000", WindowWidth="200", VOILUTFunction="LINEAR"
    )
    image = read_page(wrote(tmp_path, dataset)).image[..., 0]
    assert (image[GREY < 899] == 0).all()
    assert (image[GREY > 1101] == 255).all()
    assert image[GREY == 1000] == pytest.approx(128, abs=2)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    index = (GREY % 2).astype(np.uint8)
    dataset = making.dicom_picture(index, "PALETTE COLOR")
    for colour, level in (("Red", 65535), ("Green", 32896), ("Blue", 0)):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [2, 0, 16])
        table = np.array([0, level], "<u2").tobytes()
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table)
    image = read_page(wrote(tmp_path, dataset)).image
    assert set(map(tuple, image.reshape(-1, 3).tolist())) == {(0, 0, 0), (255, 128, 0)}


def test_frames_are_pages(tmp_path: Path) -> None:
    frames = np.stack([making.picture(32, 40) // (n + 1) for n in range(3)])
    path = wrote(tmp_path, making.dicom_picture(frames))
    pages = [page for page in read_file(path) if isinstance(page, Page)]
    assert [page.index for page in pages] == [0, 1, 2]
    np.testing.assert_array_equal(pages[2].image, frames[2])
    with pytest.raises(Refused, match="3 frames"):
        list(read_file(path, limits=Limits(pages=2)))


def test_the_declared_size_is_checked_before_decoding(tmp_path: Path) -> None:
    path = wrote(tmp_path, making.dicom_picture(making.picture(64, 80)))
    with pytest.raises(Refused, match="64 x 80 = 5120 pixels"):
        read_page(path, limits=Limits(pixels=5119))


def test_an_encapsulated_pdf_is_read_as_a_pdf(tmp_path: Path) -> None:
    document = making.pdf([b"0 0 m 100 50 l S"] * 2)
    document += b"\0" * (len(document) % 2)
    dataset = making.dicom(
        making.ENCAPSULATED_PDF, MIMETypeOfEncapsulatedDocument="application/pdf"
    )
    dataset.EncapsulatedDocument = document
    pages = list(read_file(wrote(tmp_path, dataset), dpi=72))
    assert [page.image.shape for page in pages if isinstance(page, Page)] == [(100, 200, 3)] * 2
    assert all(len(page.strokes) == 1 for page in pages if isinstance(page, Page))


def records(path: Path) -> list[Record]:
    found = list(read_file(path))
    assert all(isinstance(record, Record) for record in found)
    return found  # type: ignore[return-value]


def test_samples_become_millivolts_with_sensitivity_correction_and_baseline(
    tmp_path: Path,
) -> None:
    samples = np.arange(600, dtype=np.int16).reshape(50, 12) - 300
    changed = {"ChannelSensitivityCorrectionFactor": "0.5", "ChannelBaseline": "100"}
    channels = [making.channel(code) for code in making.MDC_CODES[:-1]]
    channels.append(making.channel("2:8", **changed))
    path = wrote(tmp_path, making.dicom_ecg(making.waveform_group(samples, channels, 250.0)))
    (record,) = records(path)
    assert record.leads == LEADS
    assert record.rate_hz == 250
    assert record.name == "object"
    assert dict(record.notes) == {"modality": "ECG", "age": "071Y", "sex": "F"}
    np.testing.assert_allclose(record.signal_mv[:-1], samples.T[:-1] * 2.5e-3)
    np.testing.assert_allclose(record.lead("V6"), (samples[:, 11] * 2.5 * 0.5 + 100) * 1e-3)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("mV", 1.0), ("V", 1e3), ("nV", 1e-6)])
def test_units(unit: str, factor: float, tmp_path: Path) -> None:
    channel = making.channel("2:1")
    channel.ChannelSensitivityUnitsSequence[0].CodeValue = unit
    group = making.waveform_group(np.array([[4], [-8]], np.int16), [channel])
    (record,) = records(wrote(tmp_path, making.dicom_ecg(group, sop_class=making.GENERAL_ECG)))
    assert record.leads == ("I",)
    np.testing.assert_allclose(record.signal_mv, np.array([[10.0, -20.0]]) * factor)


def test_an_unknown_unit_is_refused_and_not_taken_for_microvolts(tmp_path: Path) -> None:
    channel = making.channel("2:1")
    channel.ChannelSensitivityUnitsSequence[0].CodeValue = "mm"
    group = making.waveform_group(np.zeros((5, 1), np.int16), [channel])
    with pytest.raises(Refused, match="lead I in 'mm'"):
        list(read_file(wrote(tmp_path, making.dicom_ecg(group))))


def test_a_missing_lead_is_nan_with_its_reason(tmp_path: Path) -> None:
    channels = [making.channel(code) for code in making.MDC_CODES if code != "2:61"]
    group = making.waveform_group(np.ones((20, 11), np.int16), channels)
    (record,) = records(wrote(tmp_path, making.dicom_ecg(group)))
    assert np.isnan(record.lead("III")).all()
    assert dict(record.reasons) == {"III": "not recorded in the file"}
    assert np.isfinite(record.lead("V1")).all()


def test_padding_is_nan_with_its_reason(tmp_path: Path) -> None:
    samples = np.array([[5], [-32768], [7]], np.int16)
    group = making.waveform_group(samples, [making.channel("2:1")])
    group.WaveformPaddingValue = (-32768).to_bytes(2, "little", signed=True)
    (record,) = records(wrote(tmp_path, making.dicom_ecg(group, sop_class=making.GENERAL_ECG)))
    np.testing.assert_array_equal(np.isnan(record.signal_mv[0]), [False, True, False])
    assert record.reasons["I"] == "some samples are padding"


def test_leads_are_also_known_by_scp_codes_and_by_name(tmp_path: Path) -> None:
    scp, named, other = making.channel("5.6.3-9-62"), making.channel("x"), making.channel("y")
    named.ChannelSourceSequence[0].CodeMeaning = "Lead V3"
    other.ChannelSourceSequence[0].CodeMeaning = "Respiration"
    group = making.waveform_group(np.zeros((5, 3), np.int16), [scp, named, other])
    (record,) = records(wrote(tmp_path, making.dicom_ecg(group, sop_class=making.GENERAL_ECG)))
    assert record.leads == ("aVR", "V3")


def test_recorded_groups_are_yielded_and_derived_ones_passed_over(tmp_path: Path) -> None:
    def group(originality: str, rate_hz: float) -> Dataset:
        channels = [making.channel(code) for code in making.MDC_CODES]
        samples = np.zeros((30, 12), np.int16)
        return making.waveform_group(samples, channels, rate_hz, WaveformOriginality=originality)

    groups = (group("ORIGINAL", 500.0), group("DERIVED", 500.0), group("ORIGINAL", 250.0))
    found = records(wrote(tmp_path, making.dicom_ecg(*groups)))
    assert [(record.name, record.rate_hz) for record in found] == [
        ("object", 500.0),
        ("object-3", 250.0),
    ]


def test_a_bad_group_does_not_hide_a_good_one(tmp_path: Path) -> None:
    good = making.waveform_group(np.zeros((5, 1), np.int16), [making.channel("2:1")])
    bad = making.waveform_group(np.zeros((5, 1), np.int16), [making.channel("2:99")])
    path = wrote(tmp_path, making.dicom_ecg(bad, good, sop_class=making.GENERAL_ECG))
    told: list[Refusal] = []
    assert len(list(read_file(path, on_refused=told.append))) == 1
    assert [refusal.code for refusal in told] == ["dicom-no-leads"]


def test_a_waveform_is_no_page(tmp_path: Path) -> None:
    group = making.waveform_group(np.zeros((5, 1), np.int16), [making.channel("2:1")])
    with pytest.raises(Refused, match="a waveform, which must be drawn first"):
        read_page(wrote(tmp_path, making.dicom_ecg(group)))


def test_dicom_without_a_suffix_is_found_in_a_folder(tmp_path: Path) -> None:
    data = making.packed(making.dicom_picture(making.picture(64, 80)))
    (tmp_path / "IM000001").write_bytes(data)
    (tmp_path / "LICENSE").write_bytes(b"words")
    assert list(find_files([tmp_path])) == [str(tmp_path / "IM000001")]


def test_an_odd_header_is_not_quoted_in_warnings_or_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    data = making.packed(making.dicom_picture(making.picture(64, 80)))
    for good, odd in ((b"19500101", b"1950 JAN"), (b"071Y", b"7 J ")):
        assert good in data
        data = data.replace(good, odd)
    path = tmp_path / "odd.dcm"
    path.write_bytes(data)
    assert read_page(path).metadata["age"].strip() == "7 J"
    assert not caplog.records
    assert not [warning for warning in recwarn if "JAN" in str(warning.message)]
