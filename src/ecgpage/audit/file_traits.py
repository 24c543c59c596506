"""What a file is beside its pixels: its fingerprint, size, time and compression."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError


@dataclass(frozen=True, slots=True)
class FileTraits:
    """Facts about one file.

    ``quantisation`` are the JPEG quantisation tables one after the other, empty for other
    formats; ``time_s`` is the modification time in seconds since 1970.
    """

    sha256: str
    size_bytes: int
    time_s: float
    quantisation: tuple[int, ...] = ()
    progressive: bool = False


def file_traits(path: str) -> FileTraits:
    """Read the facts of one file.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    file = Path(path)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    status = file.stat()
    tables, progressive = _jpeg_tables(file)
    return FileTraits(digest, status.st_size, status.st_mtime, tables, progressive)


def _jpeg_tables(file: Path) -> tuple[tuple[int, ...], bool]:
    """Quantisation tables and whether the file is progressive; nothing for other formats."""
    with file.open("rb") as start:
        if start.read(2) != b"\xff\xd8":
            return (), False
    try:
        with Image.open(file) as image:
            tables = getattr(image, "quantization", {})
            values = tuple(int(v) for _, table in sorted(tables.items()) for v in table)
            return values, bool(image.info.get("progressive"))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        return (), False
