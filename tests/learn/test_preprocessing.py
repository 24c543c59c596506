"""One function from page to array, the same for training and prediction."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.learn import PageFeed, Predictor, Preprocessing, open_source
from ecgpage.values import Page, WrongUse

from .drawn import drawn_page
from .small_model import write_small_model

PREPROCESSINGS = st.builds(
    Preprocessing,
    height=st.integers(8, 200),
    width=st.integers(8, 200),
    mode=st.sampled_from(["grey", "ink"]),
    normalise=st.sampled_from(["unit", "standard"]),
    mask=st.booleans(),
)


@given(preprocessing=PREPROCESSINGS)
def test_json_round_trip(preprocessing: Preprocessing) -> None:
    assert Preprocessing.from_json(preprocessing.to_json()) == preprocessing


@settings(max_examples=25, deadline=None)
@given(
    preprocessing=PREPROCESSINGS,
    shape=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    seed=st.integers(0, 9),
)
def test_any_page_gives_finite_numbers_of_the_right_shape(
    preprocessing: Preprocessing, shape: tuple[int, int], seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8)
    array = preprocessing.apply(Page(image, source="noise"))
    assert array.shape == (preprocessing.height, preprocessing.width, 1)
    assert array.dtype == np.float32
    assert np.isfinite(array).all()
    if preprocessing.normalise == "unit":
        assert array.min() >= 0.0
        assert array.max() <= 1.0


@pytest.mark.parametrize(
    "look",
    [
        {"grid": "red"}, {"grid": "grey"}, {"grid": "blue"}, {"grid": "none"},
        {"grid": "red", "paper": (255, 225, 225)}, {"grid": "grey", "trace": (40, 40, 120)},
        {"grid": "grey", "dark": True},
    ],
)  # fmt: skip
def test_ink_is_the_same_whatever_the_print(look: dict[str, object]) -> None:
    """Trace 1, paper and grid 0, on red, blue, grey and no grid and on a dark screen."""
    preprocessing = Preprocessing(height=276, width=480, mask=False)
    plain = preprocessing.apply(drawn_page(grid="none"))[..., 0]
    other = preprocessing.apply(drawn_page(**look))[..., 0]  # type: ignore[arg-type]
    traces = slice(60, 260)
    core, paper = plain[traces] > 0.9, plain[traces] < 0.02
    assert other[traces][core].mean() > 0.85
    assert other[traces][paper].mean() < 0.03


def test_a_thin_trace_survives_in_ink_and_fades_in_grey() -> None:
    image = np.full((600, 1200, 3), 255, np.uint8)
    columns = np.arange(50, 1150)
    line = np.stack([columns, 300 + 80 * np.sin(columns / 60.0)], axis=1).round().astype(np.int32)
    cv2.polylines(image, [line], False, (0, 0, 0), 1)
    page = Page(image, source="line")
    ink = Preprocessing(height=128, width=128, mode="ink", mask=False).apply(page)[..., 0]
    grey = Preprocessing(height=128, width=128, mode="grey", mask=False).apply(page)[..., 0]
    inside = slice(8, 120)
    assert ink[:, inside].max(axis=0).min() > 0.6
    assert ink[:, inside].max(axis=0).mean() > 0.85
    assert (1.0 - grey)[:, inside].max(axis=0).mean() < 0.5


def test_masking_keeps_the_header_from_the_network() -> None:
    preprocessing = Preprocessing()
    one = preprocessing.apply(drawn_page(header="RATE 61"))
    two = preprocessing.apply(drawn_page(header="RATE 148 INFARCT"))
    assert np.abs(one - two).max() < 0.02
    seen = Preprocessing(mask=False)
    assert np.abs(seen.apply(drawn_page(header="A")) - seen.apply(drawn_page())).max() > 0.5


def test_standardised_pages_have_mean_zero_and_deviation_one() -> None:
    array = Preprocessing(normalise="standard").apply(drawn_page())
    assert array.mean() == pytest.approx(0.0, abs=1e-4)
    assert array.std() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("mode", ["grey", "ink"])
@pytest.mark.parametrize("normalise", ["unit", "standard"])
def test_training_and_prediction_see_the_very_same_array(
    tmp_path: Path, mode: str, normalise: str
) -> None:
    """Through the feed and its cache, through the model folder's JSON, and applied directly."""
    preprocessing = Preprocessing(height=40, width=80, mode=mode, normalise=normalise)
    model = write_small_model(tmp_path / "model", preprocessing=preprocessing)
    page, path = drawn_page(), str(tmp_path / "page.png")
    cv2.imwrite(path, page.image[..., ::-1])
    source = open_source([path], lambda _: page, preprocessing, tmp_path / "cache")
    feed = PageFeed(source, np.zeros(1, np.int64), shuffle=False)
    fresh, cached = next(iter(feed.epoch(0)))[0], next(iter(feed.epoch(1)))[0]
    predicting = Predictor.load(model).preprocessing
    assert predicting == preprocessing
    assert np.array_equal(fresh[0], preprocessing.apply(page))
    assert np.array_equal(cached[0], predicting.apply(page))
    assert pickle.loads(pickle.dumps(preprocessing)) == preprocessing


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("height", 0, "'height': a size that cannot be used"),
        ("width", 12.5, "'width': a size that cannot be used"),
        ("mode", "colour", "'mode': an unknown mode"),
        ("normalise", "z", "'normalise': an unknown name"),
        ("version", 99, "'version': another version of the algorithm"),
        ("hieght", 128, "'hieght': an unknown setting"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(setting: str, value: object, said: str) -> None:
    described = json.loads(Preprocessing().to_json()) | {setting: value}
    with pytest.raises(WrongUse, match=said):
        Preprocessing.from_dict(described)
