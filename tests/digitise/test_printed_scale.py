"""What is printed against what hearts look like."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage import render
from ecgpage.digitise.ink.pen import Ink
from ecgpage.digitise.leads import scale
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.trace import Traced
from ecgpage.digitise.words.printed import Word, find_words
from ecgpage.digitise.words.scalewords import read_scales

PX_PER_MM = (8.0, 8.0)
NOTHING = np.zeros((10, 10), np.float32)
USUAL_HEART = 7.9
"""Log odds for 25 mm/s of a slow heart with a late T wave, printed at 50 mm/s."""


def page_with(score: float) -> Traced:
    """A page whose footer says "50 mm/s 10 mm/mV", the first read so surely."""
    words = (Word("50 mm/s", score, 700.0, 500.0), Word("10 mm/mV", 0.9, 700.0, 1000.0))
    return Traced((), NOTHING, Ink(NOTHING, 0.0, 1.0, NOTHING, NOTHING), NOTHING, words=words)


@pytest.mark.parametrize(("score", "speed"), [(0.9995, 50.0), (0.6, 25.0)])
def test_a_speed_that_is_surely_read_overrules_the_heart(
    monkeypatch: pytest.MonkeyPatch, score: float, speed: float
) -> None:
    monkeypatch.setattr(scale, "log_odds_of_25", lambda *_: USUAL_HEART)
    traced = page_with(score)
    first = scale.find_scale(traced, PX_PER_MM, Settings())
    settled = scale.settle_scale(traced, PX_PER_MM, Settings(), first, [], 250.0)
    assert settled.speed_mm_per_s == speed


def test_a_scale_is_read_though_much_else_looks_more_like_one() -> None:
    """What lies beside the paper may have a hundred likelier spots."""
    style = render.PageStyle(dpi=150.0, header="none", pulse="none", seconds=4.0)
    page = render.render_record(render.simulate("normal", 3), style, seed=3).page
    ink = (page.image.mean(axis=2) < 120).astype(np.float32)
    both = (style.px_per_mm, style.px_per_mm)
    words = {w.text: w for w in find_words(ink, both) if w.text in ("25 mm/s", "10 mm/mV")}
    places = [(w.row_px / style.px_per_mm, w.column_px / style.px_per_mm) for w in words.values()]
    others = [(5.0 + 0.8 * k, 1.0) for k in range(60)]
    doubles = [(down + 0.2, across + 0.5) for down, across in others]
    found = read_scales(ink, both, [*others, *doubles, *places])
    assert {text for text, score, _, _ in found if score > 0.9} == {"25 mm/s", "10 mm/mV"}
