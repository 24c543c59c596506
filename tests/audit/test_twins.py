"""Copies are found, and pages of one template are not taken for copies."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from ecgpage.audit import PageTraits, cluster_twins, describe, find_twins
from ecgpage.label import open_dataset
from ecgpage.read import read_page

from .planted import Picture, as_page, copies, drawn_page, saved


def planted(originals: Mapping[str, Picture], every: int) -> tuple[dict[str, PageTraits], set[str]]:
    """Traits of all originals and of copies of each ``every``-th; the copies' keys."""
    rng = np.random.default_rng(11)
    traits = {key: describe(as_page(image)) for key, image in originals.items()}
    added = set()
    for key in list(originals)[::every]:
        for how, image in {"same": originals[key], **copies(originals[key], rng)}.items():
            traits[f"{key}@{how}"] = describe(as_page(image))
            added.add(f"{key}@{how}")
    return traits, added


def missed_and_invented(
    traits: Mapping[str, PageTraits], added: set[str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """Copies that are not with their original, and pairs of different originals."""
    pairs = find_twins(traits)
    cluster = cluster_twins(traits, pairs)
    missed = [key for key in added if cluster[key] != cluster[key.split("@")[0]]]
    names = [(pair.first, pair.second) for pair in pairs]
    return missed, [(a, b) for a, b in names if a.split("@")[0] != b.split("@")[0]]


@pytest.mark.slow
def test_every_planted_copy_is_found_and_none_invented_on_drawn_pages() -> None:
    originals = {f"p{n}": drawn_page(n) for n in range(30)}
    assert missed_and_invented(*planted(originals, every=10)) == ([], [])


def test_two_recordings_of_one_patient_are_no_twins() -> None:
    traits = {
        f"{n}": describe(as_page(drawn_page(n, patient="4711", rate_bpm=70))) for n in range(8)
    }
    assert find_twins(traits) == ()


@pytest.mark.parametrize("count", [2, 3])
def test_a_pair_is_found_even_where_it_is_all_there_is(count: int) -> None:
    page = drawn_page(1)
    pages = [page, saved(page, "JPEG", quality=40), drawn_page(2)][:count]
    pairs = find_twins({str(n): describe(as_page(image)) for n, image in enumerate(pages)})
    assert [(pair.first, pair.second, pair.kind) for pair in pairs] == [("0", "1", "same trace")]


def test_same_pixels_and_same_file_are_told_apart(tmp_path: Path) -> None:
    from PIL import Image

    page = drawn_page(3)
    Image.fromarray(page).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    Image.fromarray(page).save(tmp_path / "c.bmp")
    traits = {name: describe(read_page(tmp_path / name)) for name in ("a.png", "b.png", "c.bmp")}
    assert [pair.kind for pair in find_twins(traits)] == ["same file", "same pixels"]


def test_bare_pages_are_no_twins() -> None:
    rng = np.random.default_rng(0)
    traits = {
        str(n): describe(as_page(rng.integers(250, 256, (300, 400, 3), dtype=np.uint8)))
        for n in range(3)
    }
    assert find_twins(traits) == ()


@pytest.mark.slow
def test_a_cluster_larger_than_the_first_look_stays_whole() -> None:
    pages = {f"o{n}": drawn_page(100 + n) for n in range(25)}
    for quality in range(30, 90, 5):
        pages[f"o0@{quality}"] = saved(pages["o0"], "JPEG", quality=quality)
    traits = {key: describe(as_page(image)) for key, image in pages.items()}
    cluster = cluster_twins(traits, find_twins(traits))
    assert {key for key, name in cluster.items() if name == "o0"} == {
        key for key in pages if key.startswith("o0")
    } - {f"o0{n}" for n in range(10)}


def test_traits_travel_between_processes() -> None:
    traits = describe(as_page(drawn_page(5)))
    again = pickle.loads(pickle.dumps(traits))
    assert again.pixel_sha256 == traits.pixel_sha256
    np.testing.assert_array_equal(again.small, traits.small)
    assert len(pickle.dumps(traits)) < 150_000


@pytest.mark.slow
@pytest.mark.data
def test_every_planted_copy_is_found_and_none_invented_on_hospital_pages(data_dir: Path) -> None:
    items = open_dataset(data_dir / "mendeley" / "manifest.csv").items[:64]
    originals = {item.key: read_page(item.path).image for item in items}
    assert missed_and_invented(*planted(originals, every=8)) == ([], [])
