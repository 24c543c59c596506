"""The delineators by name; whichever is chosen stands behind one interface."""

from __future__ import annotations

from collections.abc import Callable

from ecgpage.measure.classical import delineate_classically
from ecgpage.measure.marks import Array, Delineation, Delineator
from ecgpage.measure.network_delineate import delineate_by_network
from ecgpage.values import Refusal, WrongUse

DELINEATORS: dict[str, Delineator] = {
    "network": delineate_by_network,
    "classical": delineate_classically,
}
"""The first is what :func:`ecgpage.measure.find_waves` takes unless told otherwise."""


def get_delineator(name: str) -> Callable[[Array, float], Delineation]:
    """A delineator by its name.

    Raises
    ------
    WrongUse
        ``unknown-delineator``.
    """
    if name not in DELINEATORS:
        raise WrongUse(
            Refusal(
                where="find_waves",
                what=f"the delineator '{name}' is not known",
                expected="one of: " + ", ".join(DELINEATORS),
                received=name,
                todo="Choose one of the listed delineators.",
                code="unknown-delineator",
            )
        )
    return DELINEATORS[name]
