"""Random damage to any format ends in pages or in a refusal, never in another exception."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecgpage.read import Limits, read_file
from ecgpage.values import Page, Record, Refusal, Refused

from . import heic_samples, making


@cache
def samples() -> dict[str, bytes]:
    image = making.picture(60, 80)
    waves = np.zeros((50, 12), np.int16)
    channels = [making.channel(code) for code in making.MDC_CODES]
    return {
        "png": making.encoded(image, "PNG"),
        "jpg": making.encoded(image, "JPEG"),
        "bmp": making.encoded(image, "BMP"),
        "tif": making.encoded(image, "TIFF", compression="tiff_lzw"),
        "webp": making.encoded(image, "WEBP"),
        "gif": making.encoded(image, "GIF"),
        "heic": heic_samples.TURNED,
        "pdf": making.pdf([b"0 0 m 100 50 l S BT /F 12 Tf 20 20 Td (aVR V1) Tj ET"]),
        "dcm": making.packed(making.dicom_picture(making.picture(20, 30))),
        "ecg.dcm": making.packed(making.dicom_ecg(making.waveform_group(waves, channels))),
    }


@pytest.mark.parametrize("kind", samples())
@given(data=st.data())
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damaged_bytes_end_in_a_refusal_or_in_pages(
    kind: str, data: st.DataObject, tmp_path: Path
) -> None:
    content = bytearray(samples()[kind])
    places = st.integers(0, len(content) - 1)
    for at in data.draw(st.lists(places, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), places))
    path = tmp_path / f"page.{kind}"
    path.write_bytes(bytes(content[:end]))
    try:
        found: list[Page | Record | Refusal] = list(
            read_file(path, dpi=72, limits=Limits(pixels=4_000_000))
        )
    except Refused as error:
        found = [error.refusal]
    assert all(isinstance(thing, Page | Record | Refusal) for thing in found)
