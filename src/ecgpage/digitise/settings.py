"""What a person can set about digitising; everything has a default that reads most pages."""

from __future__ import annotations

from dataclasses import dataclass

from ecgpage.values import Refusal, WrongUse

WAYS = ("auto", "classical", "network", "mixed")
"""How ink can be told from paper and grid."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of :func:`ecgpage.digitise.digitise`.

    Attributes
    ----------
    rate_hz:
        Samples per second of the record that is made.
    duration_s:
        Length of the record's time axis; a page of ten seconds fills it.
    speed_mm_per_s, gain_mm_per_mv:
        Paper speed and gain; None reads the gain from the calibration pulse and falls back
        to 25 mm/s and 10 mm/mV, saying so.
    longest_side_px:
        Larger pictures are reduced to this before anything else.
    ink:
        How ink is told from paper and grid: ``classical``, ``network``, ``mixed`` (classical ink
        where the network sees some), or ``auto``: mixed, classical where it cannot be loaded.
    """

    rate_hz: float = 500.0
    duration_s: float = 10.0
    speed_mm_per_s: float | None = None
    gain_mm_per_mv: float | None = None
    longest_side_px: int = 4200
    ink: str = "auto"

    def __post_init__(self) -> None:
        if self.ink not in WAYS:
            raise WrongUse(
                Refusal(
                    where="settings of digitising, ink",
                    what="this way to find ink is not known",
                    expected="one of: " + ", ".join(WAYS),
                    received=str(self.ink),
                    todo="Choose one of the listed ways.",
                    code="unknown-way-to-find-ink",
                )
            )
