"""Pages at addresses and in lists, and how many a file has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ecgpage.read import Entry, count_pages, find_entries, held, is_url, read_page, starts_with
from ecgpage.read import entries as entries_module
from ecgpage.values import Refused, WrongUse

from .making import encoded, pdf, picture

fsspec = pytest.importorskip("fsspec", reason="install it with: pip install 'ecgpage[archive]'")


@pytest.fixture
def place() -> Iterator[str]:
    """An address with three pages, a text and a DICOM file without a suffix."""
    store, folder = fsspec.filesystem("memory"), f"/{uuid.uuid4().hex}"
    for name in ("b.png", "a.png", "deep/c.png"):
        store.pipe_file(f"{folder}/{name}", encoded(picture(), "PNG"))
    store.pipe_file(f"{folder}/notes.txt", b"no page")
    store.pipe_file(f"{folder}/0001", bytes(128) + b"DICM" + bytes(100))
    store.pipe_file(f"{folder}/.hidden.png", b"x")
    yield f"memory:/{folder}"
    store.rm(folder, recursive=True)


def names(found: Iterator[Entry]) -> list[str]:
    return [entry.place.rpartition("/")[2] for entry in found]


def test_a_folder_at_an_address_is_searched_by_name(place: str) -> None:
    found = list(find_entries([place]))
    assert names(iter(found)) == ["0001", "a.png", "b.png", "c.png"]
    assert all(is_url(entry.place) for entry in found)
    assert found[1].size == len(encoded(picture(), "PNG"))


def test_files_and_patterns_at_an_address(place: str) -> None:
    assert names(find_entries([f"{place}/a.png"])) == ["a.png"]
    assert names(find_entries([f"{place}/*.png"])) == ["a.png", "b.png"]
    assert names(find_entries([f"{place}/notes.txt"])) == ["notes.txt"]
    for missing, code in ((f"{place}/none", "no-such-path"), (f"{place}/*.bmp", "no-match")):
        with pytest.raises(WrongUse) as caught:
            list(find_entries([missing]))
        assert caught.value.refusal.code == code


def test_an_address_is_read_as_a_file_is(place: str) -> None:
    page = read_page(f"{place}/a.png")
    assert (page.image == picture()).all()
    assert page.source == f"{place}/a.png"
    assert starts_with(f"{place}/a.png", b"\x89PNG")
    assert not starts_with(f"{place}/none.png", b"\x89PNG")
    with pytest.raises(Refused) as caught:
        read_page(f"{place}/none.png")
    assert caught.value.refusal.code == "not-found"


def test_an_unknown_scheme_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="cannot be understood"):
        list(find_entries(["carrier-pigeon://loft/1.png"]))


def test_a_list_at_an_address_names_files_beside_it_and_elsewhere(
    place: str, tmp_path: Path
) -> None:
    (tmp_path / "local.png").write_bytes(b"x")
    rows = f"path,size,stamp\na.png,,\n{tmp_path}/local.png,,\n{place}/b.png,7,abc\n,,\n"
    fsspec.filesystem("memory").pipe_file(f"{place[8:]}/list.csv", rows.encode("utf-8-sig"))
    first, second, third = find_entries([f"{place}/list.csv"])
    assert first.place == f"{place}/a.png"
    assert first.size == len(encoded(picture(), "PNG"))
    assert second.stamp.startswith("1-")
    assert third == Entry(f"{place}/b.png", 7, "abc")


@pytest.mark.parametrize(
    ("data", "code"), [(b"file\na.png\n", "missing-column"), (b"path\n\xff\xfe\n", "not-a-list")]
)
def test_a_list_that_is_none_says_so(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(WrongUse) as caught:
        list(find_entries([str(tmp_path / "list.csv")]))
    assert caught.value.refusal.code == code


def test_a_list_is_read_as_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def endless(path: str) -> Iterator[dict[str, str]]:
        nonlocal read
        while True:
            read += 1
            yield {"path": f"{read}.png"}

    monkeypatch.setattr(entries_module, "_csv_rows", endless)
    found = find_entries([str(tmp_path / "list.csv")])
    assert [next(found).place for _ in range(3)] == [f"{tmp_path}/{n}.png" for n in (1, 2, 3)]
    found.close()  # type: ignore[attr-defined]
    assert read <= 3 + 64


def test_what_is_held_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(encoded(picture(), "PNG"))
    with held(str(path)) as data:
        path.write_bytes(b"another file")
        assert (read_page(path).image == picture()).all()
        assert data == encoded(picture(), "PNG")
    with pytest.raises(Refused):
        read_page(path)


def test_pages_are_counted_without_decoding(tmp_path: Path) -> None:
    from PIL import Image

    frames = [Image.fromarray(picture()) for _ in range(3)]
    stream = BytesIO()
    frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:])
    contents = {
        "a.pdf": (pdf([b"0 0 m 10 10 l S"] * 4), 4), "b.tif": (stream.getvalue(), 3),
        "c.png": (encoded(picture(), "PNG"), 1), "broken.pdf": (b"%PDF-1.4 no more", 1),
    }  # fmt: skip
    for name, (data, pages) in contents.items():
        (tmp_path / name).write_bytes(data)
        assert count_pages(tmp_path / name) == pages
