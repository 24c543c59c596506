"""Builds files that are wrong, each in its own way, into a folder.

``python -m tests.read.malformed FOLDER`` writes them for a look by hand.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from pydicom.uid import JPEGLSLossless

from . import heic_samples, making

Build = Callable[[Path], object]


class Malformed(NamedTuple):
    """A file's name, how it is made, the code of its refusal and words of the message."""

    name: str
    build: Build
    code: str
    words: str


def _write(data: bytes) -> Build:
    return lambda path: path.write_bytes(data)


def _cut(data: bytes, share: float = 0.6) -> Build:
    return _write(data[: int(len(data) * share)])


def _png() -> bytes:
    return making.encoded(making.picture(), "PNG")


def _png_with_size(columns: int, rows: int) -> bytes:
    """A PNG header that declares a size, with next to no data behind it."""
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _heic_odd_item() -> bytes:
    """An item type that is no text: ends the process where the binding is let near it."""
    return heic_samples.TURNED.replace(b"\0Exif\0", b"\0Ex\xf9f\0", 1)


def _png_bad_depth() -> bytes:
    header = struct.pack(">IIBBBBB", 20, 20, 3, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IEND", b"")


def _png_bad_checksum() -> bytes:
    data = bytearray(_png())
    at = data.index(b"IHDR")
    data[at + 4 + 13] ^= 0xFF
    return bytes(data)


def _png_bad_stream() -> bytes:
    """Chunks in order with right checksums, and pixel data that do not inflate."""
    header = struct.pack(">IIBBBBB", 200, 200, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", b"not deflate" * 20), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _zip() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("page.png", _png())
    return buffer.getvalue()


def _animated_gif() -> bytes:
    frames = [Image.fromarray(making.picture(60, 80) // (n + 1)) for n in range(3)]
    return making.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def _tiff_float() -> bytes:
    return making.encoded(np.linspace(-5, 900, 64 * 64, dtype=np.float32).reshape(64, 64), "TIFF")


def _encrypted_pdf() -> bytes:
    secret = "AB" * 32
    words = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <{secret}> /U <{secret}> >> "
        f"/ID [<{'01' * 16}> <{'01' * 16}>]"
    )
    return making.pdf([b""], trailer_words=words)


def _pdf_bomb() -> bytes:
    return making.pdf([b"0 0 m 9 9 l S " * 8_000_000], compress=True)


def _pdf_many_objects() -> bytes:
    return making.pdf([b"0 0 m 9 9 l S " * 250_000], compress=True)


def _pdf_huge_picture() -> bytes:
    words = (
        "/Type /XObject /Subtype /Image /Width 40000 /Height 40000 /ColorSpace /DeviceGray "
        "/BitsPerComponent 8"
    )
    picture = making.stream(b"\0" * 1000, words, compress=True)
    resources = "/XObject << /P 4 0 R >>"
    return making.pdf([b"200 0 0 100 0 0 cm /P Do"], resources=resources, more=[picture])


def _dicom_picture() -> bytes:
    return making.packed(making.dicom_picture(making.picture(64, 80)))


def _dicom_short_pixels() -> bytes:
    dataset = making.dicom_picture(making.picture(64, 80))
    dataset.Rows = 640
    return making.packed(dataset)


def _dicom_odd_colours() -> bytes:
    return making.packed(making.dicom_picture(making.picture(64, 80), "HSV"))


def _dicom_jpeg_ls() -> bytes:
    dataset = making.dicom_picture(making.picture(64, 80))
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    from pydicom.encaps import encapsulate

    dataset.add_new("PixelData", "OB", encapsulate([b"\xff\xd8\xff\xf7" + b"\0" * 60]))
    dataset["PixelData"].is_undefined_length = True
    return making.packed(dataset)


def _dicom_empty() -> bytes:
    return making.packed(making.dicom("1.2.840.10008.5.1.4.1.1.11.1"))


def _dicom_not_a_pdf() -> bytes:
    dataset = making.dicom(making.ENCAPSULATED_PDF, MIMETypeOfEncapsulatedDocument="text/XML")
    dataset.EncapsulatedDocument = b"<report/>\0"
    return making.packed(dataset)


def _ecg(codes: list[str], rate_hz: float = 500.0, **channel_values: object) -> bytes:
    samples = np.zeros((100, len(codes)), np.int16)
    channels = [making.channel(code, **channel_values) for code in codes]
    return making.packed(making.dicom_ecg(making.waveform_group(samples, channels, rate_hz)))


def _ecg_no_unit() -> bytes:
    return _ecg(["2:1"], ChannelSensitivity=None)


def _ecg_no_channels() -> bytes:
    group = making.waveform_group(np.zeros((0, 0), np.int16), [])
    return making.packed(making.dicom_ecg(group))


def _ecg_short() -> bytes:
    samples, channels = np.zeros((100, 12), np.int16), [making.channel(c) for c in making.MDC_CODES]
    group = making.waveform_group(samples, channels, NumberOfWaveformSamples=5000)
    return making.packed(making.dicom_ecg(group))


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "gone.png")


def _forbidden(path: Path) -> None:
    path.write_bytes(_png())
    path.chmod(0)


def _socket(path: Path) -> None:
    holder = socket.socket(socket.AF_UNIX)
    there = Path.cwd()
    os.chdir(path.parent)  # a socket's path is limited to about 100 bytes
    try:
        holder.bind(path.name)
    finally:
        os.chdir(there)
        holder.close()


_JPEG = making.encoded(making.picture(), "JPEG")
_TIFF = making.encoded(making.picture(), "TIFF", compression="tiff_lzw")
_WEBP = making.encoded(making.picture(), "WEBP")
_BMP = making.encoded(making.picture(), "BMP")
_HUGE = making.pdf([b""], box="0 0 14400 14400")
_PDF = making.pdf([b"0 0 m 100 50 l S"])

MALFORMED: tuple[Malformed, ...] = (
    # the file as such
    Malformed("empty.png", _write(b""), "empty-file", "0 bytes"),
    Malformed("folder.png", Path.mkdir, "is-a-folder", "a folder"),
    Malformed("link.png", _link_to_nothing, "broken-link", "points to nothing"),
    Malformed("pipe.png", os.mkfifo, "not-a-file", "a named pipe"),
    Malformed("socket.png", _socket, "not-a-file", "a socket"),
    Malformed("forbidden.png", _forbidden, "no-permission", "Permission denied"),
    # something else under a picture's name
    Malformed("text.png", _write(b"Rhythm: sinus, 72/min"), "text-not-image", "text"),
    Malformed("page.jpg", _write(b"<!DOCTYPE html><p>Log in"), "html-not-image", "HTML"),
    Malformed("drawing.svg", _write(b"<?xml?><svg width='9'/>"), "svg-not-read", "SVG"),
    Malformed("archive.pdf", _write(_zip()), "archive-not-image", "a ZIP archive"),
    Malformed("office.tif", _write(b"\xd0\xcf\x11\xe0" + b"\0" * 99), "office-not-image", "OLE"),
    Malformed("photoshop.jpg", _write(b"8BPS\0\1" + b"\0" * 99), "format-not-read", "Photoshop"),
    Malformed("movie.heic", _write(b"\0\0\0\x18ftypmp42" + b"\0" * 99), "format-not-read", "mp42"),
    Malformed("zeros.bmp", _write(b"\0" * 5000), "unknown-content", "zero bytes"),
    Malformed("noise.jpg", _write(bytes(range(128, 256))), "unknown-content", "80 81 82"),
    # pictures
    Malformed("cut.png", _cut(_png()), "truncated-image", "IDAT chunk needs"),
    Malformed("cut.jpg", _cut(_JPEG), "truncated-image", "JPEG of"),
    Malformed("cut-in-header.jpg", _write(_JPEG[:100]), "truncated-image", "JPEG of 100 bytes"),
    Malformed("cut.tif", _cut(_TIFF), "truncated-image", "TIFF"),
    Malformed("cut.webp", _cut(_WEBP), "truncated-image", "declared bytes"),
    Malformed("cut.bmp", _cut(_BMP), "truncated-image", "BMP"),
    Malformed("cut.heic", _cut(heic_samples.PLAIN), "truncated-image", "box needs"),
    Malformed("item.heic", _write(_heic_odd_item()), "bad-header", "an item of type"),
    Malformed("checksum.png", _write(_png_bad_checksum()), "checksum-error", "CRC in the IHDR"),
    Malformed("depth.png", _write(_png_bad_depth()), "bad-header", "PNG"),
    Malformed("stream.png", _write(_png_bad_stream()), "damaged-image", "PNG"),
    Malformed("bomb.png", _write(_png_with_size(25_000, 20_000)), "too-many-pixels", "500000000"),
    Malformed("animated.gif", _write(_animated_gif()), "animated", "3 frames"),
    Malformed("floats.tif", _write(_tiff_float()), "unsupported-depth", "floats from -5 to 900"),
    # PDF
    Malformed("cut.pdf", _cut(_PDF), "truncated-pdf", "without %%EOF"),
    Malformed("damaged.pdf", _write(b"%PDF-1.4\nnothing\n%%EOF\n"), "damaged-pdf", "PDF"),
    Malformed("encrypted.pdf", _write(_encrypted_pdf()), "encrypted-pdf", "password"),
    Malformed("no-pages.pdf", _write(making.pdf([])), "no-pages", "0 pages"),
    Malformed("huge.pdf", _write(_HUGE), "too-many-pixels", "40000 x 40000"),
    Malformed("inflates.pdf", _write(_pdf_bomb()), "inflates-too-far", "inflate to more than"),
    Malformed("objects.pdf", _write(_pdf_many_objects()), "too-many-objects", "200000 objects"),
    Malformed("picture.pdf", _write(_pdf_huge_picture()), "too-many-pixels", "embedded picture"),
    Malformed("pages.pdf", _write(making.pdf([b""] * 501)), "too-many-pages", "501 pages"),
    # DICOM
    Malformed("cut.dcm", _cut(_dicom_picture(), 0.5), "truncated-dicom", "bytes"),
    Malformed("no-pixels.dcm", _write(_dicom_empty()), "dicom-without-page", "Presentation"),
    Malformed("jpeg-ls.dcm", _write(_dicom_jpeg_ls()), "dicom-transfer-syntax", "JPEG-LS"),
    Malformed("short.dcm", _write(_dicom_short_pixels()), "dicom-bad-pixels", "ValueError"),
    Malformed("colours.dcm", _write(_dicom_odd_colours()), "dicom-photometric", "HSV"),
    Malformed("xml.dcm", _write(_dicom_not_a_pdf()), "dicom-without-page", "text/XML"),
    Malformed("no-channels.dcm", _write(_ecg_no_channels()), "dicom-no-channels", "0 channels"),
    Malformed("no-leads.dcm", _write(_ecg(["2:99", "2:98"])), "dicom-no-leads", "2 channels"),
    Malformed("twin.dcm", _write(_ecg(["2:1", "2:1"])), "dicom-twin-lead", "lead I twice"),
    Malformed("no-unit.dcm", _write(_ecg_no_unit()), "dicom-no-unit", "lead I without"),
    Malformed("no-rate.dcm", _write(_ecg(["2:1"], 0.0)), "dicom-bad-rate", "0 Hz"),
    Malformed("short-ecg.dcm", _write(_ecg_short()), "dicom-bad-waveform", "declares 120000"),
)  # fmt: skip


def build(folder: Path) -> dict[str, Malformed]:
    """Write the whole set; returns the path of each with what is expected of it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for entry in MALFORMED:
        path = folder / entry.name
        entry.build(path)
        made[str(path)] = entry
    return made


if __name__ == "__main__":
    print("\n".join(build(Path(sys.argv[1]))))
