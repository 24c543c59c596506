"""Augmentation: the same from the same seed, never mirrored, and the notebook's as Keras' own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.learn import AUGMENTATIONS, Augmentation, Preprocessing, make_augmentation
from ecgpage.learn.augment import affine_matrix, draw_matrix, item_rng, warped
from ecgpage.values import WrongUse

from .drawn import drawn_page

REDUCED = Preprocessing(height=138, width=240).reduce(drawn_page())


@pytest.mark.parametrize("name", ["notebook", "paper"])
@pytest.mark.parametrize("ink", [True, False])
def test_the_same_seed_epoch_and_item_give_the_same_page(name: str, ink: bool) -> None:
    augmentation = make_augmentation(name)
    assert augmentation is not None
    one, two = (augmentation.apply(REDUCED, item_rng(3, 1, 4), ink=ink) for _ in range(2))
    assert np.array_equal(one, two)
    for seeds in [(4, 1, 4), (3, 2, 4), (3, 1, 5)]:
        assert not np.array_equal(one, augmentation.apply(REDUCED, item_rng(*seeds), ink=ink))


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["notebook", "paper"]),
    strength=st.floats(0.1, 2.0),
    seed=st.integers(0, 2**31 - 1),
)
def test_nothing_is_ever_mirrored(name: str, strength: float, seed: int) -> None:
    augmentation = make_augmentation(name, strength)
    assert augmentation is not None
    matrix = draw_matrix(augmentation, (138, 240), item_rng(seed, 0, 0))
    corners = np.array([[0, 0, 1], [0, 239, 1], [137, 0, 1]], dtype=float) @ matrix.T
    corners = corners[:, :2] / corners[:, 2:]
    right, down = corners[1] - corners[0], corners[2] - corners[0]
    assert right[1] > 0.0
    assert down[0] > 0.0
    assert right[1] * down[0] - right[0] * down[1] > 0.0


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["notebook", "paper"]),
    shape=st.tuples(st.integers(8, 90), st.integers(8, 90)),
    ink=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_shape_and_kind_stay(name: str, shape: tuple[int, int], ink: bool, seed: int) -> None:
    page = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    augmentation = make_augmentation(name, 2.0)
    assert augmentation is not None
    changed = augmentation.apply(page, item_rng(seed, 0, 0), ink=ink)
    assert changed.shape == shape
    assert changed.dtype == np.uint8


def test_no_strength_changes_nothing() -> None:
    for ink in (True, False):
        changed = Augmentation().apply(REDUCED, item_rng(0, 0, 0), ink=ink)
        assert np.array_equal(changed, REDUCED)
    assert make_augmentation("none") is None
    assert make_augmentation("paper", 0.0) is None


@pytest.mark.parametrize("ink", [True, False])
def test_what_comes_in_at_the_edges_is_paper_or_the_edge(ink: bool) -> None:
    paper, trace = (0, 255) if ink else (255, 0)
    page = np.full((60, 100), trace, np.uint8)
    shifted = Augmentation(shift_columns=0.5)
    edges = [shifted.apply(page, item_rng(s, 0, 0), ink=ink)[:, [0, -1]] for s in range(8)]
    assert all((edge == paper).any() for edge in edges)
    nearest = Augmentation(shift_columns=0.5, nearest=True)
    assert (nearest.apply(page, item_rng(1, 0, 0), ink=ink) == trace).all()


@pytest.mark.parametrize(
    "one", ["contrast", "gradient", "blur_px", "jpeg", "grid", "thickness", "scale", "perspective"]
)
def test_each_strength_does_something(one: str) -> None:
    augmentation = Augmentation(**{one: 0.8})
    changed = [augmentation.apply(REDUCED, item_rng(s, 0, 0), ink=True) for s in range(16)]
    assert any(not np.array_equal(page, REDUCED) for page in changed)


def test_the_trace_stays_the_trace() -> None:
    """However it is changed, the page keeps ink of the same order, and paper stays paper."""
    augmentation = make_augmentation("paper")
    assert augmentation is not None
    for seed in range(20):
        changed = augmentation.apply(REDUCED, item_rng(seed, 0, 0), ink=True)
        assert 0.3 < changed.sum() / REDUCED.sum() < 4.0
        assert np.median(changed) < 40


def test_strength_multiplies_and_stays_in_bounds() -> None:
    paper = make_augmentation("paper")
    twice = make_augmentation("paper", 2.0)
    wild = make_augmentation("paper", 50.0)
    assert paper is not None
    assert twice is not None
    assert wild is not None
    assert twice.rotation_degrees == 2 * paper.rotation_degrees
    assert wild.contrast < 1.0
    assert wild.jpeg <= 1.0


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(WrongUse, match="no augmentation of that name") as caught:
        make_augmentation("flip")
    assert all(name in str(caught.value) for name in AUGMENTATIONS)


@pytest.mark.slow
def test_the_notebooks_warp_is_keras_own() -> None:
    """Against ``apply_affine_transform`` of the ImageDataGenerator, with its default fill."""
    image = pytest.importorskip("keras.src.legacy.preprocessing.image")
    page = np.ascontiguousarray(REDUCED[:, 50:188])
    rng = np.random.default_rng(2)
    for _ in range(5):
        angle, shear = rng.uniform(-15, 15), rng.uniform(-10, 10)
        down, across = rng.uniform(-12, 12, 2)
        keras_page = image.apply_affine_transform(
            page[..., None].astype(np.float32), theta=angle, tx=across, ty=down, shear=shear,
            row_axis=0, col_axis=1, channel_axis=2, fill_mode="nearest", order=1,
        )[..., 0]  # fmt: skip
        matrix = affine_matrix(
            (138, 138), np.deg2rad(angle), (down, across), np.deg2rad(shear), (1.0, 1.0)
        )
        ours = warped(page, matrix, nearest=True)
        # OpenCV interpolates in steps of 1/32 pixel: a step of 255 grey levels errs by up to 8
        # in each direction.
        assert np.abs(ours - keras_page).max() <= 17.0
        assert np.abs(ours - keras_page).mean() < 0.6
