"""What may be chosen about finding waves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaveSettings:
    """Settings of :func:`ecgpage.measure.find_waves`.

    Attributes
    ----------
    delineator:
        A name of :data:`ecgpage.measure.DELINEATORS`.
    agreement:
        The share of the leads seen in which a QRS complex must be found, weighted by its
        confidence there, so that the record has a beat.
    """

    delineator: str = "network"
    agreement: float = 0.4
