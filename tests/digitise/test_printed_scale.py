"""What is printed against what hearts look like."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage.digitise.ink.pen import Ink
from ecgpage.digitise.leads import scale
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.trace import Traced
from ecgpage.digitise.words.printed import Word

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
