"""Which format a file has: its first bytes decide, never its name."""

from __future__ import annotations

from ecgpage.read.faults import refused

SUFFIXES: frozenset[str] = frozenset(
    (
        ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".tif", ".tiff", ".webp",
        ".heic", ".heif", ".hif", ".gif", ".pdf", ".dcm", ".dicom", ".ima", ".svg",
    )
)  # fmt: skip
"""Names that a folder search picks up. SVG is among them so that it is reported, not missed."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"%PDF-", "PDF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)

_REFUSED_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "archive-not-image", "a ZIP archive"),
    (b"PK\x05\x06", "archive-not-image", "an empty ZIP archive"),
    (b"\x1f\x8b", "archive-not-image", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive-not-image", "a 7z archive"),
    (b"Rar!", "archive-not-image", "a RAR archive"),
    (b"BZh", "archive-not-image", "a bzip2 archive"),
    (b"\xfd7zXZ", "archive-not-image", "an xz archive"),
    (b"\xd0\xcf\x11\xe0", "office-not-image", "an OLE office file"),
    (b"{\\rtf", "office-not-image", "a rich text file"),
    (b"8BPS", "format-not-read", "Photoshop"),
    (b"\x00\x00\x00\x0cjP  ", "format-not-read", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "format-not-read", "a JPEG 2000 code stream"),
    (b"\x00\x00\x00\x0cJXL ", "format-not-read", "JPEG XL"),
    (b"\xff\x0a", "format-not-read", "JPEG XL"),
    (b"%!PS", "format-not-read", "PostScript"),
    (b"\x00\x00\x01\x00", "format-not-read", "a Windows icon"),
)

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))


def sniff(data: bytes, where: str) -> str:
    """Name the format of a file's content.

    Parameters
    ----------
    data:
        The file's first 4096 bytes or more.
    where:
        The path, for the refusal; a suffix of ``.dcm`` lets DICOM without preamble pass.

    Returns
    -------
    str
        ``PNG``, ``JPEG``, ``BMP``, ``TIFF``, ``WEBP``, ``GIF``, ``HEIC``, ``PDF`` or ``DICOM``.

    Raises
    ------
    Refused
        Where the content is something else, saying what it looks like.
    """
    for start, name in _STARTS:
        if data.startswith(start):
            return name
    if data[128:132] == b"DICM" or _is_bare_dicom(data, where):
        return "DICOM"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        if data[8:12] in _HEIF_BRANDS:
            return "HEIC"
        brand = data[8:12].decode("ascii", "replace")
        raise refused(where, "format-not-read", f"an ISO media file of brand '{brand}'")
    if b"%PDF-" in data[:1024]:
        return "PDF"
    for start, code, received in _REFUSED_STARTS:
        if data.startswith(start):
            raise refused(where, code, received)
    raise _refuse_text_or_unknown(data, where)


def _is_bare_dicom(data: bytes, where: str) -> bool:
    """DICOM written without its preamble: a first tag of group 2 or 8, in a file named so."""
    first = data[:2] in (b"\x02\x00", b"\x08\x00") and data[3:4] == b"\x00"
    return first and where.lower().endswith((".dcm", ".dicom", ".ima"))


def _refuse_text_or_unknown(data: bytes, where: str) -> Exception:
    head = data[:4096]
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in lowered[:2000] and lowered[:1] == b"<":
        return refused(where, "svg-not-read", "an XML file with an <svg> element")
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return refused(where, "html-not-image", "HTML")
    if _is_text(head):
        return refused(where, "text-not-image", "plain text")
    if not any(head):
        return refused(where, "unknown-content", "nothing but zero bytes")
    return refused(where, "unknown-content", f"bytes that begin with {head[:8].hex(' ')}")


def _is_text(head: bytes) -> bool:
    """True for UTF-8 or ASCII without control characters (a cut last character is allowed)."""
    for end in range(len(head), max(len(head) - 4, 0), -1):
        try:
            text = head[:end].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
    return False
