"""What a picture file says beside its pixels: an allow-list lets no place and no name pass."""

from __future__ import annotations

import math
import warnings

from PIL import Image

ORIENTATION = 0x0112
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128

_KEPT: dict[int, str] = {
    0x010F: "make",
    0x0110: "model",
    0x0131: "software",
    0x0132: "datetime",
}
"""EXIF tags that are kept. Location, owner, serial numbers, comments, XMP and IPTC are not."""

_LONGEST = 200


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation, 1 where there is none or it cannot be read."""
    return _whole(_exif(image).get(ORIENTATION, 1), 1)


def metadata_of(image: Image.Image) -> dict[str, str]:
    """Mode, compression and the camera's or program's name; nothing else is kept."""
    kept = {"mode": image.mode}
    if isinstance(image.info.get("compression"), str):
        kept["compression"] = image.info["compression"]
    if image.info.get("progressive"):
        kept["progressive"] = "yes"
    tables = getattr(image, "quantization", None)
    if tables:
        kept["jpeg_table_sum"] = str(sum(tables[min(tables)]))
    tags = _exif(image)
    for tag, name in _KEPT.items():
        value = tags.get(tag)
        if isinstance(value, str) and value.strip("\x00 "):
            kept[name] = "".join(c for c in value if c.isprintable()).strip()[:_LONGEST]
    return kept


def dpi_of(image: Image.Image) -> float | None:
    """Horizontal dots per inch as the file states them, None where it does not.

    Pillow fills in 72 where a JPEG has EXIF without a resolution; that is not a statement of
    the file and is left out.
    """
    if image.format == "JPEG" and image.info.get("jfif_unit") not in (1, 2):
        return _exif_dpi(image)
    value = image.info.get("dpi")
    if not isinstance(value, tuple) or not value:
        return None
    return _sane(value[0])


def _exif_dpi(image: Image.Image) -> float | None:
    tags = _exif(image)
    value = tags.get(_X_RESOLUTION)
    if value is None:
        return None
    per_cm = _whole(tags.get(_RESOLUTION_UNIT, 2), 2) == 3
    try:
        return _sane(float(value) * (2.54 if per_cm else 1.0))
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _sane(value: object) -> float | None:
    """A resolution between 1 and 100,000 dots per inch, None for anything else."""
    try:
        dpi = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return dpi if math.isfinite(dpi) and 1.0 < dpi < 100_000 else None


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) else default


def _exif(image: Image.Image) -> Image.Exif:
    """The picture's EXIF; an empty one where it is damaged (EXIF is no reason to refuse)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return image.getexif()
    except Exception:  # noqa: BLE001 - Pillow's parser raises many kinds on damaged EXIF
        return Image.Exif()
