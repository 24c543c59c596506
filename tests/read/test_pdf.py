"""PDF pages as pixels, and their lines and words where the pixels are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecgpage.read import Limits, read_file, read_page
from ecgpage.values import Page, Refused, WrongUse

from . import making

CONTENT = b"""
q 0.8 0 0 RG 2 w 20 30 m 60 80 l 150 40 l S Q
q 0.5 0 0 0.5 100 10 cm 0 0 1 RG 4 w 10 10 m 10 120 l S Q
0 0.5 0 rg 170 60 10 20 re f
0 g BT /F 12 Tf 20 10 Td (aVR  V1) Tj ET
"""


def page_of(path: Path, data: bytes, dpi: float = 144.0) -> Page:
    path.write_bytes(data)
    return read_page(path, dpi=dpi)


def ink(page: Page, rgb: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns of the pixels of one colour."""
    return np.argwhere(np.abs(page.image.astype(int) - rgb).max(axis=2) < 60)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("box", ["0 0 200 100", "10 -5 195 112"])
def test_strokes_lie_on_their_own_ink(rotation: int, box: str, tmp_path: Path) -> None:
    data = making.pdf([CONTENT], box=box, page_words=f"/Rotate {rotation}")
    page = page_of(tmp_path / "page.pdf", data)
    red, blue, green = page.strokes
    assert [s.rgb for s in page.strokes] == [(204, 0, 0), (0, 0, 255), (0, 128, 0)]
    assert red.width_px == pytest.approx(4, rel=0.01)
    assert blue.width_px == pytest.approx(4, rel=0.01)
    assert green.width_px == 0
    for stroke in (red, blue):
        pixels = ink(page, stroke.rgb).astype(float)
        assert len(pixels) > 50
        ends = zip(stroke.points_px[:-1], stroke.points_px[1:], strict=True)
        away = np.min([distance(pixels, *pair) for pair in ends], axis=0)
        assert away.max() < stroke.width_px / 2 + 0.8
        # Both sides of the line are inked alike: the centre is right to a small part of a pixel.
        if stroke is blue:
            assert np.abs(pixels.mean(axis=0) - stroke.points_px.mean(axis=0)).max() < 0.3
    inside = ink(page, green.rgb)
    assert np.abs(inside.min(axis=0) - green.points_px.min(axis=0)).max() < 1.1
    assert np.abs(inside.max(axis=0) - green.points_px.max(axis=0)).max() < 1.1


def distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = np.clip((points - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
    return np.linalg.norm(points - start - along[:, None] * (end - start), axis=1)


def test_words_have_boxes_around_their_ink(tmp_path: Path) -> None:
    page = page_of(tmp_path / "page.pdf", making.pdf([CONTENT]))
    assert [word.text for word in page.texts] == ["aVR", "V1"]
    pixels = ink(page, (0, 0, 0))
    top, left = np.min([word.box_px[:2] for word in page.texts], axis=0)
    bottom, right = np.max([word.box_px[2:] for word in page.texts], axis=0)
    assert len(pixels) > 20
    assert (pixels.min(axis=0) >= (top - 2, left - 2)).all()
    assert (pixels.max(axis=0) <= (bottom + 2, right + 2)).all()


def test_lines_within_a_form_are_found_where_it_is_placed(tmp_path: Path) -> None:
    form = making.stream(
        b"1 0 0 RG 3 w 0 0 m 40 0 l S", "/Type /XObject /Subtype /Form /BBox [-5 -5 60 60] "
        "/Matrix [1 0 0 1 7 3]",
    )  # fmt: skip
    data = making.pdf(
        [b"q 2 0 0 1 20 50 cm /X Do Q"], resources="/XObject << /X 4 0 R >>", more=[form]
    )
    page = page_of(tmp_path / "page.pdf", data, dpi=72)
    (stroke,) = page.strokes
    pixels = ink(page, (255, 0, 0))
    np.testing.assert_allclose(stroke.points_px[:, 0], pixels[:, 0].mean(), atol=0.6)
    assert abs(stroke.points_px[0, 1] - (pixels[:, 1].min() - 0.5)) < 1
    assert abs(stroke.points_px[1, 1] - (pixels[:, 1].max() + 0.5)) < 1


def test_curves_and_subpaths(tmp_path: Path) -> None:
    data = making.pdf([b"0 0 m 0 50 100 50 100 0 c S 10 10 m 20 10 l 5 5 m 9 9 l 9 5 l h S"])
    page = page_of(tmp_path / "page.pdf", data, dpi=72)
    curve, line, triangle = page.strokes
    assert len(curve.points_px) == 9
    middle = curve.points_px[4]
    np.testing.assert_allclose(middle, (100 - 37.5 - 0.5, 50 - 0.5), atol=1e-3)
    assert len(line.points_px) == 2
    np.testing.assert_allclose(triangle.points_px[0], triangle.points_px[-1])


@pytest.mark.parametrize("dpi", [72.0, 100.0, 200.0])
def test_size_follows_the_resolution_and_places_with_it(dpi: float, tmp_path: Path) -> None:
    page = page_of(tmp_path / "page.pdf", making.pdf([b"0 100 m 200 0 l S"]), dpi)
    assert page.dpi == dpi
    assert page.image.shape[:2] == (int(np.ceil(100 * dpi / 72)), int(np.ceil(200 * dpi / 72)))
    first, last = page.strokes[0].points_px
    np.testing.assert_allclose(first, -0.5, atol=1e-4)
    np.testing.assert_allclose(last, np.array(page.image.shape[:2]) - 0.5, atol=1e-4)


def test_every_page_is_read_and_a_huge_one_does_not_hide_the_others(tmp_path: Path) -> None:
    data = making.pdf([b"0 0 m 9 9 l S"] * 3)
    first = data.index(b"/MediaBox [0 0 200 100]")
    second = data.index(b"/MediaBox [0 0 200 100]", first + 1)
    data = data[:second] + b"/MediaBox [0 0 9999 99]" + data[second + 23 :]
    path = tmp_path / "pages.pdf"
    path.write_bytes(data)
    told = []
    limits = Limits(pixels=500_000)
    pages = list(read_file(path, dpi=72, limits=limits, on_refused=told.append))
    assert [page.name for page in pages] == [str(path), f"{path}#3"]
    assert [(refusal.where, refusal.code) for refusal in told] == [(f"{path}#2", "too-many-pixels")]


def test_a_cut_pdf_is_read_on_request(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    data = making.pdf([b"0 0 m 100 50 l S"])
    path.write_bytes(data[: data.index(b"startxref")])
    with pytest.raises(Refused, match="ends early"):
        read_page(path)
    page = read_page(path, limits=Limits(accept_truncated=True))
    assert page.metadata["truncated"]
    assert len(page.strokes) == 1


@pytest.mark.parametrize("dpi", [float("nan"), float("inf"), 0.0, -72.0, 1e9])
def test_a_senseless_resolution_is_wrong_use(dpi: float, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="the resolution is not usable") as caught:
        list(read_file(tmp_path / "page.pdf", dpi=dpi))
    assert caught.value.exit_code == 2


@pytest.mark.data
def test_real_vector_reports_carry_twelve_long_traces(data_dir: Path) -> None:
    for path in sorted((data_dir / "pdf").glob("*.pdf"))[:3]:
        page = read_page(path)
        long = [stroke for stroke in page.strokes if len(stroke.points_px) > 200]
        assert len(long) >= 12
        names = {word.text for word in page.texts}
        assert {"I", "aVR", "V1", "V6"} <= names
