"""The T-band rule: a page is judged by the brightness of its middle fifth.

The rule looks at the rows from 40 % to 60 % of the page's height and calls the page abnormal
where their mean brightness lies below ``mean_below``, their maximum above ``max_above`` or
their standard deviation above ``std_above``. It knows nothing of waves; it is kept as the
baseline that anything else must beat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Page

BAND: tuple[float, float] = (0.4, 0.6)
"""First and last row of the band, as shares of the page's height."""

LUMA: tuple[float, float, float] = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey (ITU-R BT.601-7, 2.5.1), as in OpenCV and Pillow."""


class TBandFigures(NamedTuple):
    """Brightness of the band in grey levels, 0 (black) to 255 (white)."""

    mean: float
    max: float
    std: float


def t_band_figures(page: Page) -> TBandFigures:
    """Mean, maximum and standard deviation of the grey levels in rows 40-60 % of a page."""
    rows = page.image.shape[0]
    first, last = int(rows * BAND[0]), int(rows * BAND[1])
    band = page.image[first : max(last, first + 1)]
    grey = np.rint(band.astype(np.float64) @ np.array(LUMA))
    return TBandFigures(float(grey.mean()), float(grey.max()), float(grey.std()))


@dataclass(frozen=True, slots=True)
class TBandRule:
    """Three thresholds in grey levels, and how they were found.

    A criterion that is not to be used has the threshold -inf (mean) or inf (maximum,
    standard deviation).
    """

    mean_below: float
    max_above: float
    std_above: float
    origin: str = "given"
    abnormal: str = "Abnormal"
    normal: str = "Normal"

    @property
    def who(self) -> str:
        """The rule and its thresholds, as a judgement's author."""
        used = [
            f"{name}{sign}{value:.6g}"
            for name, sign, value in (
                ("mean", "<", self.mean_below),
                ("max", ">", self.max_above),
                ("std", ">", self.std_above),
            )
            if math.isfinite(value)
        ]
        return " ".join(["t-band", *(used or ["(no criterion)"])])

    def fires(self, figures: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which criteria hold: figures of shape (pages, 3), result of the same shape."""
        mean, high, std = figures.T
        return np.stack(
            [mean < self.mean_below, high > self.max_above, std > self.std_above], axis=1
        )

    def judge(self, figures: TBandFigures) -> str:
        """The label of one page."""
        fired = bool(self.fires(np.array([figures])).any())
        return self.abnormal if fired else self.normal

    def why(self, figures: TBandFigures) -> str:
        """The three figures, and which criteria hold, in words."""
        values = f"mean {figures.mean:.1f}, max {figures.max:.0f}, std {figures.std:.1f}"
        fired = self.fires(np.array([figures]))[0]
        names = [name for name, on in zip(TBandFigures._fields, fired, strict=True) if on]
        return f"{values}: {' and '.join(names) if names else 'no criterion'} holds"
