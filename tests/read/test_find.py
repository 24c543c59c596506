"""From paths, folders and patterns to files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecgpage.read import find_files, printable, problems, read_page
from ecgpage.values import Page, WrongUse

from . import making


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "sub/c.tif", "sub/.x/d.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(making.encoded(making.picture(), "PNG"))
    return tmp_path


def names(folder: Path, *paths: str | Path) -> list[str]:
    return [os.path.relpath(path, folder) for path in find_files(paths)]


def test_a_folder_is_searched_in_a_stable_order(folder: Path) -> None:
    assert names(folder, folder) == ["a.JPG", "b.png", "sub/c.tif"]


def test_files_are_taken_as_given_and_patterns_are_expanded(folder: Path) -> None:
    assert names(folder, folder / "notes.txt", folder / "*.png") == ["notes.txt", "b.png"]
    assert names(folder, f"{folder}/**/*.tif") == ["sub/c.tif"]


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(folder: Path) -> None:
    (folder / "scan[1].png").write_bytes(b"x")
    assert names(folder, folder / "scan[1].png") == ["scan[1].png"]


@pytest.mark.parametrize("path", ["gone.png", "gone*.png"])
def test_what_is_not_there_is_wrong_use(path: str, folder: Path) -> None:
    with pytest.raises(WrongUse):
        list(find_files([folder / path]))


def test_links_between_folders_end(folder: Path) -> None:
    (folder / "sub" / "up").symlink_to(folder)
    assert names(folder, folder) == ["a.JPG", "b.png", "sub/c.tif"]


def test_a_name_that_is_no_utf8_is_found_read_and_printed(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/scan\xff.png"
    try:
        with open(raw, "wb") as file:  # noqa: PTH123
            file.write(making.encoded(making.picture(), "PNG"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (path,) = find_files([tmp_path])
    assert read_page(path).image.shape == (240, 320, 3)
    printable(path).encode("utf-8")
    assert printable(path).endswith("scan\\xff.png")


@pytest.mark.parametrize(
    ("level", "shape", "codes"),
    [
        (255, (400, 600), {"blank-page"}),
        (0, (400, 600), {"black-page"}),
        (128, (400, 600), {"one-colour-page"}),
        (255, (1, 1), {"tiny-page", "blank-page"}),
    ],
)
def test_pages_without_content_have_problems(
    level: int, shape: tuple[int, int], codes: set[str], tmp_path: Path
) -> None:
    import numpy as np

    page = Page(np.full((*shape, 3), level, np.uint8), "page")
    assert {refusal.code for refusal in problems(page)} == codes


def test_a_page_with_a_single_trace_has_no_problem() -> None:
    image = making.picture(1000, 1400)
    image[...] = 250
    image[500, :] = (20, 20, 20)
    assert problems(Page(image, "page")) == ()
