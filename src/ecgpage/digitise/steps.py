"""Pictures of each step on the way from a page to its traces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.gridwave import grid_wave
from ecgpage.digitise.pipeline import read_pixels
from ecgpage.digitise.prepare import reduce
from ecgpage.digitise.settings import Settings
from ecgpage.values import Page


def step_pictures(page: Page, settings: Settings | None = None) -> dict[str, NDArray[Any]]:
    """Grid, flat sheet, ink and the cleaned ink that was followed; arrays by step's name."""
    settings = settings or Settings()
    image, _ = reduce(page.image, settings.longest_side_px)
    _, details = read_pixels(page, settings)
    return {
        "1-grid": grid_wave(image),
        "2-sheet": details.sheet.image,
        "3-ink": np.maximum(details.traced.ink.cover, details.traced.all_ink),
        "4-followed": details.traced.cover,
    }
