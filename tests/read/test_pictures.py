"""Every format, depth, colour model and orientation gives the same upright RGB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ecgpage.read import Limits, read_file, read_page, thumbnail
from ecgpage.values import Page, Refusal, Refused

from . import heic_samples, making

LOSSLESS = {
    "page.png": lambda image: making.encoded(image, "PNG"),
    "page.bmp": lambda image: making.encoded(image, "BMP"),
    "page.tif": lambda image: making.encoded(image, "TIFF"),
    "lzw.tiff": lambda image: making.encoded(image, "TIFF", compression="tiff_lzw"),
    "page.webp": lambda image: making.encoded(image, "WEBP", lossless=True),
}


def wrote(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_back_every_pixel(name: str, tmp_path: Path) -> None:
    image = making.picture()
    page = read_page(wrote(tmp_path, name, LOSSLESS[name](image)))
    assert page.image.dtype == np.uint8
    assert page.image.flags.c_contiguous
    np.testing.assert_array_equal(page.image, image)


def test_a_jpeg_is_near_what_was_written_and_names_itself(tmp_path: Path) -> None:
    image = making.picture()
    data = making.encoded(image, "JPEG", quality=95, dpi=(300, 300))
    page = read_page(wrote(tmp_path, "page.jpg", data))
    assert page.format == "JPEG"
    assert page.dpi == 300
    assert np.abs(page.image.astype(int) - image).mean() < 6


def test_the_fast_and_the_careful_way_through_a_jpeg_agree(tmp_path: Path) -> None:
    """A byte behind the end sends a file the careful way."""
    data = making.encoded(making.picture(), "JPEG", quality=90)
    fast = read_page(wrote(tmp_path, "fast.jpg", data)).image
    careful = read_page(wrote(tmp_path, "careful.jpg", data + b"\0")).image
    assert np.abs(fast.astype(int) - careful).max() <= 3


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB"])
def test_other_colour_models_come_out_as_pillow_converts_them(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(making.picture()).convert("L" if mode in "1L" else "RGB")
    image = image.convert("P", palette=Image.Palette.ADAPTIVE) if mode == "P" else image
    image = image if mode in ("P", "LAB") else image.convert(mode)
    image = Image.merge("LAB", image.split()) if mode == "LAB" else image
    page = read_page(wrote(tmp_path, "page.tif", making.encoded(image, "TIFF")))
    np.testing.assert_array_equal(page.image, np.asarray(image.convert("RGB")))


def test_a_cmyk_jpeg_is_white_where_there_is_no_ink(tmp_path: Path) -> None:
    ink = np.zeros((64, 64, 4), np.uint8)
    ink[:32] = (0, 255, 255, 0)
    data = making.encoded(Image.fromarray(ink, "CMYK"), "JPEG", quality=95)
    image = read_page(wrote(tmp_path, "page.jpg", data)).image
    assert image[50, 32].min() > 245
    assert image[10, 32, 0] > 200
    assert image[10, 32, 1:].max() < 60


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_laid_on_white(mode: str, tmp_path: Path) -> None:
    rgba = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    rgba.paste((0, 0, 0, 255), (0, 0, 20, 30))
    rgba.putpixel((30, 5), (0, 0, 0, 128))
    if mode == "PA":
        image = Image.new("P", rgba.size, 1)
        image.putpalette([0, 0, 0, 255, 0, 0])
        image.paste(0, (0, 0, 20, 30))
        data = making.encoded(image, "PNG", transparency=1)
    else:
        data = making.encoded(rgba.convert(mode), "PNG")
    image_rgb = read_page(wrote(tmp_path, "page.png", data)).image
    assert (image_rgb[:, :20] == 0).all()
    assert (image_rgb[:, 35:] == 255).all()
    if mode != "PA":
        assert abs(int(image_rgb[5, 30, 0]) - 127) <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight_over_the_whole_range(kind: str, tmp_path: Path) -> None:
    deep = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    path = wrote(tmp_path, "page", making.encoded(Image.fromarray(deep), kind))
    np.testing.assert_array_equal(read_page(path).image[..., 1].ravel(), np.arange(256))


def test_floats_from_zero_to_one_are_scaled(tmp_path: Path) -> None:
    data = making.encoded(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16), "TIFF")
    image = read_page(wrote(tmp_path, "page.tif", data)).image
    np.testing.assert_array_equal(image[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_every_exif_orientation_is_applied(kind: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    data = making.encoded(making.picture(60, 80), kind, exif=exif.tobytes(), **options)
    turned = {  # as CIPA DC-008 words it: where row 0 and column 0 of the stored picture are seen
        1: lambda image: image,
        2: lambda image: image[:, ::-1],
        3: lambda image: image[::-1, ::-1],
        4: lambda image: image[::-1],
        5: lambda image: image.swapaxes(0, 1),
        6: lambda image: np.rot90(image, -1),
        7: lambda image: np.rot90(image, -1)[:, ::-1][::-1, ::-1][:, ::-1][::-1, ::-1],
        8: lambda image: np.rot90(image, 1),
    }
    expected = turned[orientation](making.picture(60, 80)).astype(int)
    if orientation == 7:
        expected = making.picture(60, 80)[::-1, ::-1].swapaxes(0, 1).astype(int)
    page = read_page(wrote(tmp_path, "page", data))
    assert page.image.shape == expected.shape
    assert np.abs(page.image - expected).mean() < (8 if kind == "JPEG" else 0.01)


def test_heic_is_read_turned_and_without_its_location(tmp_path: Path) -> None:
    plain = read_page(wrote(tmp_path, "plain.heic", heic_samples.PLAIN))
    turned = read_page(wrote(tmp_path, "turned.heic", heic_samples.TURNED))
    assert (plain.format, plain.image.shape) == ("HEIC", (48, 64, 3))
    assert np.abs(plain.image[10, 10].astype(int) - (200, 30, 30)).max() < 25
    assert np.abs(turned.image.astype(int) - np.rot90(plain.image, -1)).mean() < 3
    assert turned.metadata["make"] == "Maker"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_location_and_free_text_are_never_kept(kind: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x010E] = "Jane Doe, 1950"
    exif[0x013B] = "Dr Roe"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 14.25), 3: "E", 4: (11.0, 34.0, 31.5)})
    data = making.encoded(making.picture(), kind, exif=exif.tobytes())
    metadata = read_page(wrote(tmp_path, "page", data)).metadata
    assert metadata["make"] == "Maker"
    assert not any(word in str(metadata) for word in ("Doe", "Roe", "48", "14.25", "GPS"))


def test_a_resolution_is_what_the_file_states_or_none(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    cases = [
        (making.encoded(making.picture(), "JPEG"), None),
        (making.encoded(making.picture(), "JPEG", exif=exif.tobytes()), None),
        (making.encoded(making.picture(), "PNG", dpi=(200, 200)), pytest.approx(200, abs=0.1)),
        (making.encoded(making.picture(), "TIFF", dpi=(600, 600)), 600.0),
    ]
    for data, expected in cases:
        assert read_page(wrote(tmp_path, "page", data)).dpi == expected


def test_pages_of_a_tiff_are_counted_and_a_bad_one_does_not_hide_the_others(
    tmp_path: Path,
) -> None:
    first, *rest = [Image.fromarray(making.picture() // (n + 1)) for n in range(3)]
    data = bytearray(
        making.encoded(
            first, "TIFF", save_all=True, append_images=rest, compression="tiff_adobe_deflate"
        )
    )
    path = wrote(tmp_path, "pages.tif", bytes(data))
    assert [page.name for page in read_file(path) if isinstance(page, Page)] == [
        str(path), f"{path}#2", f"{path}#3",
    ]  # fmt: skip
    with Image.open(path) as image:
        image.seek(1)
        at = image.tag_v2[273][0]  # type: ignore[attr-defined]
    data[at : at + 40] = b"\xaa" * 40
    path.write_bytes(data)
    told: list[Refusal] = []
    pages = list(read_file(path, on_refused=told.append))
    assert [page.index for page in pages if isinstance(page, Page)] == [0, 2]
    assert [(refusal.where, refusal.code) for refusal in told] == [(f"{path}#2", "damaged-image")]
    found = read_file(path)
    assert next(found)
    with pytest.raises(Refused):
        next(found)


def test_a_tiff_of_too_many_pages_is_refused(tmp_path: Path) -> None:
    frames = [Image.new("L", (8, 8), shade) for shade in range(6)]
    data = making.encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with pytest.raises(Refused, match="more than 5 pages"):
        list(read_file(wrote(tmp_path, "pages.tif", data), limits=Limits(pages=5)))


def test_a_truncated_jpeg_is_read_on_request_and_says_so(tmp_path: Path) -> None:
    data = making.encoded(making.picture(), "JPEG", quality=95)
    path = wrote(tmp_path, "cut.jpg", data[: len(data) // 2])
    page = read_page(path, limits=Limits(accept_truncated=True))
    whole = read_page(wrote(tmp_path, "whole.jpg", data))
    assert "ends early" in page.metadata["truncated"]
    np.testing.assert_allclose(page.image[:80].astype(int), whole.image[:80], atol=3)
    assert page.image[-20:].std() < 1


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("wanted", [(600, 800), (300, 400), (120, 200), (10, 10)])
def test_at_least_gives_a_smaller_picture_that_is_large_enough(
    wanted: tuple[int, int], orientation: int, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = making.encoded(making.picture(600, 800), "JPEG", exif=exif.tobytes())
    wanted = wanted if orientation == 1 else (wanted[1], wanted[0])
    path = wrote(tmp_path, "page.jpg", data)
    full, small = read_page(path).image, read_page(path, at_least=wanted).image
    assert all(have >= want for have, want in zip(small.shape, wanted, strict=False))
    factor = full.shape[0] // small.shape[0]
    assert factor in (1, 2, 4, 8)
    assert (factor * 2 * wanted[0] > full.shape[0]) or factor == 8
    mean = full.reshape(small.shape[0], factor, small.shape[1], factor, 3).mean(axis=(1, 3))
    assert np.abs(mean - small).mean() < 6


def test_limits_count_pixels_and_bytes(tmp_path: Path) -> None:
    path = wrote(tmp_path, "page.png", making.encoded(making.picture(), "PNG"))
    with pytest.raises(Refused, match="240 x 320 = 76800 pixels; the limit is 76799"):
        read_page(path, limits=Limits(pixels=76_799))
    with pytest.raises(Refused, match="the limit is 100"):
        read_page(path, limits=Limits(bytes=100))
    assert read_page(path, limits=Limits(pixels=76_800)).image.size == 76_800 * 3


@pytest.mark.parametrize("size", [(60, 80), (10, 1000), (1000, 10), (500, 500)])
def test_a_thumbnail_fits_and_keeps_proportions(size: tuple[int, int]) -> None:
    page = Page(making.picture(), "page")
    small = thumbnail(page, size)
    assert small.shape[0] <= size[0]
    assert small.shape[1] <= size[1]
    assert small.shape[1] / small.shape[0] == pytest.approx(320 / 240, rel=0.1)
    assert abs(small.mean() - page.image.mean()) < 3


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}]
)
def test_a_webp_declares_its_size_before_it_is_decoded(options: dict[str, object]) -> None:
    from ecgpage.read.webp import webp_size

    assert webp_size(making.encoded(making.picture(123, 457), "WEBP", **options)) == (123, 457)


def test_a_webp_bomb_is_refused_by_its_declared_size(tmp_path: Path) -> None:
    data = making.encoded(making.picture(16, 16), "WEBP", lossless=True)
    size = (16_383 << 14 | 16_383).to_bytes(4, "little")
    path = wrote(tmp_path, "bomb.webp", data[:21] + size + data[25:])
    with pytest.raises(Refused, match="16384 x 16384 = 268435456 pixels"):
        read_page(path)
