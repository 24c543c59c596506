"""A page through digitiser and measurements, as the functions that other rooms ask for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage import digitise, label, learn, measure
from ecgpage.label.waveform import waveform_kind
from ecgpage.values import Measured, Page


def measure_page(page: Page) -> Measured:
    """Digitise and measure a page.

    Raises
    ------
    Refused
        As :func:`ecgpage.digitise.read_page`.
    """
    return measure.measure_record(digitise.read_page(page).record)


def waveform_figures(page: Page) -> tuple[float, ...]:
    """Score and T-wave score of a page.

    Raises
    ------
    Refused
        Where the page cannot be digitised, or shows too little to be judged.
    """
    return measure.scores_of(measure_page(page), page.name)


def page_vector(page: Page) -> NDArray[np.float32]:
    """The measurements of a page as numbers, NaN where one could not be taken."""
    return measure.vector_of(measure_page(page)).astype(np.float32)


def register_rules() -> None:
    """Make the rule that needs a waveform known."""
    label.register(waveform_kind(waveform_figures))


def register_vectors() -> None:
    """Make known to models on measurements how a page is measured."""
    learn.register_vectors(measure.VECTOR_NAMES, page_vector)
