"""Numbered pages of files: ``scan.pdf#2`` is the second page of ``scan.pdf``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ecgpage.read import find_files, read_file, read_page
from ecgpage.values import Page, Refused, WrongUse, file_and_page
from ecgpage.work import stamp

from . import making

LINES = [b"0 10 m 200 10 l S", b"0 50 m 200 50 l S", b"0 90 m 200 90 l S"]


def write_three(path: Path) -> Path:
    """A file of three different pages."""
    if path.suffix == ".pdf":
        path.write_bytes(making.pdf(LINES))
    else:
        pages = [Image.fromarray(making.picture(120 + 10 * n, 160)) for n in range(3)]
        pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def pages_of(path: Path) -> list[Page]:
    found = list(read_file(path))
    assert all(isinstance(page, Page) for page in found)
    return [page for page in found if isinstance(page, Page)]


@pytest.mark.parametrize("name", ["scan.pdf", "scan.tiff"])
def test_a_number_names_one_page(tmp_path: Path, name: str) -> None:
    path = write_three(tmp_path / name)
    whole = pages_of(path)
    assert len(whole) == 3
    for number, page in enumerate(whole, start=1):
        alone = read_page(f"{path}#{number}")
        assert np.array_equal(alone.image, page.image)
        assert (alone.index, alone.source, alone.name) == (page.index, page.source, page.name)
        assert [one.name for one in pages_of(Path(f"{path}#{number}"))] == [page.name]
    assert not np.array_equal(whole[1].image, whole[0].image)
    assert np.array_equal(read_page(path).image, whole[0].image)


@pytest.mark.parametrize("name", ["scan.pdf", "scan.tiff", "scan.png"])
def test_a_number_beyond_the_last_page_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".png":
        path.write_bytes(making.encoded(making.picture(), "PNG"))
    else:
        write_three(path)
    with pytest.raises(Refused) as caught:
        read_page(f"{path}#7")
    assert caught.value.refusal.code == "no-such-page"
    assert caught.value.refusal.where == f"{path}#7"


def test_a_file_whose_name_has_a_number_sign_is_itself(tmp_path: Path) -> None:
    write_three(tmp_path / "scan.pdf")
    odd = tmp_path / "scan.pdf#2"
    odd.write_bytes(making.encoded(making.picture(), "PNG"))
    page = read_page(odd)
    assert (page.format, page.index, page.source) == ("PNG", 0, str(odd))
    spaced = tmp_path / "ward #3.tiff"
    write_three(spaced)
    assert read_page(f"{spaced}#2").index == 1
    for name in ("scan.pdf#0", "scan.pdf#-1", "scan.pdf#two", "#2", "scan.pdf#"):
        assert file_and_page(tmp_path / name) == (str(tmp_path / name), None)


def test_numbered_pages_are_found_and_their_file_is_stamped(tmp_path: Path) -> None:
    path = write_three(tmp_path / "scan.pdf")
    assert list(find_files([f"{path}#2"])) == [f"{path}#2"]
    assert stamp(f"{path}#2") == stamp(path) != ""
    with pytest.raises(WrongUse):
        list(find_files([f"{tmp_path}/gone.pdf#2"]))
